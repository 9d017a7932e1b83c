import type { Affinity, ApplianceService, Feature, Group, GuestOS } from "../api/kinds.ts";

/**
 * Sets of features are bit masks: the rules are then a few logical operations a VM, and the lists that a status shows are
 * shared, ready-made arrays. Bit n is `FEATURES[n]`.
 */
export type FeatureSet = number;

/** In the order of SPEC section 1, which is the order of every list of features. */
export const FEATURES = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
] as const satisfies readonly Feature[];

const BITS: Readonly<Record<Feature, number>> = {
  AntiMalware: 1,
  WebReputation: 2,
  Firewall: 4,
  IntrusionPrevention: 8,
  IntegrityMonitoring: 16,
  LogInspection: 32,
  ApplicationControl: 64,
};

export const ALL: FeatureSet = 127;
export const NETWORK: FeatureSet = BITS.WebReputation | BITS.Firewall | BITS.IntrusionPrevention;
/** What no appliance can do and no field sets an affinity for (SPEC R4, R5). */
export const AGENT_ONLY: FeatureSet = BITS.LogInspection | BITS.ApplicationControl;

/** The function groups, what is in them, and the affinity that holds where nobody speaks (SPEC R5). */
export const GROUPS = [
  { name: "antiMalware", features: BITS.AntiMalware, default: "AppliancePreferred" },
  { name: "network", features: NETWORK, default: "AgentPreferred" },
  { name: "integrityMonitoring", features: BITS.IntegrityMonitoring, default: "AppliancePreferred" },
] as const satisfies readonly { name: Group; features: FeatureSet; default: Affinity }[];

/** Of each of FEATURES the place of its group in GROUPS; undefined where no field sets an affinity. */
export const GROUP_OF: readonly (number | undefined)[] = FEATURES.map((feature) => {
  const group = GROUPS.findIndex(({ features }) => (features & BITS[feature]) !== 0);
  return group < 0 ? undefined : group;
});

/** The set of a list; a name that is no feature (an object written under another schema) counts for nothing. */
export function setOf(features: readonly Feature[] | null | undefined): FeatureSet {
  let set = 0;
  for (const feature of features ?? []) set |= BITS[feature] ?? 0;
  return set;
}

const LISTS: readonly (readonly Feature[])[] = Array.from({ length: ALL + 1 }, (_, set) =>
  Object.freeze(FEATURES.filter((feature) => (set & BITS[feature]) !== 0)),
);

/** The list of a set, in order. Shared between all callers, and frozen: the generated types have no word for that. */
export function listOf(set: FeatureSet): Feature[] {
  return (LISTS[set] ?? []) as Feature[];
}

export function sizeOf(set: FeatureSet): number {
  return listOf(set).length;
}

function has(set: FeatureSet, feature: Feature): boolean {
  return (set & BITS[feature]) !== 0;
}

/** What an appliance needs of the hypervisor platform to do a feature (SPEC R4). */
export function serviceFor(feature: Feature): ApplianceService {
  return has(NETWORK, feature) ? "NetworkIntrospection" : "GuestIntrospection";
}

/** SPEC R4: what an appliance with these services can do for a guest. Absent services: both. */
export function applianceAble(services: readonly ApplianceService[] | null | undefined, guestOS: GuestOS): FeatureSet {
  let set = 0;
  for (const feature of FEATURES) {
    if (has(AGENT_ONLY, feature)) continue;
    const service = serviceFor(feature);
    if (services && !services.includes(service)) continue;
    if (service === "GuestIntrospection" && guestOS !== "Windows") continue;
    set |= BITS[feature];
  }
  return set;
}
