import { describe, expect, test } from "vitest";
import type { Affinity, AffinitySpec, Feature, ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { appliance, condition, type Estate, found, policy, raw, row, statusOf, vm } from "./estate.ts";

/* As in domain.test.ts: 3 the four options, 4 modules, 5 licences, 6 moves of VMs, 7 policies. */
type Spec = ProtectedVM["spec"];
type Agent = NonNullable<Spec["agent"]>;

const agent: Agent = { state: "Activated", modules: ["AntiMalware"] };
const here: Partial<Estate> = { appliances: [appliance("dsva")] };
const off: Partial<Estate> = { appliances: [appliance("dsva", { activation: "Deactivated" })] };
const antiMalware = (spec: Partial<Spec>, others: Partial<Estate>) =>
  row(statusOf(vm("a", spec), others), "AntiMalware");
const set = (affinity: Affinity): { affinity: AffinitySpec } => ({ affinity: { antiMalware: affinity } });

describe("3 the four protection-source options", () => {
  test("3.2 Appliance preferred: when the appliance cannot be activated, the agent provides the feature", () => {
    expect(antiMalware({ agent, ...set("AppliancePreferred") }, here).source).toBe("Appliance");
    expect(antiMalware({ agent, ...set("AppliancePreferred") }, off).source).toBe("Agent");
  });

  test("3.2 Agent preferred: when the agent cannot be activated, the appliance provides the feature", () => {
    expect(antiMalware({ agent, ...set("AgentPreferred") }, here).source).toBe("Agent");
    expect(antiMalware(set("AgentPreferred"), here).source).toBe("Appliance");
  });

  test("3.2 Appliance only: the feature is not moved to the agent", () => {
    expect(antiMalware({ agent, ...set("ApplianceOnly") }, here).source).toBe("Appliance");
    expect(antiMalware({ agent, ...set("ApplianceOnly") }, off)).toMatchObject({
      source: "None",
      reason: "NoFallback",
    });
  });

  test("3.2 Agent only: the feature is not moved to the appliance", () => {
    expect(antiMalware({ agent, ...set("AgentOnly") }, here).source).toBe("Agent");
    expect(antiMalware(set("AgentOnly"), here)).toMatchObject({ source: "None", reason: "NoFallback" });
  });

  test("3.3 a change is deactivation, then delivery: it is in force when the new revision was delivered", () => {
    const one = vm("a", { agent });
    const before = statusOf(one, here);
    const moved = statusOf({ ...one, status: { delivered: { revision: found(before.revision) } } }, off);
    expect(moved.revision).not.toBe(before.revision);
    expect(moved.actions).toEqual([{ type: "DeliverPolicy" }]);
    expect(condition(moved, "PolicyDelivered")).toMatchObject({ status: "False", reason: "DeliveryPending" });
    expect(condition(moved, "Reconciling")?.status).toBe("True");
    const done = statusOf({ ...one, status: { ...moved, delivered: { revision: found(moved.revision) } } }, off);
    expect(condition(done, "Ready")?.status).toBe("True");
  });

  test.each([
    ["3.3 an error in a feature's status triggers no change", "Appliance", "AntiMalware", "Error"],
    ["3.4 an engine that is offline moves nothing", "Appliance", "AntiMalware", "Offline"],
    ["3.4 a lost heartbeat moves nothing", "Appliance", "All", "Offline"],
    ["3.6 nor does an agent that is offline: this is no coordinated protection", "Agent", "All", "Offline"],
  ])("%s", (_, source, feature, health) => {
    const one = vm("a", { agent, features: ["AntiMalware", "Firewall"] });
    const well = statusOf(one, here);
    const ill = statusOf({ ...one, status: raw<VmStatus>({ reports: [{ source, feature, health }] }) }, here);
    expect(condition(ill, "Healthy")?.status).toBe("False");
    expect(condition(ill, "Ready")).toEqual(condition(well, "Ready"));
    expect({ ...ill, conditions: [], reports: [] }).toEqual({ ...well, conditions: [], reports: [] });
  });

  test("3.4 deactivation of either, or an appliance that is gone, moves what is preferred", () => {
    expect(antiMalware({ agent, ...set("AppliancePreferred") }, {}).source).toBe("Agent");
    expect(antiMalware({ agent: { ...agent, state: "Deactivated" }, ...set("AgentPreferred") }, here).source).toBe(
      "Appliance",
    );
  });

  test("3.4 a source that comes back takes over again, with no memory of its absence", () => {
    const one = vm("a", { agent });
    const away = statusOf(one, off);
    const back = statusOf({ ...one, status: away }, here);
    expect(row(back, "AntiMalware").source).toBe("Appliance");
    expect(back.revision).toBe(statusOf(one, here).revision);
  });

  test("3.5 a feature without a setting: the agent or nobody", () => {
    const log = (spec: Partial<Spec>, others: Partial<Estate>) =>
      row(statusOf(vm("a", { features: ["LogInspection"], ...spec }), others), "LogInspection").source;
    expect([log({ agent }, here), log({}, here), log({ agent }, off), log({}, off)]).toEqual([
      "Agent",
      "None",
      "Agent",
      "None",
    ]);
  });

  test("3.5 not able is not available: Linux falls back, and Appliance only gives none", () => {
    const linux = { guestOS: "Linux", agent } as const;
    expect(antiMalware({ ...linux, ...set("AppliancePreferred") }, here).source).toBe("Agent");
    expect(antiMalware({ ...linux, ...set("ApplianceOnly") }, here)).toMatchObject({
      source: "None",
      reason: "NoFallback",
      message: "Appliances cannot do AntiMalware on Linux",
    });
  });
});

describe("4 modules", () => {
  const bare: Agent = { state: "Activated" };

  test("4.1 a move to an agent without the module: install first, then deliver", () => {
    expect(statusOf(vm("a", { agent: bare }), off).actions).toEqual([
      { type: "InstallModule", module: "AntiMalware" },
      { type: "DeliverPolicy" },
    ]);
  });

  test("4.2 to prevent it: install the module beforehand, or choose Appliance only", () => {
    expect(statusOf(vm("a", { agent }), off).requiredModules).toEqual([]);
    expect(statusOf(vm("a", { agent: bare, ...set("ApplianceOnly") }), off).requiredModules).toEqual([]);
  });

  test("4.3 the appliance needs no modules", () => {
    expect(statusOf(vm("a", { agent: bare }), here).requiredModules).toEqual([]);
    expect(statusOf(vm("a"), here).requiredModules).toEqual([]);
  });

  test("4.5 a module can be installed while its feature is off", () => {
    const one = vm("a", { features: ["Firewall"], agent });
    expect(statusOf(one, here).requiredModules).toEqual(["Firewall"]);
  });
});

describe("5 licences", () => {
  const network: Feature[] = ["WebReputation", "Firewall", "IntrusionPrevention"];
  const licence = (features: Feature[], metric: "PerCPU" | "PerInstance", included: Feature[]) => {
    const appliances = [appliance("dsva", { license: { metric, features: included } })];
    const affinity = { antiMalware: "AgentOnly" } as const;
    return condition(statusOf(vm("a", { features, agent, affinity }), { appliances }), "LicenseCompliant")?.status;
  };

  test("5.1 a CPU licence that includes a network feature lets the agent do it", () => {
    expect(licence(network, "PerCPU", network)).toBe("True");
    expect(licence(network, "PerCPU", ["Firewall"])).toBe("False");
    expect(licence(network, "PerInstance", network)).toBe("False");
  });

  test("5.3 anti-malware by the agent is not among them", () => {
    expect(licence(["AntiMalware"], "PerCPU", ["AntiMalware", ...network])).toBe("False");
  });
});

describe("6 moves of VMs, 7 policies", () => {
  test("6.1 a move to another appliance is a new revision: the policy is delivered again", () => {
    const appliances = [appliance("dsva"), appliance("dsvb", { hostName: "esx-2" })];
    const before = statusOf(vm("a"), { appliances });
    const after = statusOf(vm("a", { hostName: "esx-2" }), { appliances });
    expect(after.revision).not.toBe(before.revision);
    expect(after.actions).toEqual([{ type: "DeliverPolicy" }]);
  });

  test("6.9 to a host without an appliance: preferred goes to the agent, Appliance only is lost", () => {
    const away = { hostName: "esx-2", agent };
    expect(antiMalware({ ...away, ...set("AppliancePreferred") }, here).source).toBe("Agent");
    expect(antiMalware({ ...away, ...set("ApplianceOnly") }, here)).toMatchObject({
      source: "None",
      message: "Host esx-2 has no accepted appliance",
    });
  });

  test("6.10 to a host with an appliance: combined mode becomes active by itself", () => {
    expect(statusOf(vm("a", { hostName: "esx-2", agent }), here).mode).toBe("AgentBased");
    expect(statusOf(vm("a", { agent }), here).mode).toBe("Combined");
  });

  test("7.11 the computer's own setting, then policies, then the default", () => {
    const policies = [policy("p", { affinity: { antiMalware: "ApplianceOnly" } })];
    expect(antiMalware({ agent }, here).decidedBy).toBe("Default");
    expect(antiMalware({ agent }, { ...here, policies }).decidedBy).toBe("Policy/p");
    expect(antiMalware({ agent, ...set("AgentOnly") }, { ...here, policies }).decidedBy).toBe("VM");
  });
});
