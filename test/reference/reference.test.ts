import { describe, expect, it } from "vitest";
import type { Affinity } from "../../src/api/kinds.ts";
import { activated, appliance, EARLIER, NOW, policy, said, statuses, vm } from "./fixture.ts";

describe("SPEC 2.3", () => {
  it("resolves the sample", () => {
    const sample = vm(
      {
        hostName: "esx-01.lab.example",
        agent: { state: "Activated", version: "20.0.0.8137", modules: ["Firewall"], licensedFeatures: [] },
        affinity: { network: "AgentOnly" },
        applianceProtection: null,
      },
      {
        labels: { tier: "pci" },
        generation: 7,
        status: {
          features: [
            { name: "AntiMalware", source: "Agent", lastTransitionTime: EARLIER },
            { name: "Firewall", source: "Appliance", lastTransitionTime: EARLIER },
          ],
          conditions: [
            { type: "Ready", status: "False", lastTransitionTime: EARLIER },
            { type: "ModulesInstalled", status: "True", lastTransitionTime: EARLIER },
          ],
          reports: [{ source: "Agent", feature: "All", health: "Error", message: "x", unknown: null }],
          delivered: { revision: "9f31c2d4", time: EARLIER },
        },
      },
    );
    const first = policy("pci-appliance-first", {
      priority: 500,
      vmSelector: { matchLabels: { tier: "pci" } },
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
      affinity: { antiMalware: "AppliancePreferred", network: "AgentPreferred", integrityMonitoring: "ApplianceOnly" },
    });
    const dsva = appliance("dsva-esx-01", { hostName: "esx-01.lab.example", activation: "Deactivated" });
    const condition = (type: string, status: string, reason: string, lastTransitionTime = NOW) => ({
      type,
      status,
      observedGeneration: 7,
      lastTransitionTime,
      reason,
      message: expect.stringMatching(/./),
    });
    const found = statuses([sample, first, dsva]);
    expect(found.vm).toEqual({
      observedGeneration: 7,
      mode: "AgentBased",
      coverage: "1/2",
      appliance: "dsva-esx-01",
      features: [
        {
          name: "AntiMalware",
          affinity: "AppliancePreferred",
          decidedBy: "Policy/pci-appliance-first",
          source: "Agent",
          state: "InstallPending",
          reason: "Fallback",
          message: "Appliance dsva-esx-01 is deactivated",
          lastTransitionTime: EARLIER,
        },
        {
          name: "Firewall",
          affinity: "AgentOnly",
          decidedBy: "VM",
          source: "Agent",
          state: "Active",
          reason: "Preferred",
          message: "",
          lastTransitionTime: NOW,
        },
      ],
      requiredModules: ["AntiMalware"],
      actions: [{ type: "InstallModule", module: "AntiMalware" }, { type: "DeliverPolicy" }],
      // printf 'AntiMalware AppliancePreferred Agent\nFirewall AgentOnly Agent\n' | sha256sum
      revision: "7f097a33",
      forecast: { agentDeactivated: { moves: [], losses: ["AntiMalware", "Firewall"] } },
      conditions: [
        condition("Ready", "False", "InstallPending", EARLIER),
        condition("Protected", "False", "InstallPending"),
        condition("ModulesInstalled", "False", "InstallRequired"),
        condition("PolicyDelivered", "False", "DeliveryPending"),
        condition("LicenseCompliant", "False", "NotLicensed"),
        condition("Healthy", "False", "SourceInError"),
        condition("Reconciling", "True", "InstallPending"),
      ],
      reports: [{ source: "Agent", feature: "All", health: "Error", message: "x", unknown: null }],
      delivered: { revision: "9f31c2d4", time: EARLIER },
    });
    expect(found.policy("pci-appliance-first")).toMatchObject({
      vms: { matched: 1, effective: 1 },
      conflicts: { total: 0, sample: [] },
    });
  });
});

describe("SPEC R1", () => {
  it("puts the first activated one by name in charge", () => {
    const found = statuses([
      vm({}),
      appliance("d"),
      appliance("c"),
      appliance("b", { activation: "Deactivated" }),
      appliance("a", { version: "9.5.99" }),
      appliance("0", { hostName: "other" }),
    ]);
    expect(found.vm.appliance).toBe("c");
    expect(said(found.appliance("a"))).toEqual([
      "Ready=False UnsupportedVersion",
      "Accepted=False UnsupportedVersion",
      "Stalled=True UnsupportedVersion",
    ]);
    expect(said(found.appliance("b"))).toEqual(["Ready=True Accepted", "Accepted=True Accepted"]);
    expect(said(found.appliance("c"))).toEqual(["Ready=True Accepted", "Accepted=True Accepted"]);
    expect(said(found.appliance("d"))).toContain("Accepted=False HostConflict");
    expect(found.appliance("c")).toMatchObject({
      vms: 1,
      features: [
        { name: "AntiMalware", vms: 1 },
        { name: "Firewall", vms: 1 },
      ],
      protects: 2,
    });
    expect(found.appliance("d")).toMatchObject({ vms: 1, features: [], protects: 0 });
    expect(found.appliance("0")).toMatchObject({ vms: 0 });
  });

  it("puts the first by name in charge where none is activated", () => {
    const found = statuses([
      vm({}),
      appliance("b", { activation: "Deactivated" }),
      appliance("a", { activation: "Deactivated", version: "9.6" }),
    ]);
    expect(found.vm.appliance).toBe("a");
    expect(found.vm.mode).toBe("Unprotected");
    expect(found.vm.features.map(({ message }) => message)).toEqual([
      "Appliance a is deactivated; The agent is not installed",
      "Appliance a is deactivated; The agent is not installed",
    ]);
  });
});

