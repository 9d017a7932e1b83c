import { describe, expect, test } from "vitest";
import { ApiError } from "../../src/kube/errors.ts";
import { type Thing, thing } from "../kube/things.ts";
import {
  api,
  clock,
  errors,
  gone,
  held,
  reflector,
  reset,
  silence,
  start,
  states,
  status,
  store,
  told,
  truth,
  useFakeApi,
} from "./reflector-bench.ts";

useFakeApi();

describe("a stream that ends", () => {
  test.each([
    ["cleanly", () => undefined],
    ["by a reset", reset],
    ["by 503", () => status(503)],
  ])("%s: goes on after the last event, without a list, complete all the time", async (_name, error) => {
    await start();
    api.put("a");
    await clock.advance(0);
    api.last.end(error());
    await clock.advance(0);
    api.put("b");
    await clock.advance(2_000);
    expect(api.last.options.resourceVersion).toBe("101");
    expect(held()).toEqual(truth());
    expect(api.lists).toBe(1);
    expect(states.every(({ complete }) => complete)).toBe(true);
    expect(reflector.state.lastError).toBeUndefined();
  });

  test("cleanly every 200 ms for a minute makes no storm, and is caught up with within 5 s after it", async () => {
    await start();
    const opened = api.streams.length;
    for (let i = 0; i < 300; i++) {
      if (api.last.open) {
        api.last.end();
      }
      await clock.advance(200);
    }
    expect(api.streams.length - opened).toBeLessThan(30);
    api.put("a");
    await clock.advance(5_000);
    expect(held()).toEqual(truth());
    expect(api.lists).toBe(1);
  });

  test.each([
    ["Timeout", () => new ApiError("Timeout", "no answer")],
    ["Credentials", () => new ApiError("Credentials", "no token")],
    ["Aborted, but not by us", () => new ApiError("Aborted", "closed")],
    ["408", () => status(408)],
    ["429", () => status(429)],
    ["500", () => status(500)],
  ])("with %s: goes on after a delay, without a list", async (_name, error) => {
    await start();
    api.last.end(error());
    await clock.advance(0);
    expect([api.live, errors.length]).toEqual([[], 1]);
    await clock.advance(3_000);
    expect([api.live.length, api.lists]).toEqual([1, 1]);
  });

  test.each([400, 403, 404, 428])("with %i: only a list can mend that", async (code) => {
    await start();
    api.last.end(status(code));
    await clock.advance(3_000);
    expect([api.live.length, api.lists]).toEqual([1, 2]);
  });

  test("and begins again is a sign of life, and the end of the failure, before any event", async () => {
    await start();
    api.last.end(reset());
    await clock.advance(0);
    expect(reflector.state.lastError).toMatchObject({ code: "Network" });
    await clock.advance(3_000);
    expect(reflector.state).toMatchObject({ complete: true, lastError: undefined });
    expect(reflector.state.lastContactAt).toBeGreaterThan(0);
  });

  test("with a bookmark before it goes on from the bookmark", async () => {
    await start();
    api.last.send({ type: "BOOKMARK", resourceVersion: "500", initialEventsEnd: false });
    await clock.advance(0);
    api.last.end();
    await clock.advance(2_000);
    expect(api.last.options.resourceVersion).toBe("500");
  });

  test("by silence is renewed at once, which is not a failure", async () => {
    await start();
    for (let i = 0; i < 20; i++) {
      api.last.end(silence());
      await clock.advance(0);
      expect(api.last.open).toBe(true);
    }
    expect([errors, api.lists, reflector.state.lastContactAt]).toEqual([[], 1, clock.monotonic()]);
  });

  test("with 429 waits for as long as the server asks", async () => {
    await start();
    api.onWatch = () => {
      throw status(429, { retryAfterMs: 20_000 });
    };
    api.last.end();
    await clock.advance(10_000);
    const asked = errors.length;
    expect(asked).toBe(1);
    await clock.advance(9_000);
    expect(errors).toHaveLength(1);
    api.onWatch = () => {};
    await clock.advance(3_000);
    expect(api.last.open).toBe(true);
  });

  test("from a generation that is over is not listened to any more", async () => {
    await start({ relistMs: 60_000 });
    const old = api.last;
    await clock.advance(66_000);
    expect(api.lists).toBe(2);
    expect(old.open).toBe(false);
    old.send({ type: "ADDED", object: thing("ghost", 999) });
    await clock.advance(0);
    expect(store.size).toBe(0);
  });
});

