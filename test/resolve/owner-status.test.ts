import { describe, expect, test } from "vitest";
import type { AffinityPolicy, AffinitySpec, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, condition, type Estate, found, LATER, NOW, policy, raw, resolve, summary, vm } from "./estate.ts";

type Agent = NonNullable<ProtectedVM["spec"]["agent"]>;

const bare: Agent = { state: "Activated" };
const both: ProtectedVM["spec"]["features"] = ["AntiMalware", "Firewall"];
const off = { activation: "Deactivated" } as const;
const invalid = { matchLabels: { "-": "x" } };

const policyOf = (name: string, estate: Partial<Estate>, now = NOW) => found(resolve(estate, now).policies.get(name));
const applianceOf = (name: string, estate: Partial<Estate>, now = NOW) =>
  found(resolve(estate, now).appliances.get(name));

describe("status of a policy", () => {
  const pci = { vmSelector: { matchLabels: { tier: "pci" } } };

  test("selects nothing: healthy, with zeros", () => {
    const status = policyOf("p", { policies: [policy("p", { ...pci, affinity: { network: "AgentOnly" } })] });
    expect(status).toEqual({
      observedGeneration: 1,
      vms: { matched: 0, effective: 0 },
      conflicts: { total: 0, sample: [] },
      conditions: status.conditions,
    });
    expect(summary(status)).toEqual(["Ready=True/Accepted", "Accepted=True/Accepted"]);
  });

  test("matched and effective: selected, and deciding at least one of the three groups", () => {
    const all: AffinitySpec = { antiMalware: "AgentOnly", network: "AgentOnly", integrityMonitoring: "AgentOnly" };
    const policies = [
      policy("high", { ...pci, priority: 9, affinity: all }),
      policy("low", { affinity: { antiMalware: "ApplianceOnly", network: "ApplianceOnly" } }),
      policy("silent"),
    ];
    const vms = [
      vm("a", {}, { tier: "pci" }),
      vm("b", {}, { tier: "web" }),
      vm("c"),
      vm("own", { affinity: all }),
      vm("half", { affinity: { antiMalware: "AgentOnly" } }),
    ];
    const counts = [...resolve({ policies, vms }).policies].map(([name, status]) => [name, status.vms]);
    expect(counts).toEqual([
      ["high", { matched: 1, effective: 1 }],
      ["low", { matched: 5, effective: 3 }],
      ["silent", { matched: 5, effective: 0 }],
    ]);
  });

  test("effective in a group of which the VM wants nothing", () => {
    const estate = { policies: [policy("p", { affinity: { network: "AgentOnly" } })], vms: [vm("a")] };
    expect(policyOf("p", estate).vms).toEqual({ matched: 1, effective: 1 });
  });

  test("an invalid selector: selects nothing, not accepted, and comes before a manager that is too old", () => {
    for (const spec of [{ vmSelector: invalid }, { namespaceSelector: invalid }]) {
      for (const managerVersion of ["20.0", "9.6"]) {
        const status = policyOf("p", { managerVersion, policies: [policy("p", spec)], vms: [vm("a")] });
        expect(summary(status)).toEqual([
          "Ready=False/InvalidSelector",
          "Accepted=False/InvalidSelector",
          "Stalled=True/InvalidSelector",
        ]);
        expect(status.vms).toEqual({ matched: 0, effective: 0 });
      }
    }
  });

  test("Ready and Stalled repeat Accepted's reason and message", () => {
    const status = policyOf("p", { policies: [policy("p", { vmSelector: invalid })] });
    const { reason, message } = found(condition(status, "Accepted"));
    expect(condition(status, "Ready")).toMatchObject({ status: "False", reason, message });
    expect(condition(status, "Stalled")).toMatchObject({ status: "True", reason, message });
  });

  test("conflicts: a row a policy and group, by name, then group, with its VMs", () => {
    const policies = [
      policy("m", { affinity: { antiMalware: "AgentOnly", network: "AgentOnly", integrityMonitoring: "AgentOnly" } }),
      policy("z", { ...pci, affinity: { network: "ApplianceOnly", integrityMonitoring: "ApplianceOnly" } }),
      policy("n", { affinity: { antiMalware: "ApplianceOnly" } }),
      policy("o-10", { affinity: { network: "AgentPreferred" } }),
      policy("o-9", { affinity: { network: "AgentPreferred" } }),
    ];
    const vms = [vm("a", {}, { tier: "pci" }), vm("b"), vm("c", { affinity: { antiMalware: "AgentOnly" } })];
    const status = policyOf("m", { policies, vms });
    const rows = found(status.conflicts).sample.map((row) => `${row.policy} ${row.group} ${row.vms}`);
    expect(rows.filter((row) => !row.startsWith("z"))).toEqual(["n antiMalware 2", "o-10 network 3", "o-9 network 3"]);
    expect(rows.slice(3).sort()).toEqual(["z integrityMonitoring 1", "z network 1"]);
    expect(status.conflicts?.total).toBe(5);
    expect(summary(status)).toEqual(["Ready=True/Accepted", "Accepted=True/Accepted", "Conflicted=True/SamePriority"]);
    expect(policyOf("n", { policies, vms }).conflicts).toEqual({
      total: 1,
      sample: [{ policy: "m", group: "antiMalware", vms: 2 }],
    });
  });

  test("the sample is the first 20, the total is all", () => {
    const rivals = Array.from({ length: 25 }, (_, n) =>
      policy(`p${String(n).padStart(2, "0")}`, { affinity: { network: "ApplianceOnly" } }),
    ).reverse();
    const policies = [...rivals, policy("a", { affinity: { network: "AgentOnly" } })];
    const { conflicts } = policyOf("a", { policies, vms: [vm("x")] });
    expect(conflicts?.total).toBe(25);
    expect(conflicts?.sample.map((row) => row.policy)).toEqual(
      Array.from({ length: 20 }, (_, n) => `p${String(n).padStart(2, "0")}`),
    );
  });

  test("only where they meet: conflicts need a VM that both select", () => {
    const policies = [
      policy("a", { ...pci, affinity: { network: "AgentOnly" } }),
      policy("b", { vmSelector: { matchLabels: { os: "db" } }, affinity: { network: "ApplianceOnly" } }),
    ];
    const apart = [vm("x", {}, { tier: "pci" }), vm("y", {}, { os: "db" })];
    expect(policyOf("a", { policies, vms: apart }).conflicts?.total).toBe(0);
    const vms = [...apart, vm("z", {}, { tier: "pci", os: "db" })];
    expect(policyOf("b", { policies, vms }).conflicts?.sample).toEqual([{ policy: "a", group: "network", vms: 1 }]);
  });
});

