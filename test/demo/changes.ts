import type { Feature, FeatureRow, ProtectedVM } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import type { Estate } from "../cluster/settled.ts";

/** One feature of one VM whose source or state is another one than before. */
export interface Change {
  readonly vm: string;
  readonly before: FeatureRow;
  readonly after: FeatureRow;
}

/** What changed between two looks at the same VMs, in their order. */
export function changes(before: readonly ProtectedVM[], after: readonly ProtectedVM[]): Change[] {
  const then = new Map(before.map((vm) => [keyOf(vm), rows(vm)]));
  return after.flatMap((vm) =>
    [...rows(vm).values()].flatMap((row) => {
      const was = then.get(keyOf(vm))?.get(row.name);
      if (was === undefined || (was.source === row.source && was.state === row.state)) return [];
      return [{ vm: keyOf(vm), before: was, after: row }];
    }),
  );
}

/** `payments/card-1  AntiMalware, Firewall`: the changed features that `pick` selects, one line a VM. */
export function byVm(all: readonly Change[], pick: (change: Change) => boolean): (readonly [string, string])[] {
  const features = Map.groupBy(all.filter(pick), (change) => change.vm);
  return [...features].map(([vm, list]) => [vm, list.map((change) => change.after.name).join(", ")]);
}

/** The status of all objects without what moves with every change of a spec: times and generations. */
export function comparable(estate: Estate): string {
  const moving = new Set(["lastTransitionTime", "observedGeneration"]);
  const objects = [...estate.vms, ...estate.policies, ...estate.appliances];
  const statuses = objects.map((object) => [object.kind, keyOf(object), object.status]);
  return JSON.stringify(statuses, (key, value: unknown) => (moving.has(key) ? undefined : value));
}

function rows(vm: ProtectedVM): Map<Feature, FeatureRow> {
  return new Map((vm.status?.features ?? []).map((row) => [row.name, row]));
}