describe("410", () => {
  test("once: one list, and what was missed is there within 2 s", async () => {
    api.put("a");
    await start();
    api.compacted = 110;
    api.last.end(gone());
    await clock.advance(0);
    api.remove("a");
    api.put("b");
    await clock.advance(2_000);
    expect(api.lists).toBe(2);
    expect(held()).toEqual(truth());
    expect(told.slice(1).sort()).toEqual(["added ns/b 103", "deleted ns/a 101"]);
  });

  test("as the first word of a server that was away for a minute: up to date within 5 s of its return", async () => {
    await start();
    api.onWatch = () => {
      throw reset();
    };
    api.last.end(reset());
    await clock.advance(60_000);
    api.onWatch = () => {};
    api.put("a");
    api.compacted = api.version + 1;
    await clock.advance(5_000);
    expect(held()).toEqual(truth());
    expect(errors.at(-1)).toBe("watch 410");
  });

  test("at every restart of an API server that restarts every ten seconds: listed again at once, each time", async () => {
    await start();
    for (let restart = 0; restart < 10; restart++) {
      await clock.advance(10_000);
      api.put("a");
      api.last.end(gone());
      await clock.advance(100);
      expect(held()).toEqual(truth());
    }
    expect(api.lists).toBe(11);
  });

  test("20 times: one list each, at growing distances, and complete all the time", async () => {
    await start();
    const times: number[] = [];
    for (let i = 0; i < 20; i++) {
      const lists = api.lists;
      api.last.end(gone());
      const before = clock.monotonic();
      for (let waited = 0; api.lists === lists && waited < 100; waited++) {
        await clock.advance(500);
      }
      times.push(clock.monotonic() - before);
      expect(api.lists).toBe(lists + 1);
    }
    expect(times[0]).toBeLessThanOrEqual(2_000);
    expect(times.at(-1)).toBeGreaterThan(15_000);
    expect(times.at(-1)).toBeLessThanOrEqual(30_500);
    expect(states.every(({ complete }) => complete)).toBe(true);
  });
});

describe("a broken stream", () => {
  test.each([
    ["a line that is no event", new ApiError("Protocol", "not JSON")],
    ["an ERROR event of another kind", new ApiError("ErrorEvent", "etcd", { httpStatus: 500 })],
    ["an error of ours", new TypeError("oops")],
  ])("(%s) is counted and listed again, never skipped", async (_name, error) => {
    await start();
    api.last.end(error);
    api.put("lost");
    await clock.advance(2_000);
    expect(api.lists).toBe(2);
    expect(errors).toHaveLength(1);
    expect(held()).toEqual(truth());
  });
});

describe("events", () => {
  test("are no news about the watch: nobody is told of its state", async () => {
    await start();
    const before = states.length;
    for (let i = 0; i < 5; i++) {
      api.put("a");
    }
    await clock.advance(1_000);
    expect([store.size, states.length - before]).toEqual([1, 0]);
  });

  test("twice or ten times are told once", async () => {
    await start();
    const { streams } = api;
    const send = streams[0]?.send.bind(streams[0]);
    api.last.send = (...events) => send?.(...events.flatMap((event) => Array.from({ length: 10 }, () => event)));
    api.put("a");
    api.put("a");
    api.remove("a");
    api.put("a");
    await clock.advance(0);
    expect(told).toEqual(["added ns/a 101", "updated ns/a 102", "deleted ns/a 102", "added ns/a 104"]);
  });

  test("a bookmark where the watch stands already is a sign of life", async () => {
    api.put("a");
    await start();
    await clock.advance(1_000);
    api.last.send({ type: "BOOKMARK", resourceVersion: "101", initialEventsEnd: false });
    await clock.advance(0);
    expect([errors, api.lists, reflector.state.lastContactAt]).toEqual([[], 1, 1_000]);
  });

  test("a late one does not lead the watch back", async () => {
    await start();
    api.put("a");
    api.last.send({ type: "ADDED", object: thing("late", 50) });
    await clock.advance(0);
    expect(store.size, "but it is news about its object").toBe(2);
    api.last.end();
    await clock.advance(2_000);
    expect(api.last.options.resourceVersion).toBe("101");
  });

  test("deleted and made again while the stream was frozen: the new object from scratch", async () => {
    api.put("a");
    await start();
    api.last.end(reset());
    await clock.advance(0);
    api.remove("a");
    const remade = api.put("a");
    await clock.advance(5_000);
    expect(told).toEqual(["added ns/a 101", "deleted ns/a 101", "added ns/a 103"]);
    expect(store.get("ns/a")?.metadata.uid).toBe(remade.metadata.uid);
  });

  test("the answer to a write is read at once; the events before it and a list from before it do not undo it", async () => {
    const before = api.put("a");
    await start({ relistMs: 60_000 });
    const written: Thing = thing("a", 110, { uid: before.metadata.uid ?? "" });
    expect(store.applyWritten(written)).toBe(true);
    api.put("a");
    await clock.advance(0);
    expect(held()).toEqual(["a@110"]);
    api.version = 110;
    api.onPage = (page) => ({ ...page, resourceVersion: "102" });
    await clock.advance(70_000);
    expect(held()).toEqual(["a@110"]);
    expect(errors).toContain("list Protocol");
  });
});
