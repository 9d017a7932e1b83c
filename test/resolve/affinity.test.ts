import { describe, expect, test } from "vitest";
import type { AffinityPolicy, AffinitySpec, ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, condition, found, policy, raw, resolve, row, statusOf, vm } from "./estate.ts";

const ALL: ProtectedVM["spec"]["features"] = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
];

/** Affinity and decider of the three groups, for a VM selected by these policies. */
function decided(affinity: AffinitySpec | undefined, policies: AffinityPolicy[], managerVersion = "20.0"): string[] {
  const one = vm("a", { features: ALL, ...(affinity && { affinity }) });
  const status = statusOf(one, { policies, managerVersion });
  for (const name of ["WebReputation", "IntrusionPrevention"] as const) {
    const { affinity, decidedBy } = row(status, name);
    expect({ affinity, decidedBy }).toEqual({
      affinity: row(status, "Firewall").affinity,
      decidedBy: row(status, "Firewall").decidedBy,
    });
  }
  return (["AntiMalware", "Firewall", "IntegrityMonitoring"] as const).map((name) => {
    const { affinity, decidedBy } = row(status, name);
    return `${affinity} ${decidedBy}`;
  });
}

describe("R5: affinity of a group", () => {
  test("the default", () => {
    const defaults = ["AppliancePreferred Default", "AgentPreferred Default", "AppliancePreferred Default"];
    expect(decided(undefined, [])).toEqual(defaults);
    expect(decided({}, [policy("p")])).toEqual(defaults);
    expect(decided(raw<AffinitySpec>({ antiMalware: null }), [policy("p", { affinity: {} })])).toEqual(defaults);
    expect(decided(undefined, [policy("p", raw<AffinityPolicy["spec"]>({ affinity: null }))])).toEqual(defaults);
  });

  test("each group on its own: the VM, then the policies, then the default", () => {
    const policies = [policy("p", { affinity: { antiMalware: "ApplianceOnly", network: "ApplianceOnly" } })];
    expect(decided({ antiMalware: "AgentOnly" }, policies)).toEqual([
      "AgentOnly VM",
      "ApplianceOnly Policy/p",
      "AppliancePreferred Default",
    ]);
  });

  test("the higher priority wins, whatever the names; absent and null are 0", () => {
    const high = policy("z", { priority: 1, affinity: { network: "AgentOnly" } });
    for (const priority of [undefined, null, 0]) {
      const low = policy("a", raw<AffinityPolicy["spec"]>({ priority, affinity: { network: "ApplianceOnly" } }));
      expect(decided(undefined, [low, high])[1]).toBe("AgentOnly Policy/z");
      expect(decided(undefined, [high, low])[1]).toBe("AgentOnly Policy/z");
    }
  });

  test("a policy without an opinion, absent or null, lets the next one decide", () => {
    const policies = [
      policy("a", { priority: 9, affinity: { antiMalware: "AgentOnly" } }),
      policy("b", raw<AffinityPolicy["spec"]>({ priority: 8, affinity: { network: null } })),
      policy("c", { priority: 7, affinity: { network: "ApplianceOnly" } }),
    ];
    expect(decided(undefined, policies)).toEqual([
      "AgentOnly Policy/a",
      "ApplianceOnly Policy/c",
      "AppliancePreferred Default",
    ]);
  });

  test("a null of the VM is no opinion", () => {
    const affinity = raw<AffinitySpec>({ network: null });
    expect(decided(affinity, [policy("p", { affinity: { network: "AgentOnly" } })])[1]).toBe("AgentOnly Policy/p");
  });

  test("a policy that does not select the VM has no say", () => {
    const other = policy("p", { vmSelector: { matchLabels: { tier: "pci" } }, affinity: { network: "ApplianceOnly" } });
    expect(decided(undefined, [other])[1]).toBe("AgentPreferred Default");
  });

  test("a tie goes to the first by name, never to the older", () => {
    const at = (name: string, network: "AgentOnly" | "ApplianceOnly", creationTimestamp: string) => {
      const one = policy(name, { priority: 5, affinity: { network } });
      return { ...one, metadata: { ...one.metadata, creationTimestamp } };
    };
    const older = at("b", "AgentOnly", "2020-01-01T00:00:00Z");
    const younger = at("a", "ApplianceOnly", "2025-01-01T00:00:00Z");
    expect(decided(undefined, [older, younger])[1]).toBe("ApplianceOnly Policy/a");
    expect(decided(undefined, [younger, older])[1]).toBe("ApplianceOnly Policy/a");
    expect(decided(undefined, [at("p-2", "AgentOnly", ""), at("p-10", "ApplianceOnly", "")])[1]).toBe(
      "ApplianceOnly Policy/p-10",
    );
  });
});

