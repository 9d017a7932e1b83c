import { beforeEach, describe, expect, test } from "vitest";
import { ApiError } from "../../src/kube/errors.ts";
import { thing } from "../kube/things.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import {
  api,
  clock,
  errors,
  gone,
  held,
  newReflector,
  reflector,
  start,
  states,
  status,
  store,
  told,
  truth,
  useFakeApi,
} from "./reflector-bench.ts";

useFakeApi();

describe("a list that fails", () => {
  test("on its second page: nothing of it is used, the whole is listed again, and it is not complete meanwhile", async () => {
    for (const name of ["a", "b", "c"]) {
      api.put(name);
    }
    let failures = 0;
    api.onList = (page) => {
      if (page === 1 && failures++ < 3) {
        api.put(`made-between-${failures}`);
        throw status(410);
      }
    };
    await start();
    expect([store.size, reflector.state.complete]).toEqual([0, false]);
    await clock.advance(15_000);
    expect(api.lists).toBe(4);
    expect(held()).toEqual(truth());
    expect(reflector.state).toMatchObject({ synced: true, complete: true });
  });

  test.each([404, 403, 500])("with %i, later: the objects stay, but are not called complete", async (code) => {
    api.put("a");
    await start();
    api.onList = () => {
      throw status(code);
    };
    api.last.end(gone());
    await clock.advance(60_000);
    expect(held()).toEqual(["a@101"]);
    expect(reflector.state).toMatchObject({ synced: true, complete: false, lastError: { httpStatus: code } });
    expect(errors.length).toBeLessThan(code === 500 ? 40 : 10);
    api.onList = () => {};
    api.remove("a");
    await clock.advance(code === 500 ? 4_500 : 30_000);
    expect([held(), reflector.state.complete]).toEqual([[], true]);
  });

  test("without a single page is no empty list", async () => {
    api.put("a");
    const list = api.list.bind(api);
    api.list = async function* () {};
    await start();
    expect([errors, reflector.state.synced]).toEqual([["list Protocol"], false]);
    api.list = list;
    await clock.advance(3_000);
    expect(held()).toEqual(truth());
  });

  test("with shuffled items, old ones last, and duplicates: the list's resourceVersion counts", async () => {
    for (const name of ["a", "b", "c"]) {
      api.put(name);
    }
    api.pageSize = 10;
    api.onPage = (page) => ({
      ...page,
      items: [...page.items]
        .reverse()
        .flatMap((item) => [item, { ...item, metadata: { ...item.metadata, resourceVersion: "7" } }]),
    });
    await start();
    expect(held()).toEqual(truth());
    expect(api.last.options.resourceVersion).toBe("103");
  });

  test("an older list than what was seen is refused as stale, while the server has come further", async () => {
    const { uid = "" } = api.put("a").metadata;
    await start();
    api.put("a");
    await clock.advance(0);
    // The answer to a write of ours is older than what the watch has brought since.
    expect(store.applyWritten(thing("a", 103, { uid }))).toBe(true);
    api.version = 103;
    for (let i = 0; i < 3; i++) {
      api.put("a");
    }
    await clock.advance(0);
    api.onPage = (page) => ({ ...page, resourceVersion: "104", items: [thing("a", 104, { uid })] });
    api.last.end(gone());
    await clock.advance(20_000);
    expect(held()).toEqual(["a@106"]);
    expect(reflector.state.complete).toBe(false);
    expect(errors.slice(1).every((error) => error === "list Protocol")).toBe(true);
    api.onPage = (page) => page;
    await clock.advance(30_000);
    expect([held(), reflector.state.complete]).toEqual([truth(), true]);
  });

  test("older than the list before is refused, too, whatever the watch has brought", async () => {
    await start();
    api.version = 200;
    api.last.end(gone());
    await clock.advance(3_000);
    expect(errors).toEqual(["watch 410"]);
    api.onPage = (page) => ({ ...page, resourceVersion: "150" });
    api.last.end(gone());
    await clock.advance(3_000);
    expect(errors.slice(1, 3)).toEqual(["watch 410", "list Protocol"]);
  });

  test("while the watch from before goes on: events are taken, but no event makes it complete, or the error past", async () => {
    await start({ relistMs: 10_000 });
    api.onList = () => {
      throw status(403);
    };
    await clock.advance(11_000);
    api.put("a");
    await clock.advance(0);
    expect(held()).toEqual(["a@101"]);
    expect(reflector.state).toMatchObject({ complete: false, lastError: { httpStatus: 403 } });
  });
});

