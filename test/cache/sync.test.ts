import { describe, expect, test, vi } from "vitest";
import { api, clock, errors, held, start, status, store, truth, useFakeApi } from "./reflector-bench.ts";

useFakeApi();

describe("a WatchList that the server refuses", () => {
  /** How often it was asked for within half a minute. */
  async function askedFor(code: number): Promise<number> {
    api.put("a");
    let asked = 0;
    api.knowsWatchList = true;
    api.onWatch = ({ sendInitialEvents }) => {
      if (sendInitialEvents && ++asked <= 2) {
        throw status(code);
      }
    };
    await start({ relistMs: 5_000 });
    await clock.advance(30_000);
    expect(held()).toEqual(truth());
    return asked;
  }

  test.each([400, 422])("with %i is not known there: pages are, and nobody asks for it again", async (code) => {
    expect(await askedFor(code)).toBe(1);
    expect(api.lists).toBeGreaterThan(3);
    expect(errors).toEqual([]);
  });

  test.each([403, 404, 500])("with %i is a failure like any other: it is asked for again", async (code) => {
    expect(await askedFor(code)).toBeGreaterThan(3);
    expect(api.lists).toBe(0);
    expect(errors).toEqual([`list ${code}`, `list ${code}`]);
  });
});

test.each([true, false])("a list that failed gathers nothing more (WatchList: %s)", async (knows) => {
  const prepared = vi.spyOn(store, "prepare");
  api.knowsWatchList = knows;
  await start({ relistMs: 10_000 });
  const fail = () => {
    throw status(403);
  };
  api.onList = fail;
  api.onWatch = ({ sendInitialEvents }) => (sendInitialEvents ? fail() : undefined);
  await clock.advance(11_000);
  for (let i = 0; i < 10; i++) {
    api.put(`n${i}`);
  }
  await clock.advance(0);
  for (const { value } of prepared.mock.results) {
    expect(value.touched.size).toBe(0);
  }
  expect(store.size).toBe(10);
  expect(prepared.mock.results.length).toBeGreaterThan(1);
});