describe("R5: conflict", () => {
  const at = (name: string, affinity: AffinitySpec, priority = 5) => policy(name, { priority, affinity });
  const conflictOf = (policies: AffinityPolicy[], affinity: AffinitySpec = {}) =>
    condition(statusOf(vm("a", { affinity }), { policies }), "PolicyConflict");

  test("a rival at the same priority: the VM says so", () => {
    const found = conflictOf([at("a", { network: "AgentOnly" }), at("b", { network: "ApplianceOnly" })]);
    expect(found).toMatchObject({ status: "True", reason: "SamePriority" });
    expect(found?.message).toMatch(/network.*\ba\b.*\bb\b.*5/);
  });

  test("also in a group of which the VM wants nothing", () => {
    const policies = [at("a", { integrityMonitoring: "AgentOnly" }), at("b", { integrityMonitoring: "ApplianceOnly" })];
    expect(conflictOf(policies)?.status).toBe("True");
  });

  test.each<[string, AffinityPolicy[], AffinitySpec?]>([
    ["the same answer", [at("a", { network: "AgentOnly" }), at("b", { network: "AgentOnly" })]],
    ["another group", [at("a", { network: "AgentOnly" }), at("b", { antiMalware: "ApplianceOnly" })]],
    ["another priority", [at("a", { network: "AgentOnly" }, 6), at("b", { network: "ApplianceOnly" })]],
    ["no opinion", [at("a", { network: "AgentOnly" }), at("b", raw<AffinitySpec>({ network: null }))]],
    [
      "the VM decides",
      [at("a", { network: "AgentOnly" }), at("b", { network: "ApplianceOnly" })],
      { network: "AgentOnly" },
    ],
    [
      "a third of a higher priority decides",
      [at("a", { network: "AgentOnly" }), at("b", { network: "ApplianceOnly" }), at("c", { network: "AgentOnly" }, 6)],
    ],
  ])("none: %s", (_, policies, affinity) => {
    expect(conflictOf(policies, affinity)).toBe(undefined);
    for (const status of resolve({ policies, vms: [vm("a", { affinity: affinity ?? {} })] }).policies.values()) {
      expect(condition(status, "Conflicted")).toBe(undefined);
      expect(status.conflicts).toEqual({ total: 0, sample: [] });
    }
  });

  test("rivals conflict with who decides, not with each other", () => {
    const policies = [
      at("a", { network: "AgentOnly" }),
      at("b", { network: "ApplianceOnly" }),
      at("c", { network: "AgentPreferred" }),
      at("d", { network: "AgentOnly" }),
    ];
    const statuses = resolve({ policies, vms: [vm("x"), vm("y")] }).policies;
    const sample = (name: string) => found(found(statuses.get(name)).conflicts).sample;
    expect(sample("a")).toEqual([
      { policy: "b", group: "network", vms: 2 },
      { policy: "c", group: "network", vms: 2 },
    ]);
    expect(sample("b")).toEqual([{ policy: "a", group: "network", vms: 2 }]);
    expect(sample("c")).toEqual([{ policy: "a", group: "network", vms: 2 }]);
    expect(sample("d")).toEqual([]);
    expect([...statuses.values()].map((status) => condition(status, "Conflicted")?.reason)).toEqual([
      "SamePriority",
      "SamePriority",
      "SamePriority",
      undefined,
    ]);
  });

  test("conflicted and still accepted and ready", () => {
    const policies = [at("a", { network: "AgentOnly" }), at("b", { network: "ApplianceOnly" })];
    const status = found(resolve({ policies, vms: [vm("x")] }).policies.get("b"));
    expect(condition(status, "Ready")).toMatchObject({ status: "True", reason: "Accepted" });
  });

  test("the VM's message is bounded, however many rivals there are", () => {
    const long = (n: number) => `${String(n).padStart(3, "0")}${"x".repeat(250)}`;
    const policies = Array.from({ length: 200 }, (_, n) =>
      at(long(n), {
        network: n === 0 ? "AgentOnly" : "ApplianceOnly",
        antiMalware: n === 0 ? "AgentOnly" : "ApplianceOnly",
      }),
    );
    expect(found(conflictOf(policies)).message.length).toBeLessThan(4096);
    const status = found(resolve({ policies, vms: [vm("x")] }).policies.get(long(0)));
    expect(found(condition(status, "Conflicted")).message.length).toBeLessThan(4096);
    expect(status.conflicts?.total).toBe(398);
    expect(status.conflicts?.sample).toHaveLength(20);
  });
});

describe("R5: a manager below 10.0", () => {
  const policies = [
    policy("a", { affinity: { network: "ApplianceOnly" } }),
    policy("b", { affinity: { network: "AgentOnly" } }),
  ];
  const own = { antiMalware: "AgentOnly" } as const;

  test.each(["9.6", "9.6.5", "9.99"])("%s: the defaults hold for everyone", (version) => {
    expect(decided(own, policies, version)).toEqual(decided(undefined, []));
  });

  test.each(["10", "10.0", "10.0.0", "20.0"])("%s: affinities count", (version) => {
    expect(decided(own, policies, version)).toEqual(decided(own, policies));
  });

  test("policies are not accepted, count what they select, and neither decide nor conflict", () => {
    for (const status of resolve({ managerVersion: "9.6", policies, vms: [vm("x"), vm("y")] }).policies.values()) {
      expect(condition(status, "Accepted")).toMatchObject({ status: "False", reason: "AffinityNotConfigurable" });
      expect(status.vms).toEqual({ matched: 2, effective: 0 });
      expect(status.conflicts).toEqual({ total: 0, sample: [] });
      expect(condition(status, "Conflicted")).toBe(undefined);
    }
  });

  test("a VM with an own affinity is told that it is ignored, and no other", () => {
    const ignored = (affinity: AffinitySpec | undefined, managerVersion: string) =>
      condition(statusOf(vm("a", affinity && { affinity }), { managerVersion, policies }), "AffinityIgnored")?.reason;
    expect(ignored(own, "9.6")).toBe("AffinityNotConfigurable");
    expect(ignored(own, "10.0")).toBe(undefined);
    expect(ignored({}, "9.6")).toBe(undefined);
    expect(ignored(raw<AffinitySpec>({ network: null }), "9.6")).toBe(undefined);
    expect(ignored(undefined, "9.6")).toBe(undefined);
  });

  test("sources follow the defaults, with fallback", () => {
    const status = statusOf(vm("a", { features: ALL, affinity: own }), {
      managerVersion: "9.6",
      appliances: [appliance("dsva")],
    });
    expect(row(status, "AntiMalware")).toMatchObject({ source: "Appliance", decidedBy: "Default" });
    expect(condition(status, "PolicyConflict")).toBe(undefined);
  });
});
