import { describe, expect, test } from "vitest";
import type { Affinity, AffinitySpec, Feature, ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { appliance, condition, type Estate, policy, raw, row, sources, statusOf, vm } from "./estate.ts";

/*
 * What is known of the modelled product's combined mode, one case a fact that a rule rests on. The numbers are those of the
 * fact sheet: 1 what combined mode is, 2 features and platforms, 3 the four options, 4 modules, 5 licences, 6 moves.
 */
type Spec = ProtectedVM["spec"];
type Agent = NonNullable<Spec["agent"]>;

const SEVEN: Feature[] = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
];
const NETWORK: Feature[] = ["WebReputation", "Firewall", "IntrusionPrevention"];
const agent: Agent = { state: "Activated", modules: SEVEN };
const here: Partial<Estate> = { appliances: [appliance("dsva")] };
const off: Partial<Estate> = { appliances: [appliance("dsva", { activation: "Deactivated" })] };
const all = (affinity: Affinity): AffinitySpec => ({
  antiMalware: affinity,
  network: affinity,
  integrityMonitoring: affinity,
});
const of = (spec: Partial<Spec>, others: Partial<Estate> = here): VmStatus =>
  statusOf(vm("a", { features: SEVEN, ...spec }), others);
const by = (status: VmStatus, source: string): Feature[] =>
  (status.features ?? []).filter((one) => one.source === source).map(({ name }) => name);

describe("1 what combined mode is", () => {
  test("1.1 three ways to protect a VM: agent only, agentless, and both", () => {
    expect([of({ agent }, {}).mode, of({}).mode, of({ agent }).mode]).toEqual(["AgentBased", "Agentless", "Combined"]);
  });

  test("1.2 combined mode uses appliance and agent for the same VM", () => {
    const status = of({ agent });
    expect(by(status, "Appliance")).not.toEqual([]);
    expect(by(status, "Agent")).not.toEqual([]);
  });

  test("1.3 combined mode needs no switch", () => {
    expect(of({ agent }).mode).toBe("Combined");
    expect(of({ agent, applianceProtection: "Disabled" }).mode).toBe("Combined");
    expect(of({ agent, affinity: all("AgentOnly") }).mode).toBe("Combined");
  });

  test("1.4 it needs a host that an appliance protects", () => {
    expect(of({ agent, hostName: "esx-2" }).mode).toBe("AgentBased");
  });

  test("1.5 from 9.6 on, with a choice for each feature from 10.0 on", () => {
    const affinity = all("AgentOnly");
    expect(by(of({ agent, affinity }, { ...here, managerVersion: "9.6" }), "Appliance")).toEqual([
      "AntiMalware",
      "IntegrityMonitoring",
    ]);
    expect(by(of({ agent, affinity }, { ...here, managerVersion: "10.0" }), "Appliance")).toEqual([]);
  });

  test("1.7 one appliance a host, for the VMs of that host", () => {
    expect(of({}).appliance).toBe("dsva");
    expect(of({ hostName: "esx-2" }).appliance).toBe(undefined);
  });

  test("1.12 an agent that is installed but not activated is no source", () => {
    const installed = of({ agent: { ...agent, state: "Deactivated" } });
    expect(installed.mode).toBe("Agentless");
    expect(by(installed, "Agent")).toEqual([]);
  });

  test.each<[string, Partial<Spec>, Partial<Estate>, VmStatus["mode"]]>([
    ["agent activated, appliance activated: combined", { agent }, here, "Combined"],
    ["agent absent, appliance activated: agentless", {}, here, "Agentless"],
    ["agent not activated, appliance activated: agentless", { agent: { state: "Deactivated" } }, here, "Agentless"],
    ["agent activated, no appliance: agent-based", { agent }, {}, "AgentBased"],
    ["agent activated, appliance not activated: agent-based", { agent }, off, "AgentBased"],
    ["neither: unprotected", {}, {}, "Unprotected"],
  ])("1.13 %s", (_, spec, others, mode) => {
    expect(of(spec, others).mode).toBe(mode);
  });

  test("1.13 agentless: only what an appliance can do is protected", () => {
    expect(by(of({}), "None")).toEqual(["LogInspection", "ApplicationControl"]);
  });

  test("1.13 an activated agent that is offline or in error: still combined, and nothing moves", () => {
    const status = of({ agent });
    for (const health of ["Offline", "Error"]) {
      const reports = [{ source: "Agent", feature: "All", health }];
      const ill = statusOf({ ...vm("a", { features: SEVEN, agent }), status: raw<VmStatus>({ reports }) }, here);
      expect(ill.features).toEqual(status.features);
      expect(ill.mode).toBe("Combined");
      expect(condition(ill, "Healthy")?.status).toBe("False");
    }
  });

  test("1.13 in combined mode the appliance cannot be switched off for one VM; Agent only is a choice of source", () => {
    const refused = of({ agent, applianceProtection: "Disabled" });
    expect(refused.features).toEqual(of({ agent }).features);
    expect(condition(refused, "ApplianceOptOutRefused")?.status).toBe("True");
    expect(by(of({ agent, affinity: all("AgentOnly") }), "Appliance")).toEqual([]);
  });

  test("1.13 a feature that is off is protected by nobody, whatever the affinity", () => {
    const status = of({ agent, features: ["Firewall"], affinity: all("AgentOnly") });
    expect(sources(status)).toBe("Firewall=Agent");
  });
});

