import { describe, expect, test } from "vitest";
import { ApiError } from "../../src/kube/errors.ts";
import { thing } from "../kube/things.ts";
import {
  api,
  clock,
  errors,
  held,
  reflector,
  reset,
  silence,
  start,
  store,
  truth,
  useFakeApi,
} from "./reflector-bench.ts";

useFakeApi();

describe("from the beginning", () => {
  test.each([true, false])(
    "with WatchList %s: all objects, then their changes, from the list's resourceVersion",
    async (knows) => {
      api.knowsWatchList = knows;
      for (const name of ["a", "b", "c"]) {
        api.put(name);
      }
      await start();
      expect(held()).toEqual(truth());
      expect(reflector.state).toMatchObject({ synced: true, complete: true, lastError: undefined });
      expect(reflector.state.lastContactAt).toBe(clock.monotonic());
      expect([api.lists, api.streams.length]).toEqual(knows ? [0, 1] : [1, 1]);
      expect(api.last.options).toMatchObject(knows ? { sendInitialEvents: true } : { resourceVersion: "103" });
      api.put("a");
      api.remove("b");
      api.put("d");
      await clock.advance(0);
      expect(held()).toEqual(truth());
      expect(errors).toEqual([]);
    },
  );

  test("nothing is synced or complete before the whole list is there", async () => {
    api.put("a");
    let release = () => {};
    api.onList = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    await start();
    expect(reflector.state).toMatchObject({ synced: false, complete: false });
    expect(store.size).toBe(0);
    release();
    await clock.advance(0);
    expect(reflector.state).toMatchObject({ synced: true, complete: true });
  });

  test("an empty kind is synced, too", async () => {
    await start();
    expect(reflector.state).toMatchObject({ synced: true, complete: true });
  });

  test("what is kept of an object is decided at the door; managedFields never get in", async () => {
    const managedFields = [{ manager: "somebody" }];
    const put = (name: string) => Object.assign(api.put(name).metadata, { managedFields, labels: { x: "y" } });
    put("a");
    await start({
      project: (raw) => ({ metadata: { ...raw.metadata, labels: { seen: String(raw.metadata.managedFields) } } }),
    });
    put("b");
    await clock.advance(0);
    for (const object of store.values()) {
      expect(object).toMatchObject({ metadata: { labels: { seen: "undefined" }, managedFields: undefined } });
    }
    expect(store.size).toBe(2);
  });

  test("an API server that is not there for 30 s is waited for", async () => {
    api.put("a");
    api.onWatch = () => {
      throw new ApiError("Network", "connect ECONNREFUSED");
    };
    await start();
    await clock.advance(30_000);
    expect(reflector.state).toMatchObject({ synced: false, complete: false, lastError: { code: "Network" } });
    expect(errors.length).toBeGreaterThan(3);
    expect(errors.length).toBeLessThan(20);
    api.onWatch = () => {};
    await clock.advance(5_000);
    expect(reflector.state).toMatchObject({ synced: true, complete: true, lastError: undefined });
  });
});

describe("WatchList", () => {
  test("refused once (422) is not asked for again", async () => {
    let asked = 0;
    api.onWatch = ({ sendInitialEvents }) => {
      asked += sendInitialEvents ? 1 : 0;
    };
    await start({ relistMs: 10_000 });
    await clock.advance(60_000);
    expect(asked).toBe(1);
    expect(api.lists).toBeGreaterThan(4);
    expect(errors, "that is no failure").toEqual([]);
  });

  test("refused after something newer was seen: the list in its place may not be older than that", async () => {
    api.put("a");
    api.knowsWatchList = true;
    await start({ relistMs: 10_000 });
    const { version } = api;
    api.onWatch = ({ sendInitialEvents }) => {
      if (!sendInitialEvents || !api.knowsWatchList) return;
      api.knowsWatchList = false;
      store.applyWritten(api.put("a", "newer"));
    };
    let stale = 1;
    api.onPage = (page) =>
      stale-- > 0
        ? {
            resourceVersion: String(version),
            items: [thing("a", version, { uid: api.objects.get("a")?.metadata.uid ?? "" })],
          }
        : page;
    await clock.advance(12_000);
    expect(errors).toContain("list Protocol");
    expect(held()).toEqual(truth());
  });

  test.each(["another bookmark", "silence"])("that begins as a normal watch is found out by %s", async (sign) => {
    api.put("a");
    api.knowsWatchList = true;
    const watch = api.watch.bind(api);
    api.watch = async (options) => {
      if (!options.sendInitialEvents) {
        return await watch(options);
      }
      const events = await watch({ ...options, sendInitialEvents: false, resourceVersion: "100" });
      if (sign === "silence") {
        api.last.end(silence());
      } else {
        api.last.send({ type: "BOOKMARK", resourceVersion: "101", initialEventsEnd: false });
      }
      return events;
    };
    await start();
    expect(api.lists).toBe(1);
    expect(held()).toEqual(truth());
    expect(api.live).toHaveLength(1);
  });

  test("cut off among its initial events changes nothing, and is asked for again", async () => {
    api.knowsWatchList = true;
    const watch = api.watch.bind(api);
    let cuts = 2;
    api.watch = async (options) => {
      if (cuts-- <= 0) {
        return await watch(options);
      }
      const events = await watch({ ...options, sendInitialEvents: false, resourceVersion: "100" });
      api.last.end(cuts === 1 ? undefined : reset());
      return events;
    };
    api.put("a");
    await start();
    expect(store.size).toBe(0);
    await clock.advance(5_000);
    expect(held()).toEqual(truth());
    expect(errors).toEqual(["list Network", "list Network"]);
    expect(api.lists).toBe(0);
  });

  test("takes changes among its initial events", async () => {
    api.knowsWatchList = true;
    const watch = api.watch.bind(api);
    api.watch = async (options) => {
      const events = await watch({ ...options, sendInitialEvents: false, resourceVersion: "100" });
      api.last.send(
        { type: "ADDED", object: thing("a", 5) },
        { type: "ADDED", object: thing("b", 6) },
        { type: "MODIFIED", object: thing("a", 101) },
        { type: "DELETED", object: thing("b", 102) },
        { type: "DELETED", object: thing("a", 102, { uid: "another of that name" }) },
        { type: "DELETED", object: thing("never seen", 102) },
        { type: "BOOKMARK", resourceVersion: "102", initialEventsEnd: true },
      );
      return events;
    };
    await start();
    expect(held()).toEqual(["a@101"]);
  });
});
