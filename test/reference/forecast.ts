import type { Appliance, Feature, Forecast, ProtectedVM } from "../../src/api/kinds.ts";
import type { GroupDecision } from "./affinity.ts";
import { type Decision, decide } from "./sources.ts";

/** SPEC R9: what differs between two decisions on the same VM. */
function changes(now: Decision, then: Decision) {
  const moves: Feature[] = [];
  const installs: Feature[] = [];
  const losses: Feature[] = [];
  for (const before of now.rows) {
    const after = then.rows.find((row) => row.name === before.name);
    if (after === undefined || before.source === "None") continue;
    if (after.source === "None") losses.push(before.name);
    else if (after.source !== before.source) {
      moves.push(before.name);
      if (after.state === "InstallPending") installs.push(before.name);
    }
  }
  return { moves, installs, losses };
}

/** SPEC R9: resolve again as if the appliance in charge, or the agent, were deactivated; absent where it is not available. */
export function forecastOf(
  vm: ProtectedVM,
  appliances: readonly Appliance[],
  groups: readonly GroupDecision[],
): Forecast | undefined {
  const now = decide(vm, appliances, groups);
  const forecast: Forecast = {};
  if (now.agentAvailable && vm.spec.agent !== undefined) {
    const agent = { ...vm.spec.agent, state: "Deactivated" as const };
    const { moves, losses } = changes(now, decide({ ...vm, spec: { ...vm.spec, agent } }, appliances, groups));
    forecast.agentDeactivated = { moves, losses };
  }
  if (now.applianceAvailable) {
    const others = appliances.map((appliance) => {
      if (appliance !== now.inCharge) return appliance;
      return { ...appliance, spec: { ...appliance.spec, activation: "Deactivated" as const } };
    });
    forecast.applianceDeactivated = changes(now, decide(vm, others, groups));
  }
  return now.agentAvailable || now.applianceAvailable ? forecast : undefined;
}
