import type { Affinity, AffinityPolicy, Group, ProtectedVM } from "../../src/api/kinds.ts";
import { selects } from "./selector.ts";
import { byName, DEFAULTS, GROUPS, isBelow } from "./words.ts";
import type { World } from "./world.ts";

/** SPEC R5 for one group of one VM. */
export interface GroupDecision {
  readonly group: Group;
  readonly affinity: Affinity;
  readonly decidedBy: string;
  /** The policy that decides the group, if one does. */
  readonly decider: AffinityPolicy | undefined;
  /** The policies that conflict with the decider. */
  readonly rivals: readonly AffinityPolicy[];
}

/** SPEC R5: with a manager version below 10.0 the affinities of VMs and policies are ignored. */
export function affinityIsConfigurable(world: World): boolean {
  return !isBelow(world.managerVersion, "10.0");
}

function priorityOf(policy: AffinityPolicy): number {
  return policy.spec.priority ?? 0;
}

/** The policies that select the VM, by priority (higher first), then name. */
export function selectingPolicies(world: World, vm: ProtectedVM): AffinityPolicy[] {
  return world.policies
    .filter((policy) => selects(policy, vm, world.namespaces))
    .sort((a, b) => priorityOf(b) - priorityOf(a) || byName(a.metadata.name, b.metadata.name));
}

function decideGroup(vm: ProtectedVM, selecting: readonly AffinityPolicy[], group: Group): GroupDecision {
  // R5: the first that speaks is the VM's own affinity,
  const own = vm.spec.affinity?.[group];
  if (own !== undefined) return { group, affinity: own, decidedBy: "VM", decider: undefined, rivals: [] };
  // then the selecting policies,
  for (const policy of selecting) {
    const affinity = policy.spec.affinity?.[group];
    if (affinity === undefined) continue;
    // Conflict: each other selecting policy of its priority that sets the group differently is a rival.
    const rivals = selecting.filter((other) => {
      const theirs = other.spec.affinity?.[group];
      return theirs !== undefined && theirs !== affinity && priorityOf(other) === priorityOf(policy);
    });
    return { group, affinity, decidedBy: `Policy/${policy.metadata.name}`, decider: policy, rivals };
  }
  // then the default.
  return { group, affinity: DEFAULTS[group], decidedBy: "Default", decider: undefined, rivals: [] };
}

/** SPEC R5: the three groups, whether or not the VM wants anything of them. */
export function decideGroups(world: World, vm: ProtectedVM, selecting: readonly AffinityPolicy[]): GroupDecision[] {
  return GROUPS.map((group) => {
    if (affinityIsConfigurable(world)) return decideGroup(vm, selecting, group);
    return { group, affinity: DEFAULTS[group], decidedBy: "Default", decider: undefined, rivals: [] };
  });
}
