import { getOrSet } from "../buckets.ts";
import type { PolicyEntry } from "../policy-entry.ts";
import { type Labels, labelOf, meets, type Requirement } from "../selector.ts";
import type { VmEntry } from "../vms.ts";
import type { World } from "../world.ts";
import { requirementsOf, SELECTORS } from "./selector-failure.ts";

/** One requirement of a policy, and how far it narrows the estate. */
export interface Stage {
  readonly selector: (typeof SELECTORS)[number];
  readonly requirement: Requirement;
  /** VMs that meet this one. */
  alone: number;
  /** VMs that meet it and all before it. */
  left: number;
}

/**
 * A policy's requirements one after another, and the VMs that each leaves: the last leaves those that the policy selects.
 * One look at every VM; none for an invalid selector, which asks nothing (SPEC R5).
 */
export function funnelOf(world: World, policy: PolicyEntry): Stage[] {
  if (policy.problem !== undefined) return [];
  const stages = SELECTORS.flatMap((selector) =>
    requirementsOf(policy[selector]).map((requirement): Stage => ({ selector, requirement, alone: 0, left: 0 })),
  );
  const admitted = new Map<string, boolean[]>();
  for (const vm of world.vms.all()) {
    const inNamespace = getOrSet(admitted, vm.namespace, () => {
      const labels = world.policies.labelsOf(vm.namespace);
      return stages.map(({ requirement }) => meets(requirement, labels));
    });
    let left = true;
    stages.forEach((stage, index) => {
      const met = stage.selector === "vmSelector" ? meets(stage.requirement, vm.labels) : inNamespace[index] === true;
      left &&= met;
      if (met) stage.alone++;
      if (left) stage.left++;
    });
  }
  return stages;
}

/** The values that VMs have for what a requirement asks for, and how many VMs each: the commonest first, then by value. */
export function valuesFor(world: World, { selector, requirement }: Stage): [value: string, vms: number][] {
  const counts = new Map<string, number>();
  for (const vm of world.vms.all()) {
    const value = labelOf(labelsFor(world, vm, selector), requirement.key);
    if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([a, m], [b, n]) => (m === n ? (a < b ? -1 : 1) : n - m));
}

function labelsFor(world: World, vm: VmEntry, selector: Stage["selector"]): Labels {
  return selector === "vmSelector" ? vm.labels : world.policies.labelsOf(vm.namespace);
}
