import { describe, expect, it } from "vitest";
import { activated, appliance, conditionOf, said, statuses, vm } from "./fixture.ts";

describe("SPEC R8", () => {
  it("is ready once the revision is delivered", () => {
    const delivered = (revision: string) => {
      const status = { delivered: { revision } };
      return statuses([appliance("a-01"), vm({ agent: { state: "Activated", modules: ["Firewall"] } }, { status })]).vm;
    };
    // printf 'AntiMalware AppliancePreferred Appliance\nFirewall AgentPreferred Agent\na-01\n' | sha256sum
    expect(said(delivered("4a826dad"))).toEqual([
      "Ready=True AllFeaturesActive",
      "Protected=True AllFeaturesActive",
      "ModulesInstalled=True NothingToInstall",
      "PolicyDelivered=True Delivered",
    ]);
    expect(delivered("4a826dad").actions).toEqual([]);
    expect(said(delivered("00000000"))).toEqual([
      "Ready=False DeliveryPending",
      "Protected=True AllFeaturesActive",
      "ModulesInstalled=True NothingToInstall",
      "PolicyDelivered=False DeliveryPending",
      "Reconciling=True DeliveryPending",
    ]);
  });

  it("delivers nothing to a VM without a source, and it stalls", () => {
    const found = statuses([vm({}, { status: { delivered: { revision: "00000000" } } })]).vm;
    expect(found.actions).toEqual([]);
    expect(found.coverage).toBe("0/2");
    expect(said(found)).toEqual([
      "Ready=False FeaturesUnprotected",
      "Protected=False FeaturesUnprotected",
      "ModulesInstalled=True NothingToInstall",
      "PolicyDelivered=True Delivered",
      "Stalled=True FeaturesUnprotected",
    ]);
    expect("forecast" in found).toBe(false);
  });
});

describe("SPEC R10 and R11", () => {
  it("covers network features on the agent by a PerCPU licence of the appliance in charge", () => {
    const licensed = (license: object | null, licensedFeatures: string[] | null) => {
      const agent = { ...activated, licensedFeatures };
      const found = statuses([appliance("a", { license }), vm({ agent, affinity: { antiMalware: "AgentOnly" } })]);
      return conditionOf(found.vm, "LicenseCompliant")?.status;
    };
    expect(licensed(null, null)).toBeUndefined();
    expect(licensed(null, [])).toBe("False");
    expect(licensed(null, ["AntiMalware", "Firewall"])).toBe("True");
    expect(licensed({ metric: "PerCPU", features: ["AntiMalware", "Firewall"] }, null)).toBe("False");
    expect(licensed({ metric: "PerCPU", features: ["Firewall"] }, ["AntiMalware"])).toBe("True");
    expect(licensed({ metric: "PerInstance", features: ["Firewall"] }, ["AntiMalware"])).toBe("False");
  });

  it("counts reports on a source in use, for what it protects", () => {
    const healthy = (source: string, feature: string, health: string) => {
      const status = { reports: [{ source, feature, health }] };
      return conditionOf(statuses([appliance("a"), vm({ agent: activated }, { status })]).vm, "Healthy")?.status;
    };
    expect(healthy("Agent", "Firewall", "Offline")).toBe("False");
    expect(healthy("Agent", "AntiMalware", "Error")).toBeUndefined();
    expect(healthy("Appliance", "All", "Error")).toBe("False");
    expect(healthy("Appliance", "AntiMalware", "Warning")).toBe("True");
    const unsupported = { ...activated, version: "9.5.9" };
    const found = statuses([appliance("a"), vm({ agent: unsupported })]).vm;
    expect(found.mode).toBe("Agentless");
    expect(said(found)).toContain("AgentUnsupported=True UnsupportedVersion");
  });
});
