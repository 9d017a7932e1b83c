import type { AffinityPolicy } from "../api/kinds.ts";
import { type Opinions, opinionsOf } from "./affinity.ts";
import { type CompiledSelector, compileSelector, type Requirement } from "./selector.ts";

/** What the rules read of an AffinityPolicy, read once. */
export interface PolicyEntry {
  readonly name: string;
  readonly priority: number;
  /** What it sets, a group each. */
  readonly opinions: Opinions;
  readonly vmSelector: CompiledSelector;
  readonly namespaceSelector: CompiledSelector;
  /** Why it selects nothing, where a selector is invalid. */
  readonly problem: string | undefined;
  /** The requirement by which the policy is found from a VM's labels, if there is one. */
  readonly anchor: Anchor | undefined;
  /** It alone, as a list of policies. */
  readonly alone: PolicyList;
}

/** Policies in the order in which they are asked. A list never changes, so what follows from one may be kept by it. */
export type PolicyList = readonly PolicyEntry[];

/** A requirement that a VM without the label cannot meet. */
type Anchor = Extract<Requirement, { operator: "In" | "Exists" }>;

export function policyEntry({ metadata, spec }: AffinityPolicy): PolicyEntry {
  const vmSelector = compileSelector(spec.vmSelector);
  const namespaceSelector = compileSelector(spec.namespaceSelector);
  const entry: { -readonly [field in keyof PolicyEntry]: PolicyEntry[field] } = {
    name: metadata.name,
    priority: spec.priority ?? 0,
    opinions: [],
    vmSelector,
    namespaceSelector,
    problem: !vmSelector.valid
      ? `spec.vmSelector: ${vmSelector.problem}`
      : namespaceSelector.valid
        ? undefined
        : `spec.namespaceSelector: ${namespaceSelector.problem}`,
    anchor: vmSelector.valid ? anchorOf(vmSelector.requirements) : undefined,
    alone: [],
  };
  entry.opinions = opinionsOf(entry, spec.affinity ?? {});
  entry.alone = Object.freeze([entry]);
  return entry;
}

function anchorOf(requirements: readonly Requirement[]): Anchor | undefined {
  let best: Anchor | undefined;
  for (const requirement of requirements) {
    if (requirement.operator === "In") {
      if (best?.operator !== "In" || requirement.values.length < best.values.length) best = requirement;
    } else if (requirement.operator === "Exists") {
      best ??= requirement;
    }
  }
  return best;
}

/** SPEC R5: the order in which policies are asked. */
export function isBefore(a: PolicyEntry, b: PolicyEntry): boolean {
  return a.priority === b.priority ? a.name < b.name : a.priority > b.priority;
}

/** Both lists as one; a policy is in only one of them. */
export function merged(a: PolicyList, b: PolicyList): PolicyList {
  // Of its final length from the beginning: one that grows takes more room than it needs.
  const all = a.concat(b);
  let [next, at] = [0, 0];
  for (const policy of a) {
    for (let other = b[next]; other !== undefined && isBefore(other, policy); other = b[++next]) all[at++] = other;
    all[at++] = policy;
  }
  return all;
}

export function without(list: PolicyList, policy: PolicyEntry): PolicyList {
  return list.filter((other) => other !== policy);
}
