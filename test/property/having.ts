import { keyOf } from "../../src/api/object.ts";
import type { Estate, Statuses } from "../resolve/estate.ts";

/** A world whose objects have the status that an object of their name has in `statuses`. */
export function having(world: Estate, statuses: Statuses): Estate {
  const keep = <T extends { metadata: { name: string; namespace?: string } }, S>(objects: T[], known: Map<string, S>) =>
    objects.map((object) => {
      const status = known.get(keyOf(object));
      return status === undefined ? object : { ...object, status };
    });
  return {
    ...world,
    vms: keep(world.vms, statuses.vms),
    policies: keep(world.policies, statuses.policies),
    appliances: keep(world.appliances, statuses.appliances),
  };
}
