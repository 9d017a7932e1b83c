import type { Affinity, FeatureRow, Mode, Source } from "../api/kinds.ts";
import type { GroupAffinity } from "./affinity.ts";
import { AGENT_ONLY, type FeatureSet, GROUPS } from "./features.ts";
import { type ApplianceEntry, ableFor } from "./hosts.ts";
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

/**
 * SPEC R2 and R12. Reports and heartbeats are no input: only activation moves protection (R7).
 * @param activated the appliance in charge, if it is (taken to be) activated
 * @param agent whether the agent is (taken to be) available
 */
export function availability(vm: VmEntry, activated: ApplianceEntry | undefined, agent: boolean): Availability {
  if (activated === undefined || (vm.optOut && !agent)) return { appliance: false, agent, able: 0 };
  return { appliance: true, agent, able: ableFor(activated, vm.guestOS) };
}

/** SPEC R3. */
export function modeOf({ appliance, agent }: Availability): Mode {
  if (appliance) return agent ? "Combined" : "Agentless";
  return agent ? "AgentBased" : "Unprotected";
}

/** SPEC R6, the whole table, a group at a time. */
export function split(wanted: FeatureSet, affinities: readonly GroupAffinity[], available: Availability): Split {
  let appliance = 0;
  let agent = available.agent ? wanted & AGENT_ONLY : 0;
  GROUPS.forEach(({ features }, index) => {
    const group = wanted & features;
    switch (affinities[index]?.affinity) {
      case "AppliancePreferred":
        appliance |= group & available.able;
        if (available.agent) agent |= group & ~available.able;
        break;
      case "AgentPreferred":
        if (available.agent) agent |= group;
        else appliance |= group & available.able;
        break;
      case "ApplianceOnly":
        appliance |= group & available.able;
        break;
      case "AgentOnly":
        if (available.agent) agent |= group;
        break;
    }
  });
  return { appliance, agent };
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
