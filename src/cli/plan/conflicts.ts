import type { Group } from "../../api/kinds.ts";
import type { GroupAffinity } from "../../resolve/affinity.ts";
import { getOrSet } from "../../resolve/buckets.ts";
import type { Decided } from "../../resolve/index.ts";
import { VmSample } from "./sample.ts";

/** Two policies of one priority that set a group differently for the same VMs, where that begins or ends. */
export interface ConflictChange {
  readonly group: Group;
  /** The policy that decides, because it is the first by name; and the other. */
  readonly policy: string;
  readonly rival: string;
  /** VMs for which it begins, and VMs for which it ends. */
  readonly appears: VmSample;
  readonly ends: VmSample;
}

/** Gathers the conflicts of VMs, to be added in the order of their names. */
export class ConflictChanges {
  readonly #rows = new Map<string, ConflictChange>();

  add(vm: string, before: Decided | undefined, after: Decided | undefined): void {
    const [from, to] = [before, after].map((side) => side?.decision.affinities ?? []);
    for (const one of to ?? []) for (const rival of one.rivals) this.#compare(vm, one, rival.name, from, "appears");
    for (const one of from ?? []) for (const rival of one.rivals) this.#compare(vm, one, rival.name, to, "ends");
  }

  #compare(
    vm: string,
    { group, policy }: GroupAffinity,
    rival: string,
    others: readonly GroupAffinity[] | undefined,
    what: "appears" | "ends",
  ): void {
    if (policy === undefined) return;
    const there = others?.find((other) => other.group === group);
    if (there?.policy?.name === policy.name && there.rivals.some(({ name }) => name === rival)) return;
    const key = `${group} ${policy.name} ${rival}`;
    const names = { group, policy: policy.name, rival };
    getOrSet(this.#rows, key, () => ({ ...names, appears: new VmSample(), ends: new VmSample() }))[what].add(vm);
  }

  /** Those that appear before those that end; by policy, rival, group. */
  all(): ConflictChange[] {
    const key = ({ policy, rival, group, appears }: ConflictChange) =>
      `${appears.count > 0 ? 1 : 2} ${policy} ${rival} ${group}`;
    return [...this.#rows.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }
}
