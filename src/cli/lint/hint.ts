import { quote } from "../../api/manifest/index.ts";
import { closest } from "../../api/validate/index.ts";
import { type Stage, valuesFor } from "../../resolve/explain/funnel.ts";
import { meets } from "../../resolve/selector.ts";
import { few, plural } from "../output/words.ts";
import type { Survey } from "./survey.ts";

/** What was probably meant by a requirement that no VM meets: a value that VMs have, or the other selector. */
export function hintFor({ world }: Survey, stage: Pick<Stage, "selector" | "requirement">): string | undefined {
  const { selector, requirement } = stage;
  const there = valuesFor(world, { ...stage, alone: 0, left: 0 });
  if (requirement.operator === "In") {
    for (const value of requirement.values) {
      const meant = closest(
        value,
        there.map(([one]) => one),
      );
      const vms = there.find(([one]) => one === meant)?.[1];
      if (meant !== undefined && vms !== undefined) return `did you mean ${quote(meant)} (${plural(vms, "VM")})?`;
    }
  }
  if (requirement.operator === "In" || requirement.operator === "Exists") {
    for (const vm of world.vms.all()) {
      const labels = selector === "vmSelector" ? world.policies.labelsOf(vm.namespace) : vm.labels;
      if (!meets(requirement, labels)) continue;
      return selector === "vmSelector"
        ? "namespaces have that label: it belongs into spec.namespaceSelector"
        : "VMs have that label: it belongs into spec.vmSelector";
    }
  }
  if (there.length === 0) return otherKey(world, selector, requirement.key);
  const shown = there.map(([value, vms]) => `${quote(value)} (${plural(vms, "VM")})`);
  return `the values that there are: ${few(shown)}`;
}

/** Nobody has the label at all: a key that is nearly the same. */
function otherKey(world: Survey["world"], selector: Stage["selector"], key: string): string | undefined {
  const keys = new Set<string>();
  for (const vm of world.vms.all()) {
    const labels = selector === "vmSelector" ? vm.labels : world.policies.labelsOf(vm.namespace);
    for (const name of Object.keys(labels)) keys.add(name);
  }
  const meant = closest(key, [...keys].sort());
  return meant === undefined ? undefined : `did you mean the label ${quote(meant)}?`;
}
