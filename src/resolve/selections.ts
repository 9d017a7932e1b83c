import { affinitiesBy, type GroupAffinity, type Preferences, preferencesOf } from "./affinity.ts";
import { merged, type PolicyList } from "./policy-entry.ts";

/** Policies that select a VM, and what follows from them: one object for all VMs that they select. */
export interface Selection {
  readonly policies: PolicyList;
  readonly affinities: readonly GroupAffinity[];
  readonly preferences: Preferences;
  /** The selections with one more list; of `Selections`. */
  next: Map<PolicyList, Selection> | undefined;
}

/** So many selections are kept, and for so many changes of policies: then all are forgotten, and found again. */
const LIMIT = 10_000;
const CHANGES = 50;

/**
 * The selections, by the lists that they are put together from. Lists never change, so a selection that is kept is never
 * wrong: after a change of a policy nobody asks for it any more.
 */
export class Selections {
  #none = selectionOf([]);
  #kept = 0;
  #changes = 0;

  get none(): Selection {
    return this.#none;
  }

  /** Some list is no more, and what was put together from it may stay for a while only. */
  changed(): void {
    if (++this.#changes >= CHANGES) this.#forget();
  }

  #forget(): void {
    this.#none = selectionOf([]);
    this.#kept = 0;
    this.#changes = 0;
  }

  /** A selection of this object with the policies of one more list, none of which is in it. */
  with(selection: Selection, more: PolicyList): Selection {
    const known = selection.next?.get(more);
    if (known !== undefined) return known;
    if (++this.#kept > LIMIT) this.#forget();
    const made = selectionOf(merged(selection.policies, more));
    selection.next ??= new Map();
    selection.next.set(more, made);
    return made;
  }
}

function selectionOf(policies: PolicyList): Selection {
  const affinities = affinitiesBy(policies);
  return { policies, affinities, preferences: preferencesOf(affinities), next: undefined };
}
