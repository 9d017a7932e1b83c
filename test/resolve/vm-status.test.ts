import { describe, expect, test } from "vitest";
import type { ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { appliance, condition, found, LATER, NOW, policy, raw, row, statusOf, summary, vm } from "./estate.ts";

type Agent = NonNullable<ProtectedVM["spec"]["agent"]>;

const bare: Agent = { state: "Activated" };
const dsva = [appliance("dsva-esx-01")];
const off = [appliance("dsva-esx-01", { activation: "Deactivated" })];

/** The same VM with a status that is there already. */
function having(one: ProtectedVM, status: VmStatus): ProtectedVM {
  return { ...one, status };
}

/** The same VM after its current revision was delivered. */
function delivered(one: ProtectedVM, others: Parameters<typeof statusOf>[1] = {}): ProtectedVM {
  const status = statusOf(one, others);
  return having(one, { ...status, delivered: { revision: found(status.revision), time: NOW } });
}

describe("R8: modules and delivery", () => {
  const one = vm("a", {
    features: ["Firewall", "AntiMalware", "LogInspection"],
    agent: { ...bare, modules: ["Firewall"] },
  });

  test("what the agent is to do and has no module for is to be installed, in feature order, before the delivery", () => {
    const status = statusOf(one);
    expect(status.requiredModules).toEqual(["AntiMalware", "LogInspection"]);
    expect(status.actions).toEqual([
      { type: "InstallModule", module: "AntiMalware" },
      { type: "InstallModule", module: "LogInspection" },
      { type: "DeliverPolicy" },
    ]);
    expect(status.features?.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "AntiMalware InstallPending",
      "Firewall Active",
      "LogInspection InstallPending",
    ]);
    expect(status.coverage).toBe("1/3");
  });

  test("modules are not asked for what the appliance does, what is not wanted, or what nobody does", () => {
    const affinity = { antiMalware: "ApplianceOnly" } as const;
    expect(statusOf(vm("a", { agent: bare }), { appliances: dsva }).requiredModules).toEqual([]);
    expect(statusOf(vm("a", { agent: bare, affinity })).requiredModules).toEqual([]);
    expect(statusOf(vm("a", { agent: { state: "Deactivated" } })).requiredModules).toEqual([]);
  });

  test("null and absent modules are none", () => {
    for (const modules of [[], null]) {
      const status = statusOf(vm("a", { agent: raw<Agent>({ state: "Activated", modules }) }));
      expect(status.requiredModules).toEqual(["AntiMalware"]);
    }
  });

  test.each<[string, ProtectedVM, Parameters<typeof statusOf>[1]]>([
    // printf 'AntiMalware AppliancePreferred Appliance\ndsva-esx-01\n' | sha256sum
    ["ca3883c6", vm("a"), { appliances: dsva }],
    // printf 'AntiMalware AppliancePreferred Appliance\ndsva-esx-02\n' | sha256sum
    ["5f936b29", vm("a"), { appliances: [appliance("dsva-esx-02")] }],
    // printf 'AntiMalware AppliancePreferred None\n' | sha256sum
    ["916e3f2a", vm("a"), {}],
    ["916e3f2a", vm("a"), { appliances: off }],
    // printf 'AntiMalware AppliancePreferred Agent\nFirewall AgentOnly Agent\n' | sha256sum
    [
      "7f097a33",
      vm("a", { features: ["Firewall", "AntiMalware"], agent: bare, affinity: { network: "AgentOnly" } }),
      { appliances: off },
    ],
    // printf 'AntiMalware ApplianceOnly Appliance\nFirewall AgentPreferred Agent\nLogInspection AgentOnly Agent\ndsva-esx-01\n' | sha256sum
    [
      "8142ccd7",
      vm("a", { features: ["LogInspection", "Firewall", "AntiMalware"], agent: bare }),
      { appliances: dsva, policies: [policy("p", { affinity: { antiMalware: "ApplianceOnly" } })] },
    ],
  ])("revision %s", (revision, one, others) => {
    expect(statusOf(one, others).revision).toBe(revision);
  });

  test("a new revision: another appliance in use, source, affinity or feature; not who decided, or the modules", () => {
    const base = vm("a", { features: ["AntiMalware"], agent: bare });
    const revision = (
      spec: Partial<ProtectedVM["spec"]>,
      others: Parameters<typeof statusOf>[1] = { appliances: dsva },
    ) => statusOf({ ...base, spec: { ...base.spec, ...spec } }, others).revision;
    const now = revision({});
    expect(revision({}, { appliances: [appliance("b")] })).not.toBe(now);
    expect(revision({}, {})).not.toBe(now);
    expect(revision({ affinity: { antiMalware: "ApplianceOnly" } })).not.toBe(now);
    expect(revision({ features: ["AntiMalware", "Firewall"] })).not.toBe(now);
    expect(revision({ affinity: { antiMalware: "AppliancePreferred" } })).toBe(now);
    expect(revision({ agent: { ...bare, modules: ["AntiMalware"], version: "20.0" } })).toBe(now);
    expect(revision({ hostName: "esx-2" }, { appliances: [appliance("dsva-esx-01", { hostName: "esx-2" })] })).toBe(
      now,
    );
    const agentOnly = { affinity: { antiMalware: "AgentOnly" } } as const;
    expect(revision(agentOnly, { appliances: [appliance("b")] })).toBe(revision(agentOnly));
  });

  test("DeliverPolicy until the revision is reported back, for agentless VMs too", () => {
    const deliver = (status: VmStatus) => found(status.actions).some(({ type }) => type === "DeliverPolicy");
    const one = vm("a");
    const others = { appliances: dsva };
    expect(deliver(statusOf(one, others))).toBe(true);
    expect(deliver(statusOf(having(one, { delivered: { revision: "00000000" } }), others))).toBe(true);
    expect(deliver(statusOf(having(one, raw<VmStatus>({ delivered: null })), others))).toBe(true);
    const done = delivered(one, others);
    expect(deliver(statusOf(done, others))).toBe(false);
    expect(deliver(statusOf(done, { appliances: [appliance("b")] }))).toBe(true);
  });

  test("nothing is delivered where no feature has a source", () => {
    expect(statusOf(vm("a")).actions).toEqual([]);
    expect(statusOf(delivered(vm("a"), { appliances: dsva })).actions).toEqual([]);
  });
});

