import { keyOf } from "../api/object.ts";
import type { TandemObject } from "../api/validate/index.ts";
import { applianceStatus, type Decided, decide, policyStatus, Tally, vmStatus, World } from "../resolve/index.ts";
import type { Estate } from "./input/estate.ts";

/** What the rules read of an estate. */
type Objects = Pick<Estate, "objects" | "namespaces">;

/** What the rules make of an estate. */
export interface Resolved {
  readonly world: World;
  readonly tally: Tally;
  /** By the key of the VM. */
  readonly decisions: ReadonlyMap<string, Decided>;
}

/** Resolves all of an estate. */
export function resolve({ objects, namespaces }: Objects, managerVersion: string): Resolved {
  const world = new World(managerVersion);
  for (const [name, labels] of namespaces) world.setNamespace(name, labels);
  for (const { kind, object } of objects) {
    if (kind === "Appliance") world.setAppliance(object);
    else if (kind === "AffinityPolicy") world.setPolicy(object);
    else world.setVm(object);
  }
  const tally = new Tally();
  const decisions = new Map<string, Decided>();
  for (const entry of world.vms.all()) {
    const decision = decide(world, entry);
    tally.put(entry.key, decision);
    decisions.set(entry.key, { entry, decision });
  }
  return { world, tally, decisions };
}

/**
 * An object of a resolved estate with the status that the controller would write.
 * @param now RFC 3339, seconds: the time of what has changed since the status that is given
 */
export function withStatus(tandem: TandemObject, { world, tally, decisions }: Resolved, now: string): TandemObject {
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
}

export interface StatusOptions {
  readonly managerVersion: string;
  /** RFC 3339, seconds: the time of what has changed since the status that is given. */
  readonly now: string;
}

/** Every object of an estate, in input order, with the status that the controller would write. */
export function withStatuses(estate: Objects, { managerVersion, now }: StatusOptions): TandemObject[] {
  const resolved = resolve(estate, managerVersion);
  return estate.objects.map((tandem) => withStatus(tandem, resolved, now));
}
