import type { KindName } from "../../../src/api/crd.ts";
import type { AffinityPolicy, Appliance, Condition, ProtectedVM } from "../../../src/api/kinds.ts";
import { appliance, policy, type Tandem, vm } from "./support.ts";

const TIME = "2026-01-31T12:00:00Z";
const CONDITION: Condition = {
  type: "Ready",
  status: "True",
  observedGeneration: 1,
  lastTransitionTime: TIME,
  reason: "AllFeaturesActive",
  message: "as it should be",
};

/** A label selector with one of everything, as a new object. */
const selector = () => ({
  matchLabels: { tier: "web" },
  matchExpressions: [{ key: "os", operator: "In" as const, values: ["debian"] }],
});
const affinity = () => ({
  antiMalware: "AppliancePreferred" as const,
  network: "AgentPreferred" as const,
  integrityMonitoring: "AgentOnly" as const,
});

/** One valid object of each kind in which every field of spec and status is set, so that every place can be changed. */
export function fullObjects(namespace: string): Record<KindName, Tandem> {
  const full: [ProtectedVM, AffinityPolicy, Appliance] = [
    vm(namespace, "full", {
      hostName: "esx-01.lab.example",
      guestOS: "Windows",
      features: ["AntiMalware"],
      agent: { state: "Activated", version: "20.0.1", modules: ["Firewall"], licensedFeatures: ["Firewall"] },
      affinity: affinity(),
      applianceProtection: "Enabled",
    }),
    policy("full", { priority: 500, vmSelector: selector(), namespaceSelector: selector(), affinity: affinity() }),
    appliance("full", {
      hostName: "esx-01.lab.example",
      activation: "Activated",
      version: "20.0.1",
      services: ["GuestIntrospection"],
      license: { metric: "PerCPU", features: ["Firewall"] },
    }),
  ];
  const [oneVm, onePolicy, oneAppliance] = full;
  oneVm.status = {
    observedGeneration: 1,
    mode: "Combined",
    coverage: "1/1",
    appliance: "dsva-esx-01",
    features: [
      {
        name: "AntiMalware",
        affinity: "AppliancePreferred",
        decidedBy: "VM",
        source: "Appliance",
        state: "Active",
        reason: "Preferred",
        message: "",
        lastTransitionTime: TIME,
      },
    ],
    requiredModules: ["AntiMalware"],
    actions: [{ type: "InstallModule", module: "AntiMalware" }],
    revision: "9f31c2d4",
    forecast: {
      agentDeactivated: { moves: ["AntiMalware"], losses: ["AntiMalware"] },
      applianceDeactivated: { moves: ["AntiMalware"], installs: ["AntiMalware"], losses: ["AntiMalware"] },
    },
    conditions: [CONDITION],
    reports: [{ source: "Agent", feature: "All", health: "Healthy", message: "", observedTime: TIME }],
    delivered: { revision: "9f31c2d4", time: TIME },
  };
  onePolicy.status = {
    observedGeneration: 1,
    vms: { matched: 1, effective: 1 },
    conflicts: { total: 1, sample: [{ policy: "other", group: "network", vms: 1 }] },
    conditions: [CONDITION],
  };
  oneAppliance.status = {
    observedGeneration: 1,
    vms: 1,
    features: [{ name: "AntiMalware", vms: 1 }],
    protects: 1,
    impact: { vms: 1, moves: 1, installs: 1, losses: 1 },
    conditions: [CONDITION],
  };
  return { ProtectedVM: oneVm, AffinityPolicy: onePolicy, Appliance: oneAppliance };
}
