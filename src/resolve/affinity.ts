import type { Affinity, FeatureRow, Group } from "../api/kinds.ts";
import { GROUPS } from "./features.ts";
import type { PolicyEntry } from "./policies.ts";
import type { VmEntry } from "./vms.ts";
import type { World } from "./world.ts";

/** The affinity of one group for one VM, and who says so (SPEC R5). */
export interface GroupAffinity {
  readonly group: Group;
  readonly affinity: Affinity;
  readonly decidedBy: FeatureRow["decidedBy"];
  /** The policy that decides, if one does. */
  readonly policy: PolicyEntry | undefined;
  /** Other selecting policies of its priority that set the group differently. */
  readonly rivals: readonly PolicyEntry[];
}

const NOBODY: readonly PolicyEntry[] = [];

const DEFAULTS: readonly GroupAffinity[] = GROUPS.map(({ name, default: affinity }) => ({
  group: name,
  affinity,
  decidedBy: "Default",
  policy: undefined,
  rivals: NOBODY,
}));

/**
 * SPEC R5, for each group in order: the VM's own affinity, the selecting policies by priority and name, the default.
 * @param selecting the policies that select the VM, in the order in which they are asked
 */
export function affinitiesOf(world: World, vm: VmEntry, selecting: readonly PolicyEntry[]): readonly GroupAffinity[] {
  if (!world.configurable || (vm.affinity === undefined && selecting.length === 0)) return DEFAULTS;
  return DEFAULTS.map((byDefault) => {
    const { group } = byDefault;
    const own = vm.affinity?.[group];
    if (own != null) return { group, affinity: own, decidedBy: "VM", policy: undefined, rivals: NOBODY };
    const policy = selecting.find((candidate) => candidate.affinity[group] != null);
    const affinity = policy?.affinity[group];
    if (policy === undefined || affinity == null) return byDefault;
    const rivals = selecting.filter((other) => {
      const theirs = other.affinity[group];
      return other.priority === policy.priority && theirs != null && theirs !== affinity;
    });
    return { group, affinity, decidedBy: `Policy/${policy.name}`, policy, rivals };
  });
}
