import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { keyOf } from "../../src/api/object.ts";
import { Store } from "../../src/cache/store.ts";
import { type Thing, thing } from "../kube/things.ts";
import { a, newStore } from "./new-store.ts";

async function replaceBy(store: Store<Thing>, objects: Thing[], resourceVersion: string, restored = false) {
  const replacement = store.prepare(restored);
  for (const object of objects) {
    store.stage(replacement, object);
  }
  await store.replace(replacement, resourceVersion);
}

describe("a handler that throws", () => {
  test("loses nothing: the store has the change, the others are told, the error is reported with its change", async () => {
    const errors: string[] = [];
    const store = new Store<Thing>({
      handler: ({ key }) => {
        throw new Error(`cannot handle ${key}`);
      },
      onHandlerError: (error, change) => errors.push(`${change.type}: ${String(error)}`),
    });
    store.apply(thing("a", 1));
    await replaceBy(store, [thing("b", 2), thing("c", 3)], "5");
    expect([...store.values()].map(({ metadata }) => metadata.name)).toEqual(["b", "c"]);
    expect(errors).toEqual([
      "added: Error: cannot handle ns/a",
      "added: Error: cannot handle ns/b",
      "added: Error: cannot handle ns/c",
      "deleted: Error: cannot handle ns/a",
    ]);
  });
});

