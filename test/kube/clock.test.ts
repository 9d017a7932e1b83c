import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { sleep, systemClock } from "../../src/kube/clock.ts";
import { VirtualClock } from "./virtual-clock.ts";

test("sleep ends after its time and leaves no listener", async () => {
  const clock = new VirtualClock();
  const { signal } = new AbortController();
  let done = false;
  const slept = sleep(clock, 1_000, signal).then(() => {
    done = true;
  });
  await clock.advance(999);
  expect(done).toBe(false);
  await clock.advance(1);
  await slept;
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("sleep ends with the signal's reason and leaves no timer", async () => {
  const clock = new VirtualClock();
  const controller = new AbortController();
  const slept = sleep(clock, 1_000, controller.signal);
  controller.abort("enough");
  await expect(slept).rejects.toBe("enough");
  await expect(sleep(clock, 1_000, controller.signal)).rejects.toBe("enough");
  expect(clock.pending).toBe(0);
});

test("the system's clock runs its timers, but not those disposed of", async () => {
  const ran: string[] = [];
  systemClock.setTimeout(() => ran.push("disposed"), 0)[Symbol.dispose]();
  await sleep(systemClock, 1);
  await sleep(systemClock, 1, new AbortController().signal);
  expect(ran).toEqual([]);
  expect(systemClock.random()).toBeLessThan(1);
});
