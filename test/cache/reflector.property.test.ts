import fc from "fast-check";
import { expect, test } from "vitest";
import { Reflector } from "../../src/cache/reflector.ts";
import { Store } from "../../src/cache/store.ts";
import { ApiError } from "../../src/kube/errors.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { FakeApi } from "./fake-api.ts";

type Step =
  | { readonly type: "put" | "remove" | "write"; readonly name: string }
  | { readonly type: "end" | "reset" | "gone" | "garbage" | "silence" | "duplicate" | "bookmark" | "late" }
  | { readonly type: "failLists" | "failWatches" | "compact"; readonly count: number }
  | { readonly type: "changeDuringList"; readonly name: string }
  | { readonly type: "wait"; readonly ms: number };

const name = fc.constantFrom("a", "b", "c", "d", "e");
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constantFrom("put", "remove", "write"), name }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constantFrom("end", "reset", "gone", "garbage", "silence", "duplicate", "bookmark", "late"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom("failLists", "failWatches", "compact"),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("changeDuringList"), name }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("wait"), ms: fc.constantFrom(0, 1, 500, 3_000, 20_000) }) },
);

/**
 * Invariants, for a reflector between an API server with a history and a handler:
 * 1. at rest the store equals the server, and the handler knows exactly the store;
 * 2. the handler is never told an older version of an object after a newer one, nor of a deleted object again;
 * 3. each change that it is told begins where the one before ended;
 * 4. there are never two lists at once, and after a stop nothing is left.
 */
async function check(steps: readonly Step[], knowsWatchList: boolean): Promise<void> {
  const api = new FakeApi();
  api.knowsWatchList = knowsWatchList;
  const clock = new VirtualClock();
  const known = new Map<string, StoredObject>();
  const newest = new Map<string, number>();
  const deleted = new Set<string>();
  const store = new Store<StoredObject>({
    handler: ({ key, object, old }) => {
      expect(old).toBe(known.get(key));
      if (object === undefined) {
        known.delete(key);
        deleted.add(old?.metadata.uid ?? "");
        return;
      }
      const { uid = "", resourceVersion } = object.metadata;
      expect(deleted.has(uid), "back from the dead").toBe(false);
      expect(Number(resourceVersion)).toBeGreaterThan(newest.get(uid) ?? 0);
      newest.set(uid, Number(resourceVersion));
      known.set(key, object);
    },
    onHandlerError: (error) => {
      failures.push(error);
    },
  });
  const failures: unknown[] = [];
  const reflector = new Reflector<StoredObject>({
    listWatch: api,
    store,
    project: (raw) => raw,
    clock,
    relistMs: 25_000,
  });
  let failingLists = 0;
  let failingWatches = 0;
  const between: string[] = [];
  api.onList = () => {
    const change = between.shift();
    if (change !== undefined) {
      api.objects.has(change) ? api.remove(change) : api.put(change);
    }
    if (failingLists-- > 0) {
      throw new ApiError("Status", "unavailable", { httpStatus: 503 });
    }
  };
  api.onWatch = () => {
    if (failingWatches-- > 0) {
      throw new ApiError("Network", "refused");
    }
  };
  reflector.start();
  const stream = () => api.live.at(-1);
  for (const one of steps) {
    switch (one.type) {
      case "put":
        api.put(one.name);
        break;
      case "remove":
        api.remove(one.name);
        break;
      case "write":
        // A status write of ours: its answer may be there before or after its event.
        if (api.objects.has(one.name)) {
          store.applyWritten(structuredClone(api.put(one.name)));
        }
        break;
      case "end":
        stream()?.end();
        break;
      case "reset":
        stream()?.end(new ApiError("Network", "reset"));
        break;
      case "gone":
        stream()?.end(new ApiError("ErrorEvent", "expired", { httpStatus: 410 }));
        break;
      case "garbage":
        stream()?.end(new ApiError("Protocol", "not JSON"));
        break;
      case "silence":
        stream()?.end(new ApiError("Silence", "nothing"));
        break;
      case "duplicate":
        stream()?.send(...api.history.slice(-3).map(({ event }) => event));
        break;
      case "late": {
        const early = api.history.at(-4);
        if (early !== undefined && early.event.type === "MODIFIED") {
          stream()?.send(early.event);
        }
        break;
      }
      case "bookmark":
        stream()?.send({ type: "BOOKMARK", resourceVersion: String(api.version), initialEventsEnd: false });
        break;
      case "failLists":
        failingLists = one.count;
        break;
      case "failWatches":
        failingWatches = one.count;
        break;
      case "compact":
        api.compacted = api.version - one.count;
        break;
      case "changeDuringList":
        between.push(one.name);
        break;
      case "wait":
        await clock.advance(one.ms);
        break;
    }
  }
  failingLists = 0;
  failingWatches = 0;
  await clock.advance(120_000);
  const version = ({ metadata }: StoredObject) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`;
  expect([...store.values()].map(version).sort()).toEqual([...api.objects.values()].map(version).sort());
  expect([...known.values()].map(version).sort()).toEqual([...store.values()].map(version).sort());
  expect(reflector.state).toMatchObject({ synced: true, complete: true });
  expect(failures).toEqual([]);
  await reflector.stop();
  expect(api.mostListsInFlight).toBeLessThanOrEqual(1);
  expect([clock.pending, api.live.length, api.listsInFlight]).toEqual([0, 0, 0]);
}

test.each([false, true])(
  "whatever happens, the store ends up as the server is (WatchList: %s)",
  async (knowsWatchList) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) => check(steps, knowsWatchList)),
      { numRuns: 500 },
    );
  },
);
