import { describe, expect, test } from "vitest";
import type { Appliance, ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { appliance, condition, found, policy, raw, statusOf, summary, vm } from "./estate.ts";

type Spec = ProtectedVM["spec"];
type Agent = NonNullable<Spec["agent"]>;
type License = NonNullable<Appliance["spec"]["license"]>;

const bare: Agent = { state: "Activated" };
const both: Spec["features"] = ["AntiMalware", "Firewall"];
const dsva = { appliances: [appliance("dsva")] };

/** The VM with what others have reported. */
function reported(one: ProtectedVM, status: unknown): ProtectedVM {
  return { ...one, status: raw<VmStatus>(status) };
}

function withRevision(one: ProtectedVM, others: Parameters<typeof statusOf>[1] = {}): ProtectedVM {
  return reported(one, { delivered: { revision: statusOf(one, others).revision } });
}

describe("conditions of a VM", () => {
  test("all that there can be, in order", () => {
    const one = vm("a", {
      features: both,
      agent: { ...bare, modules: both, licensedFeatures: [] },
      applianceProtection: "Disabled",
    });
    const policies = [
      policy("a", { affinity: { network: "AgentOnly" } }),
      policy("b", { affinity: { network: "ApplianceOnly" } }),
    ];
    const status = {
      delivered: { revision: "old" },
      reports: [{ source: "Agent", feature: "All", health: "Offline" }],
    };
    expect(summary(statusOf(reported(one, status), { ...dsva, policies }))).toEqual([
      "Ready=False/DeliveryPending",
      "Protected=True/AllFeaturesActive",
      "ModulesInstalled=True/NothingToInstall",
      "PolicyDelivered=False/DeliveryPending",
      "LicenseCompliant=False/NotLicensed",
      "Healthy=False/SourceInError",
      "Reconciling=True/DeliveryPending",
      "PolicyConflict=True/SamePriority",
      "ApplianceOptOutRefused=True/CombinedMode",
    ]);
    const old = vm("a", { agent: { ...bare, version: "9.5" }, affinity: { network: "AgentOnly" } });
    expect(summary(statusOf(old, { managerVersion: "9.6" }))).toEqual([
      "Ready=False/FeaturesUnprotected",
      "Protected=False/FeaturesUnprotected",
      "ModulesInstalled=True/NothingToInstall",
      "Stalled=True/FeaturesUnprotected",
      "AgentUnsupported=True/UnsupportedVersion",
      "AffinityIgnored=True/AffinityNotConfigurable",
    ]);
  });

  test("protected, and nothing was ever delivered: ready, and nobody waits for a delivery that nobody reports", () => {
    expect(summary(statusOf(vm("a"), dsva))).toEqual([
      "Ready=True/AllFeaturesActive",
      "Protected=True/AllFeaturesActive",
      "ModulesInstalled=True/NothingToInstall",
    ]);
  });

  test("delivered: ready", () => {
    const status = statusOf(withRevision(vm("a"), dsva), dsva);
    expect(summary(status).slice(0, 4)).toEqual([
      "Ready=True/AllFeaturesActive",
      "Protected=True/AllFeaturesActive",
      "ModulesInstalled=True/NothingToInstall",
      "PolicyDelivered=True/Delivered",
    ]);
  });

  test("an install is outstanding: reconciling, and how to avoid it after a fallback", () => {
    const status = statusOf(vm("a", { features: both, agent: bare }));
    expect(summary(status)).toEqual([
      "Ready=False/InstallPending",
      "Protected=False/InstallPending",
      "ModulesInstalled=False/InstallRequired",
      "Reconciling=True/InstallPending",
    ]);
    const message = found(condition(status, "Protected")).message;
    expect(message).toContain("AntiMalware, Firewall");
    expect(message).toMatch(/install the module beforehand/);
    expect(message).toMatch(/ApplianceOnly/);
    expect(condition(status, "ModulesInstalled")?.message).toContain("AntiMalware, Firewall");
  });

  test("no advice where the agent is preferred: nothing was a fallback", () => {
    const status = statusOf(vm("a", { features: ["Firewall"], agent: bare }), dsva);
    expect(condition(status, "Protected")).toMatchObject({ reason: "InstallPending" });
    expect(condition(status, "Protected")?.message).not.toContain("ApplianceOnly");
  });

  test("a feature without a source comes before installs: stalled, not reconciling", () => {
    const status = statusOf(vm("a", { features: both, agent: bare, affinity: { antiMalware: "ApplianceOnly" } }));
    expect(summary(status)).toEqual([
      "Ready=False/FeaturesUnprotected",
      "Protected=False/FeaturesUnprotected",
      "ModulesInstalled=False/InstallRequired",
      "Stalled=True/FeaturesUnprotected",
    ]);
    expect(condition(status, "Protected")?.message).toContain("AntiMalware");
    expect(condition(status, "Protected")?.message).not.toContain("Firewall");
  });

  test("an install comes before a delivery in Ready", () => {
    const one = reported(vm("a", { agent: bare }), { delivered: { revision: "old" } });
    expect(summary(statusOf(one))).toEqual([
      "Ready=False/InstallPending",
      "Protected=False/InstallPending",
      "ModulesInstalled=False/InstallRequired",
      "PolicyDelivered=False/DeliveryPending",
      "Reconciling=True/InstallPending",
    ]);
  });

  test("Ready, Reconciling and Stalled say what the condition behind them says", () => {
    const unprotected = statusOf(vm("a"));
    const pending = statusOf(reported(vm("a"), { delivered: { revision: "old" } }), dsva);
    for (const [status, type, view] of [
      [unprotected, "Protected", "Stalled"],
      [pending, "PolicyDelivered", "Reconciling"],
    ] as const) {
      const behind = found(condition(status, type));
      for (const shown of ["Ready", view])
        expect(condition(status, shown)).toMatchObject({ reason: behind.reason, message: behind.message });
    }
  });

  test("nothing can be delivered any more: the last delivery counts as done", () => {
    const status = statusOf(reported(vm("a"), { delivered: { revision: "old" } }));
    expect(status.actions).toEqual([]);
    expect(condition(status, "PolicyDelivered")).toMatchObject({ status: "True", reason: "Delivered" });
    expect(condition(status, "Ready")?.reason).toBe("FeaturesUnprotected");
  });
});

describe("R10: licence", () => {
  const network: Spec["features"] = ["WebReputation", "Firewall", "IntrusionPrevention"];
  const perCpu = (features: License["features"]): License => ({ metric: "PerCPU", ...(features && { features }) });
  /** `True`, `False <features>` or `absent`. */
  function licence(
    spec: Partial<Spec>,
    license?: License | null,
    activation: "Activated" | "Deactivated" = "Activated",
  ) {
    const appliances = license === undefined ? [] : [appliance("dsva", raw({ license, activation }))];
    const status = statusOf(vm("a", spec), { appliances });
    const one = condition(status, "LicenseCompliant");
    if (one === undefined) return "absent";
    expect(one.reason).toBe(one.status === "True" ? "Licensed" : "NotLicensed");
    return one.status === "True" ? "True" : `False ${one.message.replace(/^.* do /, "")}`;
  }
  const agent = (licensedFeatures?: Spec["features"]): Agent => ({
    ...bare,
    ...(licensedFeatures && { licensedFeatures }),
  });

  test("absent where neither declares one, whatever the agent does", () => {
    expect(licence({ agent: agent(), features: both })).toBe("absent");
    expect(licence({ agent: agent(), features: both }, null)).toBe("absent");
    expect(licence({ agent: raw<Agent>({ ...bare, licensedFeatures: null }) })).toBe("absent");
  });

  test("an empty list is declared", () => {
    expect(licence({ agent: agent([]) })).toBe("False AntiMalware");
    expect(licence({ agent: { state: "NotInstalled", licensedFeatures: [] } })).toBe("True");
    expect(licence({ agent: agent(), features: ["Firewall"] }, perCpu([]))).toBe("False Firewall");
    expect(licence({ agent: agent(), features: ["Firewall"] }, perCpu(undefined))).toBe("False Firewall");
  });

  test("the agent's own licence", () => {
    expect(licence({ agent: agent(both), features: both })).toBe("True");
    expect(licence({ agent: agent(["Firewall"]), features: both })).toBe("False AntiMalware");
    expect(licence({ agent: agent(["LogInspection"]), features: ["LogInspection", "ApplicationControl"] })).toBe(
      "False ApplicationControl",
    );
  });

  test("PerCPU gives the agent the network features that it includes, and only those", () => {
    const all: Spec["features"] = [...network, "AntiMalware", "IntegrityMonitoring", "LogInspection"];
    const one = {
      agent: agent(),
      features: all,
      affinity: { antiMalware: "AgentOnly", integrityMonitoring: "AgentOnly" },
    } as const;
    expect(licence({ ...one, features: all }, perCpu(all))).toBe(
      "False AntiMalware, IntegrityMonitoring, LogInspection",
    );
    expect(licence({ agent: agent(), features: network }, perCpu(network))).toBe("True");
    expect(licence({ agent: agent(), features: network }, perCpu(["Firewall"]))).toBe(
      "False WebReputation, IntrusionPrevention",
    );
    expect(licence({ agent: agent(["WebReputation"]), features: network }, perCpu(["Firewall"]))).toBe(
      "False IntrusionPrevention",
    );
  });

  test("PerInstance gives the agent nothing, but is a declared licence", () => {
    const license: License = { metric: "PerInstance", features: network };
    expect(licence({ agent: agent(), features: network }, license)).toBe(`False ${network.join(", ")}`);
    expect(licence({ features: ["AntiMalware"] }, license)).toBe("True");
  });

  test("what the appliance does or nobody does needs no licence of the agent", () => {
    expect(licence({ agent: agent([]) }, perCpu([]))).toBe("True");
    expect(licence({ agent: { state: "Deactivated", licensedFeatures: [] } })).toBe("True");
  });

  test("the licence of the appliance in charge counts, activated or not; of another it does not", () => {
    expect(licence({ agent: agent(), features: ["Firewall"] }, perCpu(network), "Deactivated")).toBe("True");
    const appliances = [appliance("a"), appliance("b", { license: perCpu(network) })];
    const status = statusOf(vm("x", { agent: bare, features: ["Firewall"] }), { appliances });
    expect(condition(status, "LicenseCompliant")).toBe(undefined);
  });

  test("it never changes a source, nor Ready", () => {
    const installed: Agent = { ...bare, modules: both };
    const without = statusOf(vm("a", { agent: installed, features: both }));
    const unlicensed = statusOf(vm("a", { agent: { ...installed, licensedFeatures: [] }, features: both }));
    expect(unlicensed.features).toEqual(without.features);
    expect(condition(unlicensed, "Ready")).toEqual(condition(without, "Ready"));
    expect(condition(unlicensed, "Stalled")).toBe(undefined);
  });
});

describe("R11: health", () => {
  const combined = vm("a", { features: both, agent: { ...bare, modules: both } }); // AntiMalware: appliance, Firewall: agent
  /** `True`, `False` or `absent`, for reports as `Source Feature Health`. */
  function healthy(one: ProtectedVM, ...reports: string[]): string {
    const list = reports.map((text) => {
      const [source, feature, health] = text.split(" ");
      return { source, feature, health };
    });
    const status = statusOf(reported(one, { reports: list }), dsva);
    const found = condition(status, "Healthy");
    if (found !== undefined) expect(found.reason).toBe(found.status === "True" ? "NoErrorReported" : "SourceInError");
    expect(condition(status, "Ready")?.status).toBe("True");
    return found?.status ?? "absent";
  }

  test("no report, or null: absent", () => {
    expect(healthy(combined)).toBe("absent");
    expect(condition(statusOf(reported(combined, { reports: null }), dsva), "Healthy")).toBe(undefined);
  });

  test.each(["Appliance All", "Agent All", "Appliance AntiMalware", "Agent Firewall"])("%s counts", (about) => {
    expect(healthy(combined, `${about} Healthy`)).toBe("True");
    expect(healthy(combined, `${about} Warning`)).toBe("True");
    expect(healthy(combined, `${about} Error`)).toBe("False");
    expect(healthy(combined, `${about} Offline`)).toBe("False");
  });

  test.each([
    "Agent AntiMalware",
    "Appliance Firewall",
    "Agent LogInspection",
    "Agent IntegrityMonitoring",
    "Appliance Nonsense",
    "Nobody All",
    "Appliance constructor",
  ])("%s does not count: that source does not protect that", (about) => {
    for (const health of ["Healthy", "Error"]) expect(healthy(combined, `${about} ${health}`)).toBe("absent");
    expect(healthy(combined, `${about} Error`, "Agent All Healthy")).toBe("True");
  });

  test("a source that is not in use does not count, even for All", () => {
    const agentless = vm("a");
    expect(healthy(agentless, "Agent All Offline")).toBe("absent");
    expect(healthy(agentless, "Agent All Offline", "Appliance All Healthy")).toBe("True");
    const idle = vm("a", { features: ["AntiMalware"], agent: bare });
    expect(healthy(idle, "Agent All Error")).toBe("absent");
  });

  test("one error among many is an error, in any order", () => {
    expect(healthy(combined, "Agent All Healthy", "Agent Firewall Error", "Appliance All Healthy")).toBe("False");
    expect(healthy(combined, "Agent Firewall Error", "Agent All Healthy")).toBe("False");
  });

  test("the message names sources and features, and that nothing moves", () => {
    const message = (reports: unknown) =>
      condition(statusOf(reported(combined, { reports }), dsva), "Healthy")?.message;
    const agent = { source: "Agent", feature: "Firewall", health: "Error", message: "x".repeat(1024) };
    const virtual = { source: "Appliance", feature: "All", health: "Offline" };
    expect(message([agent])).toBe("Agent: Firewall, and protection does not move on errors");
    expect(message([agent, virtual])).toBe("Appliance: All; Agent: Firewall, and protection does not move on errors");
    expect(message([virtual, agent])).toBe(message([agent, virtual]));
  });
});
