import { getOrSet } from "../../resolve/buckets.ts";
import { labelOf, type Requirement } from "../../resolve/selector.ts";
import type { VmEntry } from "../../resolve/vms.ts";
import type { Survey } from "./survey.ts";

/** VMs by the value of one label, and the values by what they are in lower case. */
type Spellings = Map<string, Map<string, VmEntry[]>>;

/** Finds the VMs that have a value of a requirement in other letters. Each label is looked at once for all policies. */
export function nearMisses({ vms }: Survey): (requirement: Requirement) => readonly VmEntry[] {
  const byKey = new Map<string, Spellings>();
  const spellingsOf = (key: string): Spellings => {
    const byWord: Spellings = new Map();
    for (const { entry } of vms) {
      const value = labelOf(entry.labels, key);
      if (value === undefined) continue;
      const byValue = getOrSet(byWord, value.toLowerCase(), () => new Map<string, VmEntry[]>());
      getOrSet(byValue, value, () => []).push(entry);
    }
    return byWord;
  };
  return (requirement) => {
    if (requirement.operator !== "In") return [];
    const { key, values } = requirement;
    const spellings = getOrSet(byKey, key, () => spellingsOf(key));
    const words = new Set(values.map((value) => value.toLowerCase()));
    return [...words].flatMap((word) =>
      [...(spellings.get(word) ?? [])].flatMap(([value, found]) => (values.includes(value) ? [] : found)),
    );
  };
}