describe("status of a VM", () => {
  test("lists are always there, what does not apply is absent", () => {
    const status = statusOf(vm("a"));
    expect(Object.keys(status).sort()).toEqual(
      [
        "actions",
        "conditions",
        "coverage",
        "features",
        "mode",
        "observedGeneration",
        "requiredModules",
        "revision",
      ].sort(),
    );
    expect(status).toMatchObject({ actions: [], requiredModules: [], coverage: "0/1", mode: "Unprotected" });
    const forecast = statusOf(vm("a", { agent: bare })).forecast;
    expect(forecast).toEqual({ agentDeactivated: { moves: [], losses: ["AntiMalware"] } });
  });

  test("rows: wanted features once, in the order of the specification, whatever the order of the spec", () => {
    const features = [
      "ApplicationControl",
      "IntegrityMonitoring",
      "AntiMalware",
      "AntiMalware",
      "WebReputation",
    ] as const;
    const status = statusOf(vm("a", { features: [...features] }));
    expect(status.features?.map(({ name }) => name)).toEqual([
      "AntiMalware",
      "WebReputation",
      "IntegrityMonitoring",
      "ApplicationControl",
    ]);
    expect(status.coverage).toBe("0/4");
  });

  test("null is absent, everywhere in the input", () => {
    const nulls = {
      metadata: { name: "a", namespace: "shop", generation: 1, labels: null },
      spec: { ...vm("a").spec, agent: null, affinity: null, applianceProtection: null },
      status: null,
    };
    expect(statusOf(raw<ProtectedVM>(nulls), { appliances: dsva })).toEqual(statusOf(vm("a"), { appliances: dsva }));
    const agent = { state: "Activated", version: null, modules: null, licensedFeatures: null };
    const status = { delivered: null, reports: null, conditions: null, features: null };
    expect(statusOf(raw<ProtectedVM>({ ...nulls, spec: { ...nulls.spec, agent }, status }))).toEqual(
      statusOf(vm("a", { agent: bare })),
    );
  });

  test("reports and delivered are copied whole, unknown fields included", () => {
    const theirs = {
      reports: [{ source: "Agent", feature: "All", health: "Healthy", extra: { a: [1] } }],
      delivered: { revision: "x", extra: true },
    };
    const status = statusOf(having(vm("a"), raw<VmStatus>({ ...theirs, mode: "Combined", stale: 1 })));
    expect(status).toMatchObject(theirs);
    expect(status.mode).toBe("Unprotected");
    expect(status).not.toHaveProperty("stale");
  });

  test("generations: absent for a manifest, else everywhere the object's", () => {
    const { generation: _, ...metadata } = vm("a").metadata;
    const manifest = statusOf({ ...vm("a"), metadata });
    expect(manifest).not.toHaveProperty("observedGeneration");
    expect(manifest.conditions?.some((one) => "observedGeneration" in one)).toBe(false);
    const applied = statusOf({ ...vm("a"), metadata: { ...metadata, generation: 7 } });
    expect(applied.observedGeneration).toBe(7);
    expect(applied.conditions?.map((one) => one.observedGeneration)).toEqual(applied.conditions?.map(() => 7));
  });
});

