import type { Affinity, FeatureRow, Mode, Source } from "../api/kinds.ts";
import type { Preferences } from "./affinity.ts";
import { ALL, type FeatureSet } from "./features.ts";
import { type ApplianceEntry, ableFor } from "./hosts.ts";
import { kept } from "./kept.ts";
import type { VmEntry } from "./vms.ts";

/** What each of the two sources could do for a VM now. */
export interface Availability {
  readonly appliance: boolean;
  readonly agent: boolean;
  /** What the appliance can do for it: nothing where it is not available (SPEC R4). */
  readonly able: FeatureSet;
}

/** Who protects what; what is in neither set has the source None. */
export interface Split {
  readonly appliance: FeatureSet;
  readonly agent: FeatureSet;
}

const BITS = 7;

const withoutAppliance = kept((agent): Availability => ({ appliance: false, agent: agent === 1, able: 0 }));
const withAppliance = kept(
  (packed): Availability => ({ appliance: true, agent: packed >> BITS === 1, able: packed & ALL }),
);

/**
 * SPEC R2 and R12. Reports and heartbeats are no input: only activation moves protection (R7).
 * @param activated the appliance in charge, if it is (taken to be) activated
 * @param agent whether the agent is (taken to be) available
 */
export function availability(vm: VmEntry, activated: ApplianceEntry | undefined, agent: boolean): Availability {
  const bit = agent ? 1 : 0;
  if (activated === undefined || (vm.optOut && !agent)) return withoutAppliance(bit);
  return withAppliance((bit << BITS) | ableFor(activated, vm.guestOS));
}

/** SPEC R3. */
export function modeOf({ appliance, agent }: Availability): Mode {
  if (appliance) return agent ? "Combined" : "Agentless";
  return agent ? "AgentBased" : "Unprotected";
}

const splitOf = kept((packed): Split => ({ appliance: packed >> BITS, agent: packed & ALL }));

/** SPEC R6, the whole table: what A and G stand for there is `able` and `available.agent`. */
export function split(wanted: FeatureSet, prefer: Preferences, available: Availability): Split {
  const able = wanted & available.able;
  const appliance = able & (prefer.AppliancePreferred | prefer.ApplianceOnly);
  if (!available.agent) return splitOf((appliance | (able & prefer.AgentPreferred)) << BITS);
  const agent = wanted & (prefer.AgentPreferred | prefer.AgentOnly | (prefer.AppliancePreferred & ~able));
  return splitOf((appliance << BITS) | agent);
}

const PREFERS: Readonly<Record<Affinity, Source>> = {
  AppliancePreferred: "Appliance",
  ApplianceOnly: "Appliance",
  AgentPreferred: "Agent",
  AgentOnly: "Agent",
};

/** The reason column of SPEC R6. */
export function reasonFor(affinity: Affinity, source: Source): FeatureRow["reason"] {
  if (source === PREFERS[affinity]) return "Preferred";
  if (source !== "None") return "Fallback";
  return affinity === "ApplianceOnly" || affinity === "AgentOnly" ? "NoFallback" : "NoSource";
}

export function preferredSource(affinity: Affinity): Source {
  return PREFERS[affinity];
}
