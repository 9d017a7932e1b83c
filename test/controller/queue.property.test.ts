import fc from "fast-check";
import { expect, test } from "vitest";
import { type Lane, WorkQueue } from "../../src/controller/queue.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";

// Random operations against a naive model: lists that are searched from end to end. What holds after each of them:
//
//  1. A key is never with two workers, and never in the queue twice (however often it is added).
//  2. A key is never lost: after the latest add (at once, after a wait, or as a retry) it comes out of `next`, unless it
//     has come out since; and if it is added while a worker has it, it comes again.
//  3. Nothing comes out that was not added.
//  4. Edits come before mass work; in a lane keys come in the order in which they became ready. A key that waits as mass
//     work and is added as an edit moves to the end of the edits; the other way round it keeps its place.
//  5. A delayed key becomes ready when its wait is over, not before; the earliest of several waits counts; `add` and
//     `wake` end the wait.
//  6. The wait after the nth failure in a row is 5 ms * 2^n, at most what the caller allows, less up to a fifth. Up to the third
//     failure in a row an edit that is worked on comes as an edit again; everything else comes as mass work.
//  7. Whenever a key becomes ready, `onReady` is called.
//  8. There is at most one timer, and none after the last wait.

type Operation =
  | { type: "add"; key: string; lane: Lane }
  | { type: "addAfter"; key: string; lane: Lane; ms: number }
  | { type: "retry"; key: string; longest: number }
  | { type: "forget"; key: string }
  | { type: "next"; only: "edit" | undefined }
  | { type: "done"; pick: number }
  | { type: "wake" }
  | { type: "pass"; ms: number };

const key = fc.constantFrom("a", "b", "c", "d", "constructor", "__proto__");
const lane = fc.constantFrom<Lane>("edit", "mass");
const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("add" as const), key, lane }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant("addAfter" as const), key, lane, ms: fc.integer({ min: 0, max: 60 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("retry" as const), key, longest: fc.constantFrom(40, 1_000_000) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("forget" as const), key }) },
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("next" as const), only: fc.constantFrom("edit" as const, undefined) }),
  },
  { weight: 5, arbitrary: fc.record({ type: fc.constant("done" as const), pick: fc.nat(10) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("wake" as const) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 50 }) }) },
);

/** The queue as one would write it for ten keys. */
class Model {
  ready: { key: string; lane: Lane }[] = [];
  running: { key: string; lane: Lane }[] = [];
  again: { key: string; lane: Lane }[] = [];
  delayed: { key: string; lane: Lane; due: number }[] = [];
  failures: string[] = [];
  /** How often a key became ready. */
  wakeUps = 0;

  add(key: string, lane: Lane): void {
    this.delayed = this.delayed.filter((one) => one.key !== key);
    if (this.running.some((one) => one.key === key)) {
      const both: Lane[] = [lane, ...this.again.filter((one) => one.key === key).map((one) => one.lane)];
      this.again = this.again.filter((one) => one.key !== key);
      this.again.push({ key, lane: both.includes("edit") ? "edit" : "mass" });
      return;
    }
    const waiting = this.ready.find((one) => one.key === key);
    if (waiting !== undefined && (waiting.lane === "edit" || lane === "mass")) return;
    this.ready = this.ready.filter((one) => one.key !== key);
    this.ready.push({ key, lane });
    this.wakeUps++;
  }

  addAt(key: string, due: number, lane: Lane): void {
    if ([...this.ready, ...this.again].some((one) => one.key === key)) return;
    if (this.delayed.some((one) => one.key === key && one.due <= due)) return;
    this.delayed = this.delayed.filter((one) => one.key !== key);
    this.delayed.push({ key, lane, due });
  }

  next(only?: "edit"): string | undefined {
    const first = this.ready.find((one) => one.lane === "edit") ?? (only === undefined ? this.ready[0] : undefined);
    if (first === undefined) return undefined;
    this.ready = this.ready.filter((one) => one !== first);
    this.running.push(first);
    return first.key;
  }