describe("SPEC R6", () => {
  const cases: [Affinity, string, string, string, string][] = [
    ["AppliancePreferred", "Appliance Preferred", "Appliance Preferred", "Agent Fallback", "None NoSource"],
    ["AgentPreferred", "Agent Preferred", "Appliance Fallback", "Agent Preferred", "None NoSource"],
    ["ApplianceOnly", "Appliance Preferred", "Appliance Preferred", "None NoFallback", "None NoFallback"],
    ["AgentOnly", "Agent Preferred", "None NoFallback", "Agent Preferred", "None NoFallback"],
  ];
  it.each(cases)("%s", (affinity, ...columns) => {
    const situations = [
      { agent: activated },
      { agent: { state: "Deactivated" } },
      { agent: activated, hostName: null },
      { agent: null, hostName: null },
    ];
    const answers = situations.map((spec) => {
      const [row] = statuses([appliance("a"), vm({ ...spec, affinity: { antiMalware: affinity } })]).vm.features;
      expect(row?.message === "").toBe(row?.reason === "Preferred");
      return `${row?.source} ${row?.reason}`;
    });
    expect(answers).toEqual(columns);
  });
});

describe("SPEC R4", () => {
  it("asks for the service and, for GuestIntrospection, for Windows", () => {
    const features = ["ApplicationControl", "IntegrityMonitoring", "Firewall", "AntiMalware"];
    const sources = (guestOS: string, services: string[] | null) =>
      statuses([appliance("a", { services }), vm({ guestOS, features })]).vm.features.map(({ source }) => source);
    expect(sources("Windows", null)).toEqual(["Appliance", "Appliance", "Appliance", "None"]);
    expect(sources("Linux", null)).toEqual(["None", "Appliance", "None", "None"]);
    expect(sources("Windows", ["GuestIntrospection"])).toEqual(["Appliance", "None", "Appliance", "None"]);
    expect(sources("Windows", [])).toEqual(["None", "None", "None", "None"]);
  });
});

describe("SPEC R9", () => {
  const agent = { state: "Activated", modules: ["Firewall"] };

  it("counts moves, installs and losses", () => {
    const features = ["AntiMalware", "Firewall", "IntegrityMonitoring"];
    const found = statuses([
      appliance("a"),
      vm({ agent, features, affinity: { integrityMonitoring: "ApplianceOnly" } }),
    ]);
    expect(found.vm.forecast).toEqual({
      agentDeactivated: { moves: ["Firewall"], losses: [] },
      applianceDeactivated: { moves: ["AntiMalware"], installs: ["AntiMalware"], losses: ["IntegrityMonitoring"] },
    });
    expect(found.appliance("a").impact).toEqual({ vms: 1, moves: 1, installs: 1, losses: 1 });
  });

  it("lets the successor take over, which is no move", () => {
    const features = ["AntiMalware", "Firewall", "LogInspection"];
    const found = statuses([appliance("a"), appliance("b", { services: ["GuestIntrospection"] }), vm({ features })]);
    expect(found.vm.forecast).toEqual({ applianceDeactivated: { moves: [], installs: [], losses: ["Firewall"] } });
    expect(found.appliance("a").impact).toEqual({ vms: 1, moves: 0, installs: 0, losses: 1 });
    expect(found.appliance("b").impact).toEqual({ vms: 0, moves: 0, installs: 0, losses: 0 });
  });

  it("sees a move to a successor that can do more", () => {
    const affinity = { network: "AppliancePreferred" };
    const found = statuses([appliance("a", { services: [] }), appliance("b"), vm({ agent, affinity })]);
    expect(found.vm.forecast.applianceDeactivated).toEqual({
      moves: ["AntiMalware", "Firewall"],
      installs: [],
      losses: [],
    });
  });
});

describe("SPEC R12", () => {
  it("takes the appliance away only from a VM without an available agent", () => {
    const out = statuses([appliance("a"), vm({ applianceProtection: "Disabled", agent: { state: "Deactivated" } })]);
    expect(out.vm).toMatchObject({ mode: "Unprotected", appliance: "a" });
    expect(out.vm.features[0]?.message).toBe("Appliance protection is disabled for this VM; The agent is deactivated");
    expect("forecast" in out.vm).toBe(false);
    expect(out.appliance("a")).toMatchObject({ vms: 1, protects: 0, impact: { vms: 0 } });
  });

  it("is refused in combined mode, and a deactivation of the agent then loses everything", () => {
    const found = statuses([appliance("a"), vm({ applianceProtection: "Disabled", agent: activated })]).vm;
    expect(found.mode).toBe("Combined");
    expect(found.features[0]?.source).toBe("Appliance");
    expect(said(found)).toContain("ApplianceOptOutRefused=True CombinedMode");
    expect(found.forecast.agentDeactivated).toEqual({ moves: [], losses: ["AntiMalware", "Firewall"] });
    expect(said(statuses([vm({ applianceProtection: "Disabled", agent: activated })]).vm).join()).not.toContain(
      "OptOut",
    );
  });
});
