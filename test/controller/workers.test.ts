import { expect, test } from "vitest";
import { WorkQueue } from "../../src/controller/queue.ts";
import { type Outcome, Workers } from "../../src/controller/workers.ts";
import { ApiError } from "../../src/kube/errors.ts";
import { settle, VirtualClock } from "../kube/virtual-clock.ts";

interface Started {
  readonly key: string;
  readonly at: number;
  end(outcome: Outcome): void;
  reject(error: unknown): void;
}

const WROTE: Outcome = { type: "settled", wrote: true };
const NOTHING: Outcome = { type: "settled", wrote: false };

function unavailable(retryAfterMs?: number): Outcome {
  return { type: "unavailable", error: new ApiError("Status", "503", { httpStatus: 503, retryAfterMs }) };
}

/** Workers whose work ends when a test says so, or at once where `answer` has an answer for a key. */
function rig({ concurrency = 4, clock = new VirtualClock({ random: () => 0 }) as VirtualClock } = {}) {
  const started: Started[] = [];
  const ended: { key: string; outcome: Outcome }[] = [];
  const gate = { open: true };
  let answer: (key: string) => Outcome | Promise<Outcome> | undefined = () => undefined;
  const queue: WorkQueue = new WorkQueue(clock, () => workers.schedule());
  const workers = new Workers({
    clock,
    queue,
    concurrency,
    isOpen: () => gate.open,
    reconcile: (key) => {
      const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
      started.push({ key, at: clock.monotonic(), end: resolve, reject });
      return answer(key) ?? promise;
    },
    onOutcome: (key, outcome) => ended.push({ key, outcome }),
  });
  const keys = () => started.map(({ key }) => key);
  return {
    clock,
    queue,
    workers,
    started,
    ended,
    gate,
    keys,
    answerWith: (next: typeof answer) => {
      answer = next;
    },
    /** Ends the latest work on a key. */
    end: async (key: string, outcome: Outcome) => {
      started.findLast((one) => one.key === key)?.end(outcome);
      await settle();
    },
  };
}

test("as many keys are worked on at a time as allowed, and the next begins when one ends", async () => {
  const { queue, keys, end } = rig({ concurrency: 2 });
  for (const key of ["a", "b", "c", "d"]) queue.add(key, "mass");
  await settle();
  expect(keys()).toEqual(["a", "b"]);
  await end("b", WROTE);
  expect(keys()).toEqual(["a", "b", "c"]);
  await end("a", NOTHING);
  await end("c", NOTHING);
  expect(keys()).toEqual(["a", "b", "c", "d"]);
});

test("a key that is added while it is worked on is worked on again, after that and not beside it", async () => {
  const { queue, keys, end } = rig();
  queue.add("a", "mass");
  await settle();
  queue.add("a", "edit");
  await settle();
  expect(keys()).toEqual(["a"]);
  await end("a", WROTE);
  expect(keys()).toEqual(["a", "a"]);
});

test.each([
  ["settled and written", WROTE, undefined],
  ["settled without a write", NOTHING, undefined],
  ["parked", { type: "parked" }, undefined],
  ["refused", { type: "refused", error: new Error("422"), final: false }, 5],
  ["refused for good", { type: "refused", error: new Error("422"), final: true }, undefined],
  ["conflict", { type: "conflict" }, 1_000],
  ["failed", { type: "failed", error: new Error("bug") }, 5],
  ["unavailable", unavailable(), 100],
] satisfies [string, Outcome, number | undefined][])("%s: what becomes of the key", async (_, outcome, again) => {
  const { clock, queue, started, end, ended } = rig();
  queue.add("a", "mass");
  await settle();
  await end("a", outcome);
  expect(ended).toEqual([{ key: "a", outcome }]);
  await clock.advance(3_600_000);
  expect(started.map(({ at }) => at)).toEqual(again === undefined ? [0] : [0, again]);
});

test("a conflict's event brings the key back before its retry, and that once", async () => {
  const { clock, queue, started, end } = rig();
  queue.add("a", "mass");
  await settle();
  await end("a", { type: "conflict" });
  await clock.advance(20);
  queue.add("a", "edit");
  await settle();
  await end("a", WROTE);
  await clock.advance(10_000);
  expect(started.map(({ at }) => at)).toEqual([0, 20]);
});

test("work that throws or rejects hurts its own key only, which comes again at growing distances", async () => {
  const { clock, queue, keys, started, ended, answerWith } = rig();
  answerWith((key) => {
    if (key === "throws") throw new Error("bug");
    return key === "rejects" ? Promise.reject(new Error("bug")) : NOTHING;
  });
  for (const key of ["throws", "rejects", "fine"]) queue.add(key, "mass");
  await settle();
  expect(keys()).toEqual(["throws", "rejects", "fine"]);
  await clock.advance(5 + 10 + 20 + 40);
  const at = started.filter(({ key }) => key === "throws").map((one) => one.at);
  expect(at).toEqual([0, 5, 15, 35, 75]);
  expect(started.filter(({ key }) => key === "rejects")).toHaveLength(5);
  expect(ended.filter(({ outcome }) => outcome.type === "failed")).toHaveLength(10);
  // A success ends the count.
  answerWith(() => NOTHING);
  await clock.advance(80);
  answerWith(() => {
    throw new Error("bug");
  });
  queue.add("throws", "mass");
  await settle();
  const failedAt = clock.monotonic();
  await clock.advance(5);
  expect(started.at(-1)).toMatchObject({ key: "throws", at: failedAt + 5 });
});