describe("times", () => {
  const one = vm("a", { features: ["AntiMalware", "Firewall"], agent: bare });

  test("the first write sets now", () => {
    const status = statusOf(one, { appliances: dsva }, NOW);
    const times = [...found(status.features), ...found(status.conditions)].map((item) => item.lastTransitionTime);
    expect(new Set(times)).toEqual(new Set([NOW]));
  });

  test("nothing changed: no time moves", () => {
    const first = statusOf(one, { appliances: dsva }, NOW);
    expect(statusOf(having(one, first), { appliances: dsva }, LATER)).toEqual(first);
  });

  test("a row's time changes with its source only", () => {
    const first = statusOf(one, { appliances: dsva }, NOW);
    const moved = statusOf(having(one, first), { appliances: off }, LATER);
    expect(row(moved, "AntiMalware")).toMatchObject({ source: "Agent", lastTransitionTime: LATER });
    expect(row(moved, "Firewall")).toMatchObject({ source: "Agent", lastTransitionTime: NOW });
    const edited = having({ ...one, spec: { ...one.spec, affinity: { network: "AgentOnly" } } }, first);
    const pinned = statusOf(edited, { appliances: dsva }, LATER);
    expect(row(pinned, "Firewall")).toMatchObject({ affinity: "AgentOnly", decidedBy: "VM", lastTransitionTime: NOW });
    const agent: Agent = { ...bare, modules: ["Firewall"] };
    const installed = statusOf(having({ ...one, spec: { ...one.spec, agent } }, first), { appliances: dsva }, LATER);
    expect(row(installed, "Firewall")).toMatchObject({ state: "Active", lastTransitionTime: NOW });
  });

  test("a row that was not there begins now", () => {
    const first = statusOf(vm("a"), { appliances: dsva }, NOW);
    const status = statusOf(having(one, first), { appliances: dsva }, LATER);
    expect(row(status, "AntiMalware").lastTransitionTime).toBe(NOW);
    expect(row(status, "Firewall").lastTransitionTime).toBe(LATER);
  });

  test("a condition's time changes with its status, not with reason, message or generation", () => {
    const first = statusOf(one, {}, NOW);
    expect(condition(first, "Ready")).toMatchObject({ status: "False", reason: "InstallPending" });
    const agent: Agent = { state: "Deactivated" };
    const next = { ...one, metadata: { ...one.metadata, generation: 2 }, spec: { ...one.spec, agent } };
    const second = statusOf(having(next, first), {}, LATER);
    expect(condition(second, "Ready")).toMatchObject({
      status: "False",
      reason: "FeaturesUnprotected",
      observedGeneration: 2,
      lastTransitionTime: NOW,
    });
    expect(condition(second, "ModulesInstalled")).toMatchObject({ status: "True", lastTransitionTime: LATER });
    expect(condition(second, "Stalled")?.lastTransitionTime).toBe(LATER);
    expect(condition(second, "Reconciling")).toBe(undefined);
  });

  test("a condition that was gone begins anew, and strange ones of old go away", () => {
    const time = "2020-01-01T00:00:00Z";
    const old = { type: "Nonsense", status: "True" as const, reason: "X", message: "", lastTransitionTime: time };
    const unknown = { ...old, type: "Ready", status: "Unknown" as const };
    const status = statusOf(having(vm("a"), { conditions: [old, unknown] }), {}, NOW);
    expect(summary(status)).not.toContain("Nonsense=True/X");
    expect(condition(status, "Ready")?.lastTransitionTime).toBe(NOW);
  });
});

test("what is as it was in the status that is there is the same object, and what is not is a new one", () => {
  const one = vm("a", { features: ["AntiMalware", "Firewall"], agent: bare });
  const before: VmStatus = structuredClone(statusOf(one, { appliances: dsva }));
  const same = statusOf(having(one, before), { appliances: dsva }, LATER);
  for (const part of ["features", "conditions", "forecast", "requiredModules", "actions"] as const) {
    expect(same[part], part).toBe(before[part]);
  }
  const changed = statusOf(having(one, before), { appliances: off }, LATER);
  expect(changed.features?.[0]).not.toBe(before.features?.[0]);
  expect(changed.features?.[1]).toBe(before.features?.[1]);
  // A field that nobody knows is not kept.
  const [ready, ...others] = found(before.conditions);
  const odd: VmStatus = { ...before, conditions: [{ ...found(ready), ...{ odd: 1 } }, ...others] };
  expect(statusOf(having(one, odd), { appliances: dsva }, LATER).conditions).toEqual(before.conditions);
});
