import type { Affinity, Feature, FeatureRow } from "../api/kinds.ts";
import type { Decision } from "./decide.ts";
import { serviceFor } from "./features.ts";
import { preferredSource } from "./sources.ts";
import { FIRST_SUPPORTED } from "./versions.ts";
import type { VmEntry } from "./vms.ts";

/** Why a feature is not with the source that it should be with: SPEC section 4, row messages. */
export function rowMessage(
  vm: VmEntry,
  decision: Decision,
  row: { feature: Feature; affinity: Affinity; reason: FeatureRow["reason"] },
): string {
  switch (row.reason) {
    case "Preferred":
      return "";
    case "Fallback":
    case "NoFallback":
      return preferredSource(row.affinity) === "Appliance"
        ? applianceObstacle(vm, decision, row.feature)
        : agentObstacle(vm);
    case "NoSource":
      return `${applianceObstacle(vm, decision, row.feature)}; ${agentObstacle(vm)}`;
  }
}

/**
 * Why the appliance does not do a feature for a VM: the first that holds. Nobody asks about what no appliance can do: that is
 * AgentOnly by nature (SPEC R5), and then only the agent counts.
 */
export function applianceObstacle(vm: VmEntry, { inCharge, available }: Decision, feature: Feature): string {
  if (vm.host === undefined) return "The VM is placed on no host";
  if (inCharge === undefined) return `Host ${vm.host} has no accepted appliance`;
  if (!inCharge.activated) return `Appliance ${inCharge.name} is deactivated`;
  if (!available.appliance) return "Appliance protection is disabled for this VM";
  const service = serviceFor(feature);
  if (inCharge.services && !inCharge.services.includes(service)) return `Appliance ${inCharge.name} has no ${service}`;
  return `Appliances cannot do ${feature} on ${vm.guestOS}`;
}

/** Why the agent does nothing for a VM. */
export function agentObstacle(vm: VmEntry): string {
  switch (vm.agentState) {
    case "NotInstalled":
      return "The agent is not installed";
    case "Deactivated":
      return "The agent is deactivated";
    case "Activated":
      return `The agent's version ${vm.agentVersion ?? ""} is below ${FIRST_SUPPORTED}`;
  }
}
