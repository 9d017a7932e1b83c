import type { PolicyEntry } from "../policy-entry.ts";
import { type CompiledSelector, type Labels, labelOf, meets, type Requirement } from "../selector.ts";
import type { VmEntry } from "../vms.ts";
import type { World } from "../world.ts";

/** The two selectors of a policy, in the order in which they are told. */
export const SELECTORS = ["namespaceSelector", "vmSelector"] as const;

/** A requirement that is not met. */
export interface Failure {
  readonly selector: (typeof SELECTORS)[number];
  readonly requirement: Requirement;
  /** The value that the label has; undefined where there is no such label. */
  readonly found: string | undefined;
}

/**
 * Every requirement of a policy that speaks against a VM: none, and the policy selects it, unless a selector is invalid
 * (`policy.problem`), which asks nothing and selects nothing (SPEC R5).
 */
export function failuresOf(world: World, policy: PolicyEntry, vm: VmEntry): Failure[] {
  return SELECTORS.flatMap((selector) => {
    const labels = selector === "vmSelector" ? vm.labels : world.policies.labelsOf(vm.namespace);
    return unmet(policy[selector], labels).map((requirement) => {
      return { selector, requirement, found: labelOf(labels, requirement.key) };
    });
  });
}

function unmet(selector: CompiledSelector, labels: Labels): Requirement[] {
  return requirementsOf(selector).filter((requirement) => !meets(requirement, labels));
}

export function requirementsOf(selector: CompiledSelector): readonly Requirement[] {
  return selector.valid ? selector.requirements : [];
}

/** A requirement as `kubectl get -l` writes it: `tier=pci`, `tier in (a,b)`, `!tier`. */
export function requirementText(requirement: Requirement): string {
  switch (requirement.operator) {
    case "In": {
      const [first, ...others] = requirement.values;
      return others.length === 0 ? `${requirement.key}=${first}` : `${requirement.key} in (${requirement.values})`;
    }
    case "NotIn": {
      const [first, ...others] = requirement.values;
      return others.length === 0 ? `${requirement.key}!=${first}` : `${requirement.key} notin (${requirement.values})`;
    }
    case "Exists":
      return requirement.key;
    case "DoesNotExist":
      return `!${requirement.key}`;
  }
}
