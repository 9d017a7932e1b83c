import { expect } from "vitest";
import { Store, type StoreChange } from "../../src/cache/store.ts";
import { type Thing, thing } from "../kube/things.ts";

/** A store that writes down what its handler is told, and checks each time that it is told the committed state. */
export function newStore() {
  const told: string[] = [];
  const known = new Map<string, Thing>();
  const store: Store<Thing> = new Store<Thing>({
    handler: (change) => {
      told.push(`${change.type} ${describeChange(change)}`);
      expect(change.old, "each change goes on from the one before").toBe(known.get(change.key));
      if (change.object === undefined) {
        known.delete(change.key);
      } else {
        expect(store.get(change.key)).toBe(change.object);
        known.set(change.key, change.object);
      }
    },
    onHandlerError: (error) => {
      throw error;
    },
  });
  return { store, told, known };
}

function describeChange({ object, old }: StoreChange<Thing>): string {
  const { metadata } = object ?? old ?? thing("none", 0);
  return `${metadata.uid}@${metadata.resourceVersion}`;
}

/** Versions of one object, or of others of its name. */
export const a = (resourceVersion: number, uid = "a") => thing("x", resourceVersion, { uid });
