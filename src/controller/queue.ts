import TinyQueue from "tinyqueue";
import type { Clock } from "../kube/clock.ts";
import { FifoMap } from "./fifo-map.ts";

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

interface Delayed {
  readonly key: string;
  /** Monotonic milliseconds. */
  readonly due: number;
  readonly lane: Lane;
}

/** As many failures in a row are taken for bad luck: after more of them somebody else's edit is worth more than this one. */
const BAD_LUCK = 3;
/** Ticks a millisecond: whole numbers of them, up to some days, take no memory of their own as fractions do. */
const TICKS = 10;

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
  /** Keys that are ready, and since when: monotonic ticks. */
  readonly #lanes: Readonly<Record<Lane, FifoMap<number>>> = { edit: new FifoMap(), mass: new FifoMap() };
  /** Keys that are worked on, and the lanes that they came from. */
  readonly #running = new Map<string, Lane>();
  readonly #again = new Map<string, Lane>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, Delayed>();
  /** The same, and those that an `add` has overtaken, the earliest first. */
  #due = new TinyQueue<Delayed>([], (a, b) => a.due - b.due);
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
    const { edit, mass } = this.#lanes;
    if (edit.has(key)) return;
    const since = mass.get(key);
    if (lane === "edit") mass.delete(key);
    else if (since !== undefined) return;
    this.#lanes[lane].set(key, since ?? Math.floor(this.#clock.monotonic() * TICKS));
    this.#onReady();
  }

  /** Adds a key after `ms` milliseconds, or when it was to come anyway, if that is earlier. */
  addAfter(key: string, ms: number, lane: Lane): void {
    const due = this.#clock.monotonic() + ms;
    const delayed = this.#delayed.get(key);
    if (delayed === undefined ? this.isReady(key) : delayed.due <= due) return;
    const entry: Delayed = { key, due, lane };
    this.#delayed.delete(key);
    this.#delayed.set(key, entry);
    this.#due.push(entry);
    // Entries that an `add` has overtaken stay in the heap until they are due: not too many of them.
    if (this.#due.length > 2 * this.#delayed.size + 64) this.#compact();
    this.#schedule();
  }

  /**
   * Adds a key after a wait that grows with each failure since the last `forget`. An edit that is worked on comes as an edit
   * again, after those that wait then; after some failures it comes as mass work, so that it holds no other edit up for ever.
   */
  retry(key: string, { first, longest }: RetryTimes): void {
    this.#observer?.onRetried();
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wait = Math.min(first * 2 ** Math.min(failures, 30), longest);
    // Jitter downwards only: nobody waits longer than he was told.
    const lane = failures < BAD_LUCK ? this.#running.get(key) : undefined;
    this.addAfter(key, wait * (1 - 0.2 * this.#clock.random()), lane ?? "mass");
  }

  /** Ends the count of a key's failures. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Takes the next key, or the next edit only. Whoever takes it says `done` when it has worked on it. */
  next(only?: "edit"): string | undefined {
    return this.#take("edit") ?? (only === undefined ? this.#take("mass") : undefined);
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

  #take(lane: Lane): string | undefined {
    const first = this.#lanes[lane].shift();
    if (first === undefined) return undefined;
    const [key, since] = first;
    this.#running.set(key, lane);
    this.#observer?.onTaken(this.#clock.monotonic() - since / TICKS);
    return key;
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
      if (this.#delayed.get(first.key) === first) this.add(first.key, first.lane);
    }
    this.#schedule();
  }

  #compact(): void {
    this.#due = new TinyQueue([...this.#delayed.values()], (a, b) => a.due - b.due);
  }
}
