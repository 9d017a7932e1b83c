import { isDeepStrictEqual } from "node:util";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../api/kinds.ts";
import type { StoreChange } from "../cache/store.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import type { Owner, Touched, World } from "../resolve/index.ts";

export type StoredVm = ProtectedVM & StoredObject;
export type StoredPolicy = AffinityPolicy & StoredObject;
export type StoredAppliance = Appliance & StoredObject;

/** What the change of one object leads to. */
export interface Consequence {
  /** VMs to be looked at again, and appliances besides. */
  readonly touched: Touched;
  /** The owner whose new generation is in force once those VMs are written. */
  readonly rollsOut?: Owner;
  /** An owner whose own status may be due: somebody else wrote it. */
  readonly owner?: Owner;
}

const NOTHING: Consequence = { touched: { vms: [], appliances: [] } };

/** A VM's labels or spec decide; a change of status alone (a report, a delivery) concerns nobody but itself. */
export function vmChanged(world: World, { type, key, object, old }: StoreChange<StoredVm>): Consequence {
  if (type === "deleted") return { touched: world.deleteVm(key) };
  if (old !== undefined && sameSpec(object, old) && isDeepStrictEqual(object.metadata.labels, old.metadata.labels)) {
    return { touched: { vms: [key], appliances: [] } };
  }
  return { touched: world.setVm(object) };
}

export function policyChanged(world: World, { type, key, object, old }: StoreChange<StoredPolicy>): Consequence {
  const owner: Owner = { kind: "AffinityPolicy", name: key };
  if (type === "deleted") return { touched: world.deletePolicy(key), owner };
  if (old !== undefined && sameSpec(object, old)) return { ...NOTHING, owner };
  return { touched: world.setPolicy(object), rollsOut: owner };
}

export function applianceChanged(world: World, { type, key, object, old }: StoreChange<StoredAppliance>): Consequence {
  const owner: Owner = { kind: "Appliance", name: key };
  if (type === "deleted") return { touched: world.deleteAppliance(key), owner };
  if (old !== undefined && sameSpec(object, old)) return { ...NOTHING, owner };
  return { touched: world.setAppliance(object), rollsOut: owner };
}

export function namespaceChanged(world: World, { type, key, object, old }: StoreChange<StoredObject>): Consequence {
  if (type === "deleted") return { touched: world.deleteNamespace(key) };
  const labels = object.metadata.labels ?? {};
  if (old !== undefined && isDeepStrictEqual(labels, old.metadata.labels ?? {})) return NOTHING;
  return { touched: world.setNamespace(key, labels) };
}

/** Of one object: the API server raises the generation with every change of spec, and only then. */
function sameSpec(a: StoredObject, b: StoredObject): boolean {
  return a.metadata.generation === b.metadata.generation;
}