  done(key: string): void {
    this.running = this.running.filter((one) => one.key !== key);
    const again = this.again.find((one) => one.key === key);
    this.again = this.again.filter((one) => one.key !== key);
    if (again !== undefined) this.add(key, again.lane);
  }

  passTo(now: number): void {
    const due = this.delayed.filter((one) => one.due <= now).sort((a, b) => a.due - b.due);
    for (const one of due) this.add(one.key, one.lane);
  }

  wake(): void {
    for (const one of [...this.delayed]) this.add(one.key, one.lane);
  }

  isReady(key: string): boolean {
    return [...this.ready, ...this.again].some((one) => one.key === key);
  }
}

test("under any sequence of operations the queue does what a naive one does", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 80 }), async (operations) => {
      // Each draw differs, so that no two waits end at the same moment.
      let draws = 0;
      const draw = (n: number) => ((n * 0.618034) % 1) * 0.999;
      const clock = new VirtualClock({ random: () => draw(draws++) });
      let wakeUps = 0;
      const queue = new WorkQueue(clock, () => wakeUps++);
      const model = new Model();
      const taken = new Set<string>();
      for (const [index, op] of operations.entries()) {
        const wakeUpsBefore = wakeUps;
        const modelBefore = model.wakeUps;
        switch (op.type) {
          case "add":
            queue.add(op.key, op.lane);
            model.add(op.key, op.lane);
            break;
          case "addAfter": {
            const ms = op.ms + (index + 1) / 1000;
            queue.addAfter(op.key, ms, op.lane);
            model.addAt(op.key, clock.monotonic() + ms, op.lane);
            break;
          }
          case "retry": {
            const failed = model.failures.filter((one) => one === op.key).length;
            const wait = Math.min(5 * 2 ** failed, op.longest) * (1 - 0.2 * draw(draws));
            queue.retry(op.key, { first: 5, longest: op.longest });
            model.failures.push(op.key);
            const worked = model.running.find((one) => one.key === op.key);
            model.addAt(op.key, clock.monotonic() + wait, failed < 3 && worked !== undefined ? worked.lane : "mass");
            break;
          }
          case "forget":
            queue.forget(op.key);
            model.failures = model.failures.filter((one) => one !== op.key);
            break;
          case "next": {
            const next = queue.next(op.only);
            expect(next).toBe(model.next(op.only));
            if (next !== undefined) {
              expect(taken.has(next)).toBe(false);
              taken.add(next);
            }
            break;
          }
          case "done": {
            const key = [...taken][op.pick % Math.max(1, taken.size)];
            if (key === undefined) break;
            taken.delete(key);
            queue.done(key);
            model.done(key);
            break;
          }
          case "wake":
            queue.wake();
            model.wake();
            break;
          case "pass":
            // Step by step, as time does: a wait of 1.5 ms is over before one of 1.6 ms, and both by 2 ms.
            for (let ms = 0; ms < op.ms; ms++) {
              await clock.advance(1);
              model.passTo(clock.monotonic());
            }
            break;
        }
        expect(queue.ready).toBe(model.ready.length);
        for (const one of ["a", "b", "c", "d", "constructor", "__proto__"])
          expect(queue.isReady(one)).toBe(model.isReady(one));
        if (model.wakeUps > modelBefore) expect(wakeUps).toBeGreaterThan(wakeUpsBefore);
        expect(clock.pending).toBeLessThanOrEqual(1);
      }
      // Whatever is owed comes out, once.
      for (const key of taken) {
        queue.done(key);
        model.done(key);
      }
      await clock.advance(1_000_000);
      model.passTo(clock.monotonic());
      const rest: string[] = [];
      for (let next = queue.next(); next !== undefined; next = queue.next()) rest.push(next);
      const owed: string[] = [];
      for (let next = model.next(); next !== undefined; next = model.next()) owed.push(next);
      expect(rest).toEqual(owed);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 150 },
  );
});