test("in trouble one key at a time tries, at growing distances of at most 3 s, and a success lets all go on at once", async () => {
  const { clock, queue, started, keys, answerWith } = rig({ concurrency: 3 });
  let up = false;
  answerWith(() => (up ? undefined : Promise.resolve(unavailable())));
  queue.add("first", "mass");
  await settle();
  for (let index = 0; index < 20; index++) queue.add(`vm-${index}`, "mass");
  await clock.advance(30_000);
  const gaps = started.slice(1).map(({ at }, index) => at - (started[index]?.at ?? 0));
  expect(gaps.slice(0, 6)).toEqual([100, 200, 400, 800, 1_600, 3_000]);
  expect(new Set(gaps.slice(5))).toEqual(new Set([3_000]));
  up = true;
  const before = started.length;
  await clock.advance(3_000);
  expect(keys().slice(before)).toHaveLength(1);
  started.at(-1)?.end(WROTE);
  await settle();
  expect(keys().slice(before)).toHaveLength(4);
});

test("several writes that fail together are one trouble, not several: the first pause is short", async () => {
  const { clock, queue, started, keys, end } = rig({ concurrency: 16 });
  for (let index = 0; index < 16; index++) queue.add(`vm-${index}`, "mass");
  await settle();
  // A server that restarts breaks all connections at the same moment, and is back a moment later.
  const broken = keys();
  expect(broken.length).toBeGreaterThan(4);
  for (const key of broken) await end(key, unavailable());
  await clock.advance(250);
  expect(started.length).toBeGreaterThan(broken.length);
});

test("nothing starts before the time that the server asked for", async () => {
  const { clock, queue, started, end } = rig();
  queue.add("a", "edit");
  await settle();
  await end("a", unavailable(20_000));
  queue.add("b", "edit");
  await clock.advance(19_999);
  expect(started).toHaveLength(1);
  await clock.advance(1);
  expect(started).toHaveLength(2);
});

test("another failure does not shorten the time that the server asked for", async () => {
  const { clock, queue, started, end } = rig();
  queue.add("a", "edit");
  queue.add("b", "edit");
  await settle();
  await end("a", unavailable(20_000));
  await end("b", unavailable());
  await clock.advance(19_999);
  expect(started).toHaveLength(2);
});

test("while the gate is closed nothing starts; what has started ends; resume goes on with everything", async () => {
  const { clock, queue, keys, gate, workers, end } = rig();
  queue.add("a", "mass");
  await settle();
  gate.open = false;
  queue.add("b", "edit");
  workers.schedule();
  await end("a", { type: "failed", error: new Error("later") });
  await clock.advance(60_000);
  expect(keys()).toEqual(["a"]);
  gate.open = true;
  workers.schedule();
  await settle();
  expect(keys()).toEqual(["a", "b", "a"]);
});

test("resume ends the pause and every wait", async () => {
  const { clock, queue, keys, workers, end } = rig();
  for (const key of ["a", "b"]) queue.add(key, "mass");
  await settle();
  await end("a", unavailable());
  await end("b", { type: "conflict" });
  workers.resume();
  await settle();
  expect(keys()).toEqual(["a", "b", "a", "b"]);
  expect(clock.monotonic()).toBe(0);
});

test("the gate is asked before each key, not once a turn", async () => {
  const { queue, keys, gate, answerWith } = rig();
  answerWith((key) => {
    if (key === "b") gate.open = false;
    return NOTHING;
  });
  for (const key of ["a", "b", "c"]) queue.add(key, "mass");
  await settle();
  expect(keys()).toEqual(["a", "b"]);
});

test("stop waits for what has started, starts nothing more and leaves no timer", async () => {
  const { clock, queue, keys, workers, started } = rig({ concurrency: 3 });
  for (const key of ["a", "b", "c", "d"]) queue.add(key, "mass");
  await settle();
  let stopped = false;
  const stop = workers.stop().then(() => {
    stopped = true;
  });
  await settle();
  expect(stopped).toBe(false);
  started[0]?.end(WROTE);
  started[1]?.end({ type: "conflict" });
  await settle();
  expect(stopped).toBe(false);
  started[2]?.end(unavailable());
  await stop;
  queue.add("e", "edit");
  workers.resume();
  await clock.advance(3_600_000);
  expect(keys()).toEqual(["a", "b", "c"]);
});

test("no timer is left after stop, whatever the last work ended with", async () => {
  const { clock, queue, workers, end } = rig();
  queue.add("a", "mass");
  await settle();
  const stop = workers.stop();
  await end("a", { type: "failed", error: new Error("the connection was closed") });
  await stop;
  expect(clock.pending).toBe(0);
});
