import TinyQueue from "tinyqueue";
import type { Clock } from "../kube/clock.ts";
import { FifoSet } from "./fifo-set.ts";

/** `edit`: somebody waits for it. `mass`: start-up and fan-out; it comes when no edit is waiting. */
export type Lane = "edit" | "mass";

/** Milliseconds: the wait after the first failure, which doubles with each further one, and the longest. */
export interface RetryTimes {
  readonly first: number;
  readonly longest: number;
}

/** What happens in a queue, for metrics. */
export interface QueueObserver {
  onAdded(): void;
  onRetried(): void;
  /** A key was taken that had been ready for so many milliseconds. */
  onTaken(waitedMs: number): void;
}

/**
 * A work queue as controllers have it: it holds keys, not events, so that however often an object changes it is looked at
 * once, in its latest state.
 *
 * - A key is in the queue at most once, and worked on by at most one worker.
 * - A key that is added while it is worked on comes again after that.
 * - An edit overtakes mass work; a key that waits as mass work and is then edited moves up.
 * - An added key is never lost: it comes out of `next` after its latest `add`, however it was delayed before.
 * - One timer in all, whatever the number of delayed keys.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #onReady: () => void;
  readonly #observer: QueueObserver | undefined;
  readonly #lanes: Readonly<Record<Lane, FifoSet>> = { edit: new FifoSet(), mass: new FifoSet() };
  /** Since when each key that is ready has been so: monotonic milliseconds. */
  readonly #readySince = new Map<string, number>();
  readonly #running = new Set<string>();
  readonly #again = new Map<string, Lane>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { due: number; lane: Lane }>();
  #due = new TinyQueue<{ key: string; due: number }>([], (a, b) => a.due - b.due);
  #timer: { at: number; timer: Disposable } | undefined;
  #closed = false;

  /** @param onReady called when there is something to take; it must not throw */
  constructor(clock: Clock, onReady: () => void, observer?: QueueObserver) {
    this.#clock = clock;
    this.#onReady = onReady;
    this.#observer = observer;
  }

  /** Keys that could be taken now. */
  get ready(): number {
    return this.#lanes.edit.size + this.#lanes.mass.size;
  }

  /** Whether a key waits to be taken (again), not counting those that come later. */
  isReady(key: string): boolean {
    return this.#again.has(key) || this.#lanes.edit.has(key) || this.#lanes.mass.has(key);
  }

  /** Whether nothing is ready, worked on or to come later, but for these keys. */
  restsBut(keys: ReadonlySet<string>): boolean {
    return this.ready === 0 && this.#running.size === 0 && this.#delayed.keys().every((key) => keys.has(key));
  }

  add(key: string, lane: Lane): void {
    this.#observer?.onAdded();
    this.#delayed.delete(key);
    if (this.#running.has(key)) {
      if (this.#again.get(key) !== "edit") this.#again.set(key, lane);
      return;
    }
    if (this.#lanes.edit.has(key)) return;
    if (lane === "edit") this.#lanes.mass.delete(key);
    this.#lanes[lane].add(key);
    if (!this.#readySince.has(key)) this.#readySince.set(key, this.#clock.monotonic());
    this.#onReady();
  }

  /** Adds a key after `ms` milliseconds, or when it was to come anyway, if that is earlier. */
  addAfter(key: string, ms: number, lane: Lane): void {
    const due = this.#clock.monotonic() + ms;
    const delayed = this.#delayed.get(key);
    if (delayed === undefined ? this.isReady(key) : delayed.due <= due) return;
    this.#delayed.delete(key);
    this.#delayed.set(key, { due, lane });
    this.#due.push({ key, due });
    // Entries that an `add` has overtaken stay in the heap until they are due: not too many of them.
    if (this.#due.length > 2 * this.#delayed.size + 64) this.#compact();
    this.#schedule();
  }

  /** Adds a key after a wait that grows with each failure since the last `forget`; not before any edit that waits. */
  retry(key: string, { first, longest }: RetryTimes): void {
    this.#observer?.onRetried();
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wait = Math.min(first * 2 ** Math.min(failures, 30), longest);
    // Jitter downwards only: nobody waits longer than he was told.
    this.addAfter(key, wait * (1 - 0.2 * this.#clock.random()), "mass");
  }

  /** Ends the count of a key's failures. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Takes the next key. Whoever takes it says `done` when it has worked on it. */
  next(): string | undefined {
    for (const lane of ["edit", "mass"] as const) {
      const key = this.#lanes[lane].shift();
      if (key === undefined) continue;
      this.#running.add(key);
      const now = this.#clock.monotonic();
      this.#observer?.onTaken(now - (this.#readySince.get(key) ?? now));
      this.#readySince.delete(key);
      return key;
    }
    return undefined;
  }

  done(key: string): void {
    this.#running.delete(key);
    const lane = this.#again.get(key);
    if (lane === undefined) return;
    this.#again.delete(key);
    this.add(key, lane);
  }

  /** Makes every delayed key ready: what they waited for has changed. */
  wake(): void {
    for (const [key, { lane }] of this.#delayed) this.add(key, lane);
  }

  /** Ends the timer, and sets no other. Nothing comes by itself any more. */
  close(): void {
    this.#closed = true;
    this.#timer?.timer[Symbol.dispose]();
    this.#timer = undefined;
  }

  #schedule(): void {
    const first = this.#due.peek();
    if (this.#closed || first === undefined || (this.#timer !== undefined && this.#timer.at <= first.due)) return;
    this.#timer?.timer[Symbol.dispose]();
    const wait = Math.max(0, Math.ceil(first.due - this.#clock.monotonic()));
    this.#timer = { at: first.due, timer: this.#clock.setTimeout(() => this.#fire(), wait) };
  }

  #fire(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (let first = this.#due.peek(); first !== undefined && first.due <= now; first = this.#due.peek()) {
      this.#due.pop();
      const delayed = this.#delayed.get(first.key);
      if (delayed?.due === first.due) this.add(first.key, delayed.lane);
    }
    this.#schedule();
  }

  #compact(): void {
    const live = [...this.#delayed].map(([key, { due }]) => ({ key, due }));
    this.#due = new TinyQueue(live, (a, b) => a.due - b.due);
  }
}
