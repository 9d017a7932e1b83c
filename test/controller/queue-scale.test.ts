import { expect, test } from "vitest";
import { FifoMap } from "../../src/controller/fifo-map.ts";
import { WorkQueue } from "../../src/controller/queue.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { cpuTime, heapUsed } from "./measure.ts";

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
  const map = new FifoMap<number>();
  const keys = Array.from({ length: 100_000 }, (_, index) => `namespace/vm-${index}`);
  for (const [index, key] of keys.entries()) map.set(key, index);
  const started = cpuTime();
  for (const [index, key] of keys.entries()) if (index % 2 === 1) map.delete(key);
  const out: [string, number][] = [];
  // Taking and putting back by turns: each shift leaves a gap at the front.
  for (let first = map.shift(); first !== undefined; first = map.shift()) {
    out.push(first);
    if (out.length <= 50_000) map.set(...first);
  }
  expect(cpuTime() - started).toBeLessThan(500);
  expect(out).toHaveLength(100_000);
  expect(out.slice(0, 50_000)).toEqual(keys.map((key, index) => [key, index]).filter((_, index) => index % 2 === 0));
  expect(out.slice(50_000)).toEqual(out.slice(0, 50_000));
  expect(map.size).toBe(0);
  map.set("again", 1);
  expect(map.shift()).toEqual(["again", 1]);
});

test("a key that waits, as mass work or as an edit, takes less than 50 bytes", () => {
  const keys = Array.from({ length: 100_000 }, (_, index) => `ns/vm-${index}`);
  const queue = new WorkQueue(systemClock, () => {});
  for (const lane of ["mass", "edit"] as const) {
    const before = heapUsed();
    for (const key of keys) queue.add(key, lane);
    expect((heapUsed() - before) / keys.length).toBeLessThan(50);
  }
  expect(queue.ready).toBe(keys.length);
});

test("an edit of 100,000 keys that wait as mass work moves each at constant cost", () => {
  const queue = new WorkQueue(new VirtualClock(), () => {});
  const keys = Array.from({ length: 100_000 }, (_, index) => `ns/vm-${index}`);
  const started = cpuTime();
  for (const key of keys) queue.add(key, "mass");
  for (const key of keys.toReversed()) queue.add(key, "edit");
  expect(queue.ready).toBe(100_000);
  expect(keys.map(() => queue.next())).toEqual(keys.toReversed());
  expect(cpuTime() - started).toBeLessThan(1_000);
});