describe("a replacement", () => {
  test("tells the differences only, and keeps the objects that are the same", async () => {
    const { store, told } = newStore();
    await replaceBy(store, [thing("a", 1), thing("b", 2), thing("c", 3)], "5");
    const kept = store.get("ns/a");
    told.length = 0;
    await replaceBy(store, [thing("d", 7), thing("a", 1), thing("b", 6)], "9");
    expect(told.sort()).toEqual(["added uid-d@7", "deleted uid-c@3", "updated uid-b@6"]);
    expect(store.get("ns/a")).toBe(kept);
  });

  test("is not seen before it is complete, nor after it failed", async () => {
    const { store } = newStore();
    store.apply(thing("a", 1));
    const replacement = store.prepare(false);
    store.stage(replacement, thing("b", 2));
    expect([...store.values()].map(({ metadata }) => metadata.name)).toEqual(["a"]);
    await store.forsake(replacement);
    store.apply(thing("c", 3));
    expect([...store.values()].map(({ metadata }) => metadata.name)).toEqual(["a", "c"]);
    expect(replacement.touched.size, "a list that failed costs no memory").toBe(0);
  });

  test("takes the newer of two entries of one object, in whatever order", async () => {
    const { store } = newStore();
    await replaceBy(store, [a(9), a(10), a(8)], "20");
    expect(store.get("ns/x")?.metadata.resourceVersion).toBe("10");
  });

  test("does not undo what came after its moment, but undoes what was missed before it", async () => {
    const { store } = newStore();
    for (const name of ["changed", "deleted", "remade", "missed"]) {
      store.apply(thing(name, 1));
    }
    const replacement = store.prepare(false);
    for (const name of ["changed", "deleted", "remade", "unseen"]) {
      store.stage(replacement, thing(name, 2));
    }
    // The list is as of 50; the watch goes on meanwhile.
    store.apply(thing("changed", 60));
    store.delete(thing("deleted", 61));
    store.apply(thing("remade", 62, { uid: "another" }));
    store.apply(thing("created", 63));
    store.delete(thing("unseen", 64));
    store.apply(thing("gone", 40));
    // The deletion of the one before comes late.
    store.delete(thing("remade", 61));
    await store.replace(replacement, "50");
    const held = [...store.values()].map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`);
    expect(held.sort()).toEqual(["another@62", "uid-changed@60", "uid-created@63"]);
  });

  test("of a restored cluster is the truth, whatever newer things were held or deleted", async () => {
    const { store, told } = newStore();
    store.apply(thing("a", 900));
    store.apply(thing("b", 901));
    store.delete(thing("b", 902));
    store.apply(thing("c", 903));
    told.length = 0;
    await replaceBy(store, [thing("a", 5), thing("b", 6)], "10", true);
    expect(told).toEqual(["updated uid-a@5", "added uid-b@6", "deleted uid-c@903"]);
    expect(store.apply(thing("b", 11))).toBe(true);
  });

  test("of 100,000 objects lets others run after every 500, and is unsettled until all is told", async () => {
    let told = 0;
    let sawUnsettled = false;
    const store = new Store<Thing>({ handler: () => told++, onHandlerError: () => {} });
    const replacement = store.prepare(false);
    for (let i = 0; i < 100_000; i++) {
      store.stage(replacement, thing(`vm-${i}`, i + 1));
    }
    const replaced = store.replace(replacement, "100001");
    for (let before = 0; told < 100_000; before = told) {
      await setImmediate();
      expect(told - before).toBeLessThanOrEqual(500);
      sawUnsettled ||= !store.settled;
      expect(told > 0 && told < 100_000 && store.settled).toBe(false);
    }
    await replaced;
    expect(sawUnsettled).toBe(true);
    expect(store.size).toBe(100_000);
    expect(store.settled).toBe(true);
  });
});

describe("while a large replacement is being compared and told", () => {
  /** A store that knows old things, a list that is as of 100, and the turns that it takes; `during` runs between them. */
  async function replaceLarge(during: (store: Store<Thing>, turn: number) => void) {
    const pauses: Array<() => void> = [];
    const known = new Map<string, Thing>();
    const store = new Store<Thing>({
      handler: ({ key, object, old }) => {
        expect(old, "each change goes on from the one before").toBe(known.get(key));
        if (object === undefined) {
          known.delete(key);
        } else {
          known.set(key, object);
        }
      },
      onHandlerError: (error) => errors.push(error),
      pause: () => new Promise<void>((resolve) => pauses.push(resolve)),
    });
    const errors: unknown[] = [];
    for (let i = 0; i < 2_000; i++) {
      store.apply(thing(`same${i}`, 10));
    }
    store.apply(thing("gone", 1));
    const replacement = store.prepare(false);
    for (let i = 0; i < 2_000; i++) {
      store.stage(replacement, thing(`same${i}`, 10));
      store.stage(replacement, thing(`new${i}`, 20));
    }
    let done = false;
    const replaced = store.replace(replacement, "100").then(() => {
      done = true;
    });
    let turns = 0;
    for (; !done; turns++) {
      during(store, turns);
      pauses.shift()?.();
      await setImmediate();
    }
    await replaced;
    expect(turns, "enough of them for both phases").toBeGreaterThan(15);
    expect(errors).toEqual([]);
    expect(known, "the handler knows the store").toEqual(new Map([...store.values()].map((one) => [keyOf(one), one])));
    return store;
  }

  test("changes are told in order, each once, whether they come early or late", async () => {
    const store = await replaceLarge((held, turn) => {
      held.apply(thing("new0", 200 + turn));
      held.apply(thing("new1999", 300 + turn));
      held.delete(thing(`new${1_000 + turn}`, 400 + turn));
      held.delete(thing(`same${turn}`, 400 + turn));
      held.apply(thing(`more${turn}`, 500 + turn));
      held.applyWritten(thing("new1500", 600 + turn));
    });
    expect(Number(store.get("ns/new0")?.metadata.resourceVersion)).toBeGreaterThan(200);
    expect(store.get("ns/new1005")).toBeUndefined();
    expect(store.get("ns/same5")).toBeUndefined();
    expect(store.get("ns/gone")).toBeUndefined();
  });

  test("what the list undoes is told, too, if it came after its key was compared", async () => {
    const store = await replaceLarge((held, turn) => {
      if (turn === 11) {
        held.apply(thing("same0", 50));
      }
    });
    expect(store.get("ns/same0")?.metadata.resourceVersion).toBe("10");
  });
});
