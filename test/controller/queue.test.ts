import { expect, test } from "vitest";
import { FifoSet } from "../../src/controller/fifo-set.ts";
import { type RetryTimes, WorkQueue } from "../../src/controller/queue.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { cpuTime, heapUsed } from "./measure.ts";

function drain(queue: WorkQueue): string[] {
  const keys: string[] = [];
  for (let key = queue.next(); key !== undefined; key = queue.next()) {
    keys.push(key);
    queue.done(key);
  }
  return keys;
}

const RETRY: RetryTimes = { first: 5, longest: 1_000_000 };

test("waits after failures double from 5 ms to 1000 s, in both lanes, and begin anew after forget", async () => {
  const clock = new VirtualClock({ random: () => 0 });
  const queue = new WorkQueue(clock, () => {});
  const waits: number[] = [];
  for (let failure = 0; failure < 20; failure++) {
    const before = clock.monotonic();
    queue.retry("a", RETRY);
    while (queue.ready === 0) await clock.advance(Math.max(1, Math.floor((clock.monotonic() - before) / 4)));
    waits.push(clock.monotonic() - before);
    expect(drain(queue)).toEqual(["a"]);
  }
  for (const [failure, wait] of waits.entries()) {
    const exact = Math.min(5 * 2 ** failure, 1_000_000);
    expect(wait).toBeGreaterThanOrEqual(exact);
    expect(wait).toBeLessThanOrEqual(exact * 1.3 + 1);
  }
  queue.forget("a");
  queue.retry("a", RETRY);
  await clock.advance(5);
  expect(drain(queue)).toEqual(["a"]);
});

test("what is tried again comes after every edit that waits", async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock, () => {});
  queue.add("failing", "edit");
  queue.next();
  queue.retry("failing", RETRY);
  queue.done("failing");
  await clock.advance(100);
  queue.add("edited", "edit");
  expect(drain(queue)).toEqual(["edited", "failing"]);
});

test("after close nothing comes by itself and no timer is left, whatever still ends", () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock, () => {});
  queue.addAfter("a", 1_000, "mass");
  queue.add("b", "mass");
  queue.next();
  queue.close();
  expect(clock.pending).toBe(0);
  queue.retry("b", RETRY);
  queue.addAfter("c", 1_000, "mass");
  queue.done("b");
  expect(clock.pending).toBe(0);
});

test("a million overtaken waits leave nothing behind: they take no memory and the next timer does not walk over them", {
  timeout: 30_000,
}, async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock, () => {});
  const started = cpuTime();
  const before = heapUsed();
  for (let round = 0; round < 1_000_000; round++) {
    queue.addAfter("a", 1_000_000, "mass");
    queue.add("a", "mass");
    queue.next();
    queue.done("a");
  }
  expect(cpuTime() - started).toBeLessThan(3_000);
  // A million entries in the heap would be over 50 MB.
  expect(heapUsed() - before).toBeLessThan(10_000_000);
  expect(queue.next()).toBeUndefined();
  await clock.advance(1_000_000);
  expect(clock.pending).toBe(0);
});

test("taking 100,000 keys, every second of them deleted, takes constant time a key", () => {
  const set = new FifoSet();
  const keys = Array.from({ length: 100_000 }, (_, index) => `namespace/vm-${index}`);
  for (const key of keys) set.add(key);
  const started = cpuTime();
  for (const [index, key] of keys.entries()) if (index % 2 === 1) set.delete(key);
  const out: string[] = [];
  // Taking and putting back by turns: each shift leaves a gap at the front.
  for (let key = set.shift(); key !== undefined; key = set.shift()) {
    out.push(key);
    if (out.length <= 50_000) set.add(key);
  }
  expect(cpuTime() - started).toBeLessThan(500);
  expect(out).toHaveLength(100_000);
  expect(out.slice(0, 50_000)).toEqual(keys.filter((_, index) => index % 2 === 0));
  expect(out.slice(50_000)).toEqual(out.slice(0, 50_000));
  expect(set.size).toBe(0);
  set.add("again");
  expect(set.shift()).toBe("again");
});

test("an edit of 100,000 keys that wait as mass work moves each at constant cost", () => {
  const queue = new WorkQueue(new VirtualClock(), () => {});
  const keys = Array.from({ length: 100_000 }, (_, index) => `ns/vm-${index}`);
  const started = cpuTime();
  for (const key of keys) queue.add(key, "mass");
  for (const key of keys.toReversed()) queue.add(key, "edit");
  expect(queue.ready).toBe(100_000);
  expect(drain(queue)).toEqual(keys.toReversed());
  expect(cpuTime() - started).toBeLessThan(1_000);
});
