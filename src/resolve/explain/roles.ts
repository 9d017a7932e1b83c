import type { Decision } from "../decide.ts";
import type { PolicyEntry } from "../policy-entry.ts";

/**
 * What a policy that selects a VM is in one group of features (SPEC R5):
 * - `Decides`
 * - `Rival`: of the priority of the one that decides, and says otherwise; the name decides
 * - `Agrees`: of the priority of the one that decides, and says the same
 * - `Shadowed`: one of a higher priority decides
 * - `Overruled`: the VM itself says it
 * - `Ignored`: affinities cannot be set in this world
 * - `Silent`: it sets nothing for the group
 */
export type Role = "Decides" | "Rival" | "Agrees" | "Shadowed" | "Overruled" | "Ignored" | "Silent";

/** @param group the place of the group in GROUPS */
export function roleOf(policy: PolicyEntry, group: number, { affinities, configurable }: Decision): Role {
  if (policy.opinions[group] === undefined) return "Silent";
  if (!configurable) return "Ignored";
  const decided = affinities[group];
  if (decided?.policy === undefined) return "Overruled";
  if (decided.policy === policy) return "Decides";
  if (decided.rivals.includes(policy)) return "Rival";
  return decided.policy.priority === policy.priority ? "Agrees" : "Shadowed";
}
