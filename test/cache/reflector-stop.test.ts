import { getEventListeners } from "node:events";
import { describe, expect, test, vi } from "vitest";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import { thing } from "../kube/things.ts";
import { api, clock, errors, newReflector, reflector, start, status, told, useFakeApi } from "./reflector-bench.ts";

useFakeApi();

const { addEventListener } = EventTarget.prototype;

describe("stopping", () => {
  test.each([0, 1, 2, 3, 4])("in moment %i of a relist ends everything, at once and quietly", async (moment) => {
    for (let i = 0; i < 8; i++) {
      api.put(`n${i}`);
    }
    await start({ relistMs: 10_000 });
    const before = told.length;
    let stopped: Promise<void> | undefined;
    api.onList = (page) => {
      if (page === moment) {
        stopped = reflector.stop();
      }
    };
    api.objects.delete("n0");
    await clock.advance(20_000);
    if (moment < 4) {
      await stopped;
      expect(told).toHaveLength(before);
    }
    await reflector.stop();
    await reflector.stopped;
    expect(api.live).toEqual([]);
    expect(errors).toEqual([]);
  });

  test("with the last page of a relist, or between two events, lets nothing more into the store", async () => {
    await start({ relistMs: 10_000 });
    let stopped: Promise<void> | undefined;
    api.onPage = (page) => {
      stopped = reflector.stop();
      return { ...page, items: [thing("late", 100)] };
    };
    await clock.advance(20_000);
    await stopped;
    expect(told).toEqual([]);
    api.onPage = (page) => page;
    const project = (raw: StoredObject) => {
      stopped = reflector.stop();
      return raw;
    };
    await start({ project });
    api.put("a");
    api.put("b");
    await clock.advance(0);
    await stopped;
    expect(told).toEqual(["added ns/a 101"]);
  });

  test("in a delay ends the delay", async () => {
    api.onList = () => {
      throw status(500);
    };
    await start();
    expect(clock.pending).toBe(1);
    await reflector.stop();
    expect(clock.pending).toBe(0);
  });

  test("comes by a signal, too, on which nothing is left", async () => {
    const controller = new AbortController();
    newReflector();
    reflector.start(controller.signal);
    await clock.advance(3_600_000);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
    expect(() => reflector.start()).toThrow("starts only once");
    controller.abort();
    await reflector.stopped;
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("leaves nothing on the signal that was not used", async () => {
    const { signal } = new AbortController();
    newReflector();
    reflector.start(signal);
    await clock.advance(0);
    await reflector.stop();
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("after a hundred lists, failed and not, finds no more listeners on any signal than after one", async () => {
    const signals = new Set<EventTarget>();
    const spy = vi.spyOn(EventTarget.prototype, "addEventListener").mockImplementation(function (
      this: EventTarget,
      ...args: Parameters<EventTarget["addEventListener"]>
    ) {
      signals.add(this);
      addEventListener.apply(this, args);
    });
    await start({ relistMs: 10_000 });
    let lists = 0;
    api.onList = () => {
      if (lists++ % 2 === 0) {
        throw status(500);
      }
    };
    await clock.advance(1_000_000);
    spy.mockRestore();
    expect(lists).toBeGreaterThan(100);
    expect(signals.size).toBeGreaterThan(50);
    for (const signal of signals) {
      expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(3);
    }
  });

  test("before the start is allowed", async () => {
    newReflector();
    await reflector.stop();
    reflector.start();
    await reflector.stopped;
    expect(api.lists).toBe(0);
  });
});