describe("a cluster restored from a backup", () => {
  beforeEach(async () => {
    api.put("a");
    api.put("b");
    await start();
    for (let i = 0; i < 50; i++) {
      api.put("a");
    }
    await clock.advance(0);
    // Back to where "a" was new, and on from there with numbers that were used before.
    api.version = 120;
    api.objects.clear();
    api.history.length = 0;
    api.objects.set("a", thing("a", 101, { uid: "uid-a-0" }));
    api.objects.set("c", thing("c", 110));
  });

  const converges = async () => {
    await clock.advance(10_000);
    expect(held()).toEqual(["a@101", "c@110"]);
    expect(reflector.state).toMatchObject({ synced: true, complete: true });
    api.put("a");
    await clock.advance(5_000);
    expect(held()).toEqual(["a@121", "c@110"]);
  };

  test("is believed although the last write of ours was answered with a later version", async () => {
    const { uid = "" } = store.get("ns/b")?.metadata ?? {};
    expect(store.applyWritten(thing("b", 900, { uid }))).toBe(true);
    api.onWatch = ({ resourceVersion }) => {
      if (Number(resourceVersion) > api.version) {
        throw new ApiError("Status", "Timeout: Too large resource version: 152, current: 120", { httpStatus: 504 });
      }
    };
    api.last.end();
    await converges();
    // And the next list is believed, too.
    errors.length = 0;
    api.last.end(gone());
    await clock.advance(10_000);
    expect(errors).toEqual(["watch 410"]);
  });

  test("is found out by a watch that it refuses", async () => {
    api.onWatch = ({ resourceVersion }) => {
      if (Number(resourceVersion) > api.version) {
        throw new ApiError("Status", "Timeout: Too large resource version: 152, current: 120", { httpStatus: 504 });
      }
    };
    api.last.end();
    await converges();
  });

  test("is found out by a list that is older than what was seen, once the server has said that it is not further", async () => {
    api.last.end(gone());
    await converges();
  });

  test("lets nothing of the old world in any more, once the full list has found it out", async () => {
    const old = api.last;
    let lists = 0;
    api.onList = () => {
      if (++lists === 2) {
        old.send({ type: "MODIFIED", object: thing("a", 999, { uid: "uid-a-0" }) });
      }
    };
    await clock.advance(11 * 60_000);
    await converges();
    expect(lists).toBe(2);
    expect(told.join()).not.toContain("999");
  });

  test("is found out by a bookmark that is older than the last event", async () => {
    api.last.send({ type: "BOOKMARK", resourceVersion: "120", initialEventsEnd: false });
    await converges();
  });
});

describe("the full list every ten minutes", () => {
  test("heals what was swallowed, without a gap: the old state and stream go on until it is complete", async () => {
    api.put("a");
    await start();
    const stream = api.last;
    api.objects.delete("a");
    api.version++;
    api.objects.set("swallowed", thing("swallowed", api.version));
    let release = () => {};
    await clock.advance(9 * 60_000 - 1_000);
    expect(api.lists).toBe(1);
    api.onList = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    await clock.advance(2 * 60_000);
    expect(api.lists).toBe(2);
    expect([held(), stream.open, reflector.state.complete]).toEqual([["a@101"], true, true]);
    api.put("during");
    await clock.advance(0);
    expect(held()).toEqual(["a@101", "during@103"]);
    release();
    await clock.advance(0);
    expect([held(), stream.open]).toEqual([truth(), false]);
    expect(states.every(({ complete }) => complete)).toBe(true);
    expect(told).toEqual(["added ns/a 101", "added ns/during 103", "added ns/swallowed 102", "deleted ns/a 101"]);
  });

  test.each([true, false])("with WatchList %s: changes during it are neither lost nor undone", async (knows) => {
    api.knowsWatchList = knows;
    for (const name of ["a", "b", "c", "d"]) {
      api.put(name);
    }
    await start({ relistMs: 10_000 });
    told.length = 0;
    api.onList = (page) => {
      if (page === 1) {
        api.remove("a");
        api.put("b");
        api.put(`e${api.lists}`);
      }
    };
    await clock.advance(100_000);
    await clock.advance(0);
    expect(held()).toEqual(truth());
    expect(told.filter((one) => one.includes("ns/a "))).toHaveLength(knows ? 0 : 1);
    expect(api.live).toHaveLength(1);
  });

  test.each([
    [0, 540_000],
    [0.5, 600_000],
    [1, 660_000],
  ])("comes at a time that chance spreads (%d): after %i ms", async (drawn, ms) => {
    const drawing = new VirtualClock({ random: () => drawn });
    newReflector({ clock: drawing });
    reflector.start();
    await drawing.advance(ms - 1);
    expect(api.lists).toBe(1);
    await drawing.advance(1);
    expect(api.lists).toBe(2);
  });

  test("can be turned off", async () => {
    await start({ relistMs: 0 });
    await clock.advance(24 * 3_600_000);
    expect(api.lists).toBe(1);
  });

  test("of an unchanged kind tells nothing", async () => {
    for (let i = 0; i < 50; i++) {
      api.put(`n${i}`);
    }
    await start({ relistMs: 60_000 });
    told.length = 0;
    await clock.advance(600_000);
    expect(api.lists).toBeGreaterThan(8);
    expect(told).toEqual([]);
  });
});
