import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/object.ts";

/** Everything that a status depends on (SPEC R13), and what times and generations need. */
export interface World {
  readonly vms: readonly ProtectedVM[];
  readonly policies: readonly AffinityPolicy[];
  readonly appliances: readonly Appliance[];
  readonly namespaces: readonly KubeObject[];
  readonly managerVersion: string;
  readonly now: string;
}

/** SPEC section 2: null in input is absent. Items of lists stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept: [string, unknown][] = [];
  for (const [key, field] of Object.entries(value)) {
    if (field !== null && field !== undefined) kept.push([key, withoutNulls(field)]);
  }
  return Object.fromEntries(kept);
}

/** SPEC section 2: `reports` and `delivered` are copied whole, so these two keep even their nulls. */
function vmWithoutNulls(raw: ProtectedVM): ProtectedVM {
  const vm = withoutNulls(raw) as ProtectedVM;
  const reports = raw.status?.reports ?? undefined;
  const delivered = raw.status?.delivered ?? undefined;
  return {
    ...vm,
    status: {
      ...vm.status,
      ...(reports === undefined ? {} : { reports }),
      ...(delivered === undefined ? {} : { delivered }),
    },
  };
}

/** Sorts the objects by kind; other kinds are left out. */
export function worldOf(objects: readonly object[], options: { managerVersion: string; now: string }): World {
  const ofKind = (kind: string) => objects.filter((object) => (object as KubeObject).kind === kind);
  return {
    vms: ofKind("ProtectedVM").map((object) => vmWithoutNulls(object as ProtectedVM)),
    policies: ofKind("AffinityPolicy").map((object) => withoutNulls(object) as AffinityPolicy),
    appliances: ofKind("Appliance").map((object) => withoutNulls(object) as Appliance),
    namespaces: ofKind("Namespace").map((object) => withoutNulls(object) as KubeObject),
    ...options,
  };
}
