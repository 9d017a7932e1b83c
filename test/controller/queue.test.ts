import { expect, test } from "vitest";
import { type RetryTimes, WorkQueue } from "../../src/controller/queue.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";

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

test("an edit that is tried again comes as an edit, after those that wait, until it has failed too often", async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock, () => {});
  const places: number[] = [];
  queue.add("failing", "edit");
  for (let failure = 0; failure < 5; failure++) {
    queue.next();
    queue.retry("failing", RETRY);
    queue.done("failing");
    const others = [`mass-${failure}`, `edit-${failure}`];
    queue.add(others[0] ?? "", "mass");
    queue.add(others[1] ?? "", "edit");
    await clock.advance(100);
    const order = [queue.next(), queue.next(), queue.next()];
    places.push(order.indexOf("failing"));
    for (const key of order) queue.done(key ?? "");
    queue.add("failing", "edit");
  }
  expect(places).toEqual([1, 1, 1, 2, 2]);
});

test("mass work that is tried again comes as mass work", async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock, () => {});
  queue.add("failing", "mass");
  queue.next();
  queue.retry("failing", RETRY);
  queue.done("failing");
  await clock.advance(100);
  queue.add("edited", "edit");
  expect(drain(queue)).toEqual(["edited", "failing"]);
});

test("who has room for edits only is given edits only", () => {
  const queue = new WorkQueue(new VirtualClock(), () => {});
  queue.add("mass", "mass");
  expect(queue.next("edit")).toBeUndefined();
  queue.add("edit", "edit");
  expect([queue.next("edit"), queue.next("edit"), queue.next()]).toEqual(["edit", undefined, "mass"]);
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

test("an edit of a key that is worked on is not forgotten for mass work that comes after it", () => {
  const queue = new WorkQueue(new VirtualClock(), () => {});
  queue.add("a", "mass");
  queue.next();
  queue.add("b", "mass");
  queue.add("a", "edit");
  queue.add("a", "mass");
  queue.done("a");
  expect(drain(queue)).toEqual(["a", "b"]);
});

test("what is due earlier comes earlier, whichever was added first, and one timer is enough", async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock, () => {});
  queue.addAfter("late", 1_000, "mass");
  queue.addAfter("early", 100, "mass");
  queue.addAfter("middle", 500, "mass");
  expect(clock.pending).toBe(1);
  await clock.advance(100);
  expect(drain(queue)).toEqual(["early"]);
  await clock.advance(400);
  expect(drain(queue)).toEqual(["middle"]);
  await clock.advance(500);
  expect(drain(queue)).toEqual(["late"]);
  expect(clock.pending).toBe(0);
});

test("a wait that an add has ended does not cut the next wait short", async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue(clock, () => {});
  queue.addAfter("a", 100, "mass");
  queue.add("a", "mass");
  drain(queue);
  queue.addAfter("a", 500, "mass");
  await clock.advance(499);
  expect(queue.ready).toBe(0);
  await clock.advance(1);
  expect(drain(queue)).toEqual(["a"]);
});

test("how long a key was ready is told when it is taken, from when it became so, however often it is added", async () => {
  const clock = new VirtualClock();
  const waited: number[] = [];
  const queue = new WorkQueue(clock, () => {}, { onAdded() {}, onRetried() {}, onTaken: (ms) => waited.push(ms) });
  queue.addAfter("a", 500, "mass");
  await clock.advance(600);
  queue.add("a", "mass");
  queue.add("a", "edit");
  await clock.advance(200);
  drain(queue);
  queue.add("a", "mass");
  await clock.advance(50);
  drain(queue);
  expect(waited).toEqual([300, 50]);
});

test("it rests when no key is ready, worked on or to come later, but for those that are known not to settle", async () => {
  const clock = new VirtualClock({ random: () => 0 });
  const queue = new WorkQueue(clock, () => {});
  const rests = (...but: string[]) => queue.restsBut(new Set(but));
  expect(rests()).toBe(true);
  queue.add("a", "mass");
  expect([rests(), rests("a")]).toEqual([false, false]);
  queue.next();
  expect([rests(), rests("a")]).toEqual([false, false]);
  queue.retry("a", RETRY);
  queue.done("a");
  expect([rests(), rests("a"), rests("b")]).toEqual([false, true, false]);
  queue.addAfter("b", 1_000, "mass");
  expect([rests("a"), rests("a", "b")]).toEqual([false, true]);
  await clock.advance(1_000);
  expect(rests("a", "b")).toBe(false);
  drain(queue);
  expect(rests()).toBe(true);
});
