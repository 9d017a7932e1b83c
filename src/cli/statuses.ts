import { keyOf } from "../api/object.ts";
import type { TandemObject } from "../api/validate/index.ts";
import {
  applianceStatus,
  type Decision,
  decide,
  policyStatus,
  Tally,
  type VmEntry,
  vmStatus,
  World,
} from "../resolve/index.ts";
import type { Estate } from "./estate.ts";

export interface StatusOptions {
  readonly managerVersion: string;
  /** RFC 3339, seconds: the time of what has changed since the status that is given. */
  readonly now: string;
}

/** Every object of an estate, in input order, with the status that the controller would write. */
export function withStatuses({ objects, namespaces }: Estate, { managerVersion, now }: StatusOptions): TandemObject[] {
  const world = new World(managerVersion);
  for (const [name, labels] of namespaces) world.setNamespace(name, labels);
  for (const { kind, object } of objects) {
    if (kind === "Appliance") world.setAppliance(object);
    else if (kind === "AffinityPolicy") world.setPolicy(object);
    else world.setVm(object);
  }
  const tally = new Tally();
  const decisions = new Map<string, { entry: VmEntry; decision: Decision }>();
  for (const entry of world.vms.all()) {
    const decision = decide(world, entry);
    tally.put(entry.key, decision);
    decisions.set(entry.key, { entry, decision });
  }
  const withStatus = (tandem: TandemObject): TandemObject => {
    const { kind, object } = tandem;
    if (kind === "AffinityPolicy") {
      const counts = tally.policy(object.metadata.name);
      return { kind, object: { ...object, status: policyStatus(world, { policy: object, counts }, now) } };
    }
    if (kind === "Appliance") {
      const counts = tally.appliance(object.metadata.name);
      return { kind, object: { ...object, status: applianceStatus(world, { appliance: object, counts }, now) } };
    }
    const decided = decisions.get(keyOf(object));
    if (decided === undefined) throw new Error(`no decision on ${keyOf(object)}`);
    return { kind, object: { ...object, status: vmStatus(object, decided, now) } };
  };
  return objects.map(withStatus);
}
