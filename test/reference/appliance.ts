import type { Appliance, ApplianceStatus } from "../../src/api/kinds.ts";
import { acceptance, withTimes } from "./conditions.ts";
import { applianceInCharge, isActivated, isSupported } from "./sources.ts";
import type { Resolved } from "./vm.ts";
import { FEATURES } from "./words.ts";
import type { World } from "./world.ts";

/** SPEC R1: Activated ones that are not in charge, and those below 9.6, are not accepted. */
function refusal(world: World, appliance: Appliance): { reason: string; message: string } | undefined {
  // Those below 9.6 do not count, so they are in no conflict.
  if (!isSupported(appliance)) {
    return { reason: "UnsupportedVersion", message: `Version ${appliance.spec.version} is below 9.6` };
  }
  const inCharge = applianceInCharge(world.appliances, appliance.spec.hostName);
  if (isActivated(appliance) && inCharge !== undefined && inCharge !== appliance) {
    return { reason: "HostConflict", message: `Appliance ${inCharge.metadata.name} is in charge of this host` };
  }
  return undefined;
}

/** Section 2.1: the sum of its VMs' forecasts; zeros if it is not in charge, or not Activated: then no VM has such a forecast. */
function impactOf(appliance: Appliance, resolved: readonly Resolved[]) {
  const impact = { vms: 0, moves: 0, installs: 0, losses: 0 };
  for (const { decision, forecast } of resolved) {
    if (decision.inCharge !== appliance) continue;
    const deactivated = forecast?.applianceDeactivated;
    if (deactivated === undefined) continue;
    if (deactivated.moves.length > 0 || deactivated.losses.length > 0) impact.vms += 1;
    impact.moves += deactivated.moves.length;
    impact.installs += deactivated.installs.length;
    impact.losses += deactivated.losses.length;
  }
  return impact;
}

export function applianceStatus(world: World, appliance: Appliance, resolved: readonly Resolved[]): ApplianceStatus {
  const features: NonNullable<ApplianceStatus["features"]> = [];
  let protects = 0;
  for (const name of FEATURES) {
    const vms = resolved.filter(
      ({ decision }) =>
        decision.inCharge === appliance && decision.rows.some((row) => row.name === name && row.source === "Appliance"),
    ).length;
    if (vms > 0) features.push({ name, vms });
    protects += vms;
  }
  const findings = acceptance(refusal(world, appliance));
  const { generation } = appliance.metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    vms: resolved.filter(({ vm }) => vm.spec.hostName === appliance.spec.hostName).length,
    features,
    protects,
    impact: impactOf(appliance, resolved),
    conditions: withTimes(findings, { generation, previous: appliance.status?.conditions ?? [], now: world.now }),
  };
}
