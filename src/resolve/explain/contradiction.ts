import { getOrSet } from "../buckets.ts";
import { meets, type Requirement } from "../selector.ts";

/**
 * The requirements on one label that no labels can meet together, so that a selector with them selects nothing in any
 * estate; undefined if there are none. What is left to choose from is the values that one of them names, some value that
 * none of them names, and no label at all.
 */
export function contradiction(requirements: readonly Requirement[]): readonly Requirement[] | undefined {
  const byKey = new Map<string, Requirement[]>();
  for (const requirement of requirements) getOrSet(byKey, requirement.key, () => []).push(requirement);
  for (const [key, all] of byKey) {
    const named = all.flatMap((one) => ("values" in one ? one.values : []));
    const candidates = [undefined, `${named.join("")}-`, ...named];
    const isMet = candidates.some((value) => {
      const labels = value === undefined ? {} : Object.fromEntries([[key, value]]);
      return all.every((one) => meets(one, labels));
    });
    if (!isMet) return all;
  }
  return undefined;
}
