import { expect, test } from "vitest";
import { WorkQueue } from "../../src/controller/queue.ts";
import { Workers } from "../../src/controller/workers.ts";
import { type Clock, systemClock } from "../../src/kube/clock.ts";
import { cpuTime } from "./measure.ts";

test("a million keys that need no request do not hold up the event loop", { timeout: 30_000 }, async () => {
  // On the real clock: it is the one thing here that virtual time cannot tell.
  const clock: Clock = systemClock;
  let worked = 0;
  const queue: WorkQueue = new WorkQueue(clock, () => workers.schedule());
  const workers = new Workers({
    clock,
    queue,
    concurrency: 16,
    isOpen: () => true,
    reconcile: () => {
      worked++;
      return { type: "settled", wrote: false };
    },
    onOutcome: () => {},
  });
  const keys = Array.from({ length: 1_000_000 }, (_, index) => `ns/${index}`);
  for (const key of keys) queue.add(key, "mass");
  // What this thread itself does between two turns of a timer; how long others keep it waiting is not our doing.
  const lags: number[] = [];
  let last = cpuTime();
  const { promise: finished, resolve } = Promise.withResolvers<void>();
  const tick = (): void => {
    lags.push(cpuTime() - last);
    if (worked === keys.length) {
      resolve();
      return;
    }
    last = cpuTime();
    setTimeout(tick, 1);
  };
  setTimeout(tick, 1);
  await finished;
  await workers.stop();
  // The worst of hundreds would be the garbage collector's, not ours.
  lags.sort((a, b) => a - b);
  expect(lags[Math.floor(lags.length * 0.95)]).toBeLessThan(20);
  expect(lags.length).toBeGreaterThan(20);
});