describe("2 features, groups, platforms", () => {
  test("2.1 default sources: anti-malware and integrity by the appliance, network by the agent", () => {
    expect(sources(of({ agent }))).toBe(
      "AntiMalware=Appliance WebReputation=Agent Firewall=Agent IntrusionPrevention=Agent " +
        "IntegrityMonitoring=Appliance LogInspection=Agent ApplicationControl=Agent",
    );
  });

  test("2.1 the three network features are one group", () => {
    expect(by(of({ agent, affinity: { network: "ApplianceOnly" } }), "Appliance")).toEqual([
      "AntiMalware",
      ...NETWORK,
      "IntegrityMonitoring",
    ]);
  });

  test("2.1 log inspection and application control: the agent only, and no setting exists", () => {
    for (const affinity of [all("ApplianceOnly"), all("AppliancePreferred")]) {
      for (const feature of ["LogInspection", "ApplicationControl"] as const) {
        expect(row(of({ agent, affinity }), feature)).toMatchObject({ source: "Agent", decidedBy: "Fixed" });
        expect(row(of({ affinity }), feature).source).toBe("None");
      }
    }
  });

  test("2.1 in 9.6 the split is fixed: the defaults", () => {
    const policies = [policy("p", { affinity: all("AgentOnly") })];
    const fixed = of({ agent, affinity: all("ApplianceOnly") }, { ...here, policies, managerVersion: "9.6" });
    expect(sources(fixed)).toBe(sources(of({ agent })));
  });

  test("2.2 Linux: anti-malware and integrity monitoring by the agent, or not at all", () => {
    for (const guestOS of ["Linux", "Other"] as const) {
      for (const feature of ["AntiMalware", "IntegrityMonitoring"] as const) {
        expect(row(of({ guestOS, agent }), feature)).toMatchObject({
          source: "Agent",
          reason: "Fallback",
          message: `Appliances cannot do ${feature} on ${guestOS}`,
        });
        expect(row(of({ guestOS, agent, affinity: all("ApplianceOnly") }), feature).source).toBe("None");
        expect(row(of({ guestOS }), feature).source).toBe("None");
      }
    }
  });

  test("2.2 network features: any guest, with network introspection only", () => {
    const only = (service: "GuestIntrospection" | "NetworkIntrospection") => ({
      appliances: [appliance("dsva", { services: [service] })],
    });
    for (const guestOS of ["Windows", "Linux", "Other"] as const) {
      expect(by(of({ guestOS }, only("NetworkIntrospection")), "Appliance")).toEqual(NETWORK);
      for (const feature of NETWORK)
        expect(by(of({ guestOS }, only("GuestIntrospection")), "Appliance")).not.toContain(feature);
    }
  });

  test("2.4 guest introspection only: anti-malware and integrity on the appliance, network features on the agent", () => {
    const others = { appliances: [appliance("dsva", { services: ["GuestIntrospection"] })] };
    const status = of({ agent, affinity: all("AppliancePreferred") }, others);
    expect(by(status, "Appliance")).toEqual(["AntiMalware", "IntegrityMonitoring"]);
    expect(row(status, "Firewall")).toMatchObject({
      reason: "Fallback",
      message: "Appliance dsva has no NetworkIntrospection",
    });
  });

  test("2.5 what an appliance can do is its own property, not one of its version", () => {
    const dsva = (version: string) => ({ appliances: [appliance("dsva", { version })] });
    expect(sources(of({ agent }, dsva("9.6")))).toBe(sources(of({ agent }, dsva("20.0"))));
  });

  test("2.6 9.5 and before is no combined mode: such an appliance or agent does not count", () => {
    expect(of({ agent }, { appliances: [appliance("dsva", { version: "9.5" })] }).mode).toBe("AgentBased");
    expect(of({ agent: { ...agent, version: "9.5" } }).mode).toBe("Agentless");
    expect(of({ agent: { ...agent, version: "9.6" } }, { appliances: [appliance("d", { version: "9.6" })] }).mode).toBe(
      "Combined",
    );
  });
});
