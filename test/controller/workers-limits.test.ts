import fc from "fast-check";
import { expect, test } from "vitest";
import { type Lane, WorkQueue } from "../../src/controller/queue.ts";
import { type Outcome, Workers } from "../../src/controller/workers.ts";
import { sleep } from "../../src/kube/clock.ts";
import { settle, VirtualClock } from "../kube/virtual-clock.ts";

const WROTE: Outcome = { type: "settled", wrote: true };

/** Workers on a server that takes so many milliseconds, or until a test ends the work (`hold`). */
function rig({ concurrency = 8, latency = (_inFlight: number): number | "hold" => "hold", outcome = WROTE } = {}) {
  const clock = new VirtualClock();
  const started: string[] = [];
  const underWay = new Map<string, () => void>();
  const queue: WorkQueue = new WorkQueue(clock, () => workers.schedule());
  const workers = new Workers({
    clock,
    queue,
    concurrency,
    isOpen: () => true,
    reconcile: async (key) => {
      started.push(key);
      const { promise, resolve } = Promise.withResolvers<void>();
      underWay.set(key, resolve);
      const ms = latency(underWay.size);
      await (ms === "hold" ? promise : sleep(clock, ms));
      underWay.delete(key);
      return outcome;
    },
    onOutcome: () => {},
  });
  const add = async (lane: Lane, ...keys: string[]): Promise<void> => {
    for (const key of keys) queue.add(key, lane);
    await settle();
  };
  const end = async (key: string): Promise<void> => {
    underWay.get(key)?.();
    await settle();
  };
  return { clock, queue, workers, started, underWay, add, end };
}

const many = (name: string, count: number) => Array.from({ length: count }, (_, index) => `${name}-${index}`);

test("edits are sent at once although mass work has all it may have, up to four of them; then they come first", async () => {
  const { add, end, started } = rig();
  await add("mass", ...many("mass", 100));
  const mass = started.length;
  expect(mass).toBe(8);
  await add("edit", ...many("edit", 6));
  expect(started.slice(mass)).toEqual(many("edit", 4));
  await end("mass-0");
  await end("edit-0");
  expect(started.slice(mass)).toEqual(many("edit", 6));
  // Only when fewer are under way than mass work may have does it go on.
  await end("mass-1");
  await end("mass-2");
  await end("mass-3");
  await end("edit-1");
  expect(started).toHaveLength(mass + 6);
  await end("edit-2");
  expect(started.at(-1)).toBe("mass-8");
});

test("an edit of a key that waits as mass work is sent at once, too", async () => {
  const { add, started } = rig();
  await add("mass", ...many("mass", 100));
  await add("edit", "mass-99");
  expect(started.at(-1)).toBe("mass-99");
});

test("never are more under way than allowed, nor more of mass work than its share, and no key is left", async () => {
  const additions = fc.array(
    fc.record({ lane: fc.constantFrom<Lane>("edit", "mass"), count: fc.integer({ min: 1, max: 30 }) }),
    { minLength: 1, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 40 }), additions, async (concurrency, all) => {
      let most = 0;
      const { clock, queue, add, started } = rig({
        concurrency,
        latency: (inFlight) => {
          most = Math.max(most, inFlight);
          return 10;
        },
      });
      for (const [index, { lane, count }] of all.entries()) {
        await add(lane, ...many(`${lane}-${index}`, count));
        await clock.advance(7);
      }
      await clock.advance(3_000);
      expect(most).toBeLessThanOrEqual(concurrency + Math.min(4, concurrency - 1));
      if (!all.some(({ lane }) => lane === "edit")) expect(most).toBeLessThanOrEqual(concurrency);
      expect(started).toHaveLength(all.reduce((sum, { count }) => sum + count, 0));
      expect(queue.ready).toBe(0);
    }),
    { numRuns: 30 },
  );
});
