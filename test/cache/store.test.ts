import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { thing } from "../kube/things.ts";
import { a, newStore } from "./new-store.ts";

describe("events", () => {
  test("older ones and repetitions change nothing, in the order of numbers, not of text", () => {
    const { store, told } = newStore();
    expect([9, 10, 10, 9, 1000, 999].map((version) => store.apply(a(version)))).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(told).toEqual(["added a@9", "updated a@10", "updated a@1000"]);
  });

  test("the same name with another uid is a deletion and an addition; the old one's late events do nothing", () => {
    const { store, told } = newStore();
    store.apply(a(10, "old"));
    store.apply(a(20, "new"));
    expect(told).toEqual(["added old@10", "deleted old@10", "added new@20"]);
    for (const late of [15, 20, 25]) {
      expect(store.apply(a(late, "old"))).toBe(false);
    }
    for (const late of [15, 20, 25]) {
      expect(store.delete(a(late, "old"))).toBe(false);
    }
    expect(store.get("ns/x")?.metadata.uid).toBe("new");
  });

  test("a deletion that is older than the object changes nothing", () => {
    const { store } = newStore();
    store.apply(a(10));
    expect(store.delete(a(9))).toBe(false);
    expect(store.apply(a(11)), "and it lives on").toBe(true);
    expect(store.delete(a(12))).toBe(true);
    expect(store.size).toBe(0);
  });

  test("what was deleted does not come back: by a late event, by the answer to a late write", () => {
    const { store, told } = newStore();
    store.apply(a(10));
    store.delete(a(12));
    expect(store.apply(a(11))).toBe(false);
    expect(store.applyWritten(a(11))).toBe(false);
    expect(store.delete(a(12))).toBe(false);
    expect(told).toEqual(["added a@10", "deleted a@10"]);
    expect(store.apply(a(13, "next"))).toBe(true);
  });

  test("of what was deleted the last 4,096 are remembered, which bounds the memory that it takes", () => {
    const { store } = newStore();
    for (let i = 0; i <= 4_096; i++) {
      store.delete(a(10, `uid-${i}`));
    }
    const comesBack = (i: number) => store.apply(thing(`late-${i}`, 11, { uid: `uid-${i}` }));
    expect([comesBack(1), comesBack(4_096), comesBack(0)]).toEqual([false, false, true]);
  });

  test("objects without a uid are told apart by name only", () => {
    const { store, told } = newStore();
    const bare = (version: string) => ({ metadata: { name: "x", namespace: "ns", resourceVersion: version } });
    store.apply(bare("1"));
    store.delete(bare("2"));
    store.apply(bare("3"));
    expect(told).toEqual(["added undefined@1", "deleted undefined@1", "added undefined@3"]);
  });

  test("names like those of object properties are names", () => {
    const { store } = newStore();
    for (const name of ["constructor", "__proto__", "toString", "null", "1e3"]) {
      expect(store.get(`ns/${name}`)).toBeUndefined();
      store.apply(thing(name, 1));
    }
    expect([...store.values()].map(({ metadata }) => metadata.name)).toHaveLength(5);
  });
});

describe("the answer to a write", () => {
  test("is read at once, and the events before it do not undo it", () => {
    const { store } = newStore();
    store.apply(a(10));
    expect(store.applyWritten(a(15))).toBe(true);
    store.apply(a(12));
    store.apply(a(15));
    expect(store.get("ns/x")?.metadata.resourceVersion).toBe("15");
  });

  test("says how far a list has to be, whatever order the answers come in", () => {
    const { store } = newStore();
    expect(store.written).toBeUndefined();
    for (const name of ["b", "c"]) {
      store.apply(thing(name, 1));
    }
    store.applyWritten(thing("b", 15));
    store.applyWritten(thing("c", 12));
    expect(store.written).toBe("15");
    store.applyWritten(thing("c", 20));
    expect(store.written).toBe("20");
  });

  test("is nothing for an object that is not there, or is another one", () => {
    const { store } = newStore();
    expect(store.applyWritten(a(15))).toBe(false);
    store.apply(a(10, "other"));
    expect(store.applyWritten(a(15))).toBe(false);
  });
});

test("whatever order events and answers come in, the store holds the newest of what is alive", () => {
  const event = fc.record({
    name: fc.constantFrom("a", "b"),
    life: fc.nat(2),
    step: fc.nat(3),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), fc.boolean(), (shuffled, asWritten) => {
      // The world: each name has three lives one after the other, each of four versions, of which the last is its end.
      const { store } = newStore();
      const seen = new Map<string, { version: number; uid: string; deleted: boolean }>();
      for (const { name, life, step } of shuffled) {
        const version = 100 + life * 10 + step;
        const uid = `${name}${life}`;
        const object = thing(name, version, { uid });
        if (step === 3) {
          store.delete(object);
        } else if (asWritten && step === 2) {
          store.applyWritten(object);
          continue;
        } else {
          store.apply(object);
        }
        const newest = seen.get(name);
        if (newest === undefined || version > newest.version) {
          seen.set(name, { version, uid, deleted: step === 3 });
        }
      }
      for (const [name, { version, uid, deleted }] of seen) {
        const held = store.get(`ns/${name}`);
        if (!deleted) {
          expect(held?.metadata.uid).toBe(uid);
          expect(Number(held?.metadata.resourceVersion)).toBeGreaterThanOrEqual(version);
        } else {
          expect(held === undefined || Number(held.metadata.resourceVersion) < version).toBe(true);
          expect(held?.metadata.uid).not.toBe(uid);
        }
      }
    }),
    { numRuns: 500 },
  );
});
