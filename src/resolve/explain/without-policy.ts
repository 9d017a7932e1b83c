import { type Decision, decide, type Loss, lossOf } from "../decide.ts";
import type { FeatureSet } from "../features.ts";
import type { PolicyEntry } from "../policy-entry.ts";
import type { VmEntry } from "../vms.ts";
import type { World } from "../world.ts";

/** What another decision on a VM changes for it. */
export interface Difference extends Loss {
  /** Features that had no source and have one. */
  readonly gains: FeatureSet;
  /** Whether some group has another affinity. */
  readonly affinity: boolean;
}

export function differenceOf(vm: VmEntry, before: Decision, after: Decision): Difference {
  const { moves, losses } = lossOf(before.split, after.split, vm.modules);
  return {
    moves,
    losses,
    gains: lossOf(after.split, before.split, vm.modules).losses,
    installs: after.required & ~before.required,
    affinity: after.affinities.some((one, index) => one.affinity !== before.affinities[index]?.affinity),
  };
}

/**
 * The decisions on the VMs that a policy selects, for a world without it, from the same resolver; no other VM's decision
 * changes. The world is as it was when this returns.
 * @returns by the key of the VM
 */
export function decisionsWithout(world: World, policy: PolicyEntry): Map<string, Decision> {
  const selected = [...world.policies.selected(policy, world.vms)];
  world.policies.delete(policy.name);
  try {
    return new Map(selected.map((vm) => [vm.key, decide(world, vm)]));
  } finally {
    world.policies.set(policy);
  }
}