describe("status of an appliance", () => {
  test("nothing there: zeros and empty lists", () => {
    const status = applianceOf("a", { appliances: [appliance("a")] });
    expect(status).toEqual({
      observedGeneration: 1,
      vms: 0,
      features: [],
      protects: 0,
      impact: { vms: 0, moves: 0, installs: 0, losses: 0 },
      conditions: status.conditions,
    });
    expect(summary(status)).toEqual(["Ready=True/Accepted", "Accepted=True/Accepted"]);
  });

  test("counts what is placed, what it protects, and what its deactivation would do", () => {
    const vms = [
      vm("agentless", { features: both }),
      vm("combined", { features: both, agent: bare }),
      vm("installed", { features: both, agent: { ...bare, modules: ["AntiMalware"] } }),
      vm("by-agent", { features: ["LogInspection"], agent: bare }),
      vm("out", { applianceProtection: "Disabled" }),
      vm("elsewhere", { hostName: "esx-2" }),
    ];
    expect(applianceOf("a", { appliances: [appliance("a")], vms })).toMatchObject({
      vms: 5,
      features: [
        { name: "AntiMalware", vms: 3 },
        { name: "Firewall", vms: 1 },
      ],
      protects: 4,
      impact: { vms: 3, moves: 2, installs: 1, losses: 2 },
    });
  });

  test("impact counts a VM once, and not one that nothing happens to", () => {
    const appliances = [appliance("a"), appliance("b", { services: ["NetworkIntrospection"] })];
    const vms = [vm("x", { features: ["Firewall"] }), vm("y", { features: both })];
    expect(applianceOf("a", { appliances, vms }).impact).toEqual({ vms: 1, moves: 0, installs: 0, losses: 1 });
  });

  test.each<[string, Appliance[], number]>([
    ["deactivated, in charge", [appliance("a", off)], 1],
    ["deactivated, another in charge", [appliance("a", off), appliance("b")], 1],
    ["in conflict", [appliance("a"), appliance("0")], 1],
    ["too old", [appliance("a", { version: "9.5" })], 1],
  ])("%s: its host's VMs count, and nothing else", (_, appliances, vms) => {
    const status = applianceOf("a", { appliances, vms: [vm("x", { features: both, agent: bare })] });
    expect(status).toMatchObject({ vms, features: [], protects: 0 });
    expect(status.impact).toEqual({ vms: 0, moves: 0, installs: 0, losses: 0 });
  });

  test("not accepted: stalled, for the same reason", () => {
    const summaries = (...appliances: Appliance[]) => summary(applianceOf("a", { appliances }));
    expect(summaries(appliance("a"), appliance("0"))).toEqual([
      "Ready=False/HostConflict",
      "Accepted=False/HostConflict",
      "Stalled=True/HostConflict",
    ]);
    expect(summaries(appliance("a", { version: "9.5", ...off }))).toEqual([
      "Ready=False/UnsupportedVersion",
      "Accepted=False/UnsupportedVersion",
      "Stalled=True/UnsupportedVersion",
    ]);
  });
});

describe("policies and appliances", () => {
  const estate = (one: { appliance?: Partial<Appliance>; policy?: Partial<AffinityPolicy> }) => ({
    appliances: [{ ...appliance("a"), ...one.appliance }],
    policies: [{ ...policy("p", { vmSelector: invalid }), ...one.policy }],
  });

  test("a status fed back is the same status", () => {
    const first = resolve(estate({}), NOW);
    const fed = estate({
      appliance: { status: found(first.appliances.get("a")) },
      policy: { status: found(first.policies.get("p")) },
    });
    expect(resolve(fed, LATER)).toEqual(first);
  });

  test("a condition's time changes with its status", () => {
    const before = found(resolve(estate({}), NOW).policies.get("p"));
    const mended = { ...policy("p"), status: before };
    const after = found(resolve({ policies: [mended] }, LATER).policies.get("p"));
    expect(condition(after, "Ready")).toMatchObject({ status: "True", lastTransitionTime: LATER });
    expect(condition(after, "Stalled")).toBe(undefined);
  });

  test("a null status is none; without a generation there is no observedGeneration", () => {
    const nulls = estate({ appliance: raw({ status: null }), policy: raw({ status: null }) });
    expect(resolve(nulls)).toEqual(resolve(estate({})));
    const { policies } = resolve({ policies: [raw({ metadata: { name: "p" }, spec: { vmSelector: {} } })] });
    const status = found(policies.get("p"));
    expect(status).not.toHaveProperty("observedGeneration");
    expect(status.conditions?.some((one) => "observedGeneration" in one)).toBe(false);
  });
});
