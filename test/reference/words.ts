import type { Affinity, Feature, Group } from "../../src/api/kinds.ts";

/** SPEC section 1: the features, in the order in which every list of them is written. */
export const FEATURES: readonly Feature[] = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
];

export const GROUPS: readonly Group[] = ["antiMalware", "network", "integrityMonitoring"];

/** SPEC R5: what holds for a group for which nobody speaks. */
export const DEFAULTS: Readonly<Record<Group, Affinity>> = {
  antiMalware: "AppliancePreferred",
  network: "AgentPreferred",
  integrityMonitoring: "AppliancePreferred",
};

/** SPEC section 1: the function group of a feature; none for the two that no field sets an affinity for. */
export function groupOf(feature: Feature): Group | undefined {
  if (feature === "AntiMalware") return "antiMalware";
  if (feature === "WebReputation" || feature === "Firewall" || feature === "IntrusionPrevention") return "network";
  if (feature === "IntegrityMonitoring") return "integrityMonitoring";
  return undefined;
}

/** SPEC section 3: order of names everywhere is by bytes, plain `<` on ASCII names. */
export function byName(a: string, b: string): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return 0;
}

/** SPEC section 3: versions compare by numbers, missing parts are 0. */
export function isBelow(version: string, limit: string): boolean {
  const left = version.split(".").map(Number);
  const right = limit.split(".").map(Number);
  for (let part = 0; part < Math.max(left.length, right.length); part += 1) {
    const a = left[part] ?? 0;
    const b = right[part] ?? 0;
    if (a !== b) return a < b;
  }
  return false;
}
