import type { Clock } from "../kube/clock.ts";
import { ApiError, mayConcernObjectOnly } from "../kube/errors.ts";
import type { RetryTimes, WorkQueue } from "./queue.ts";

/** How working on a key ended, and so what becomes of the key. */
export type Outcome =
  /** The status is what the rules say (or never will be): nothing to do until something changes. */
  | { readonly type: "settled"; readonly wrote: boolean }
  /** The API server refuses this status as such; `final`: it did so before, so quiet until the object or its status changes. */
  | { readonly type: "refused"; readonly error: unknown; readonly final: boolean }
  /** Something else has to happen first, and adds the key again. */
  | { readonly type: "parked" }
  /** The object was changed or deleted in the meantime: its event brings the key back, or else the retry does. */
  | { readonly type: "conflict" }
  /** The API server could not be used: that concerns every key, so all slow down. */
  | { readonly type: "unavailable"; readonly error: unknown }
  /** Working on this key failed: others go on. */
  | { readonly type: "failed"; readonly error: unknown };

export interface WorkersOptions {
  readonly clock: Clock;
  readonly queue: WorkQueue;
  /** Keys worked on at a time, and a few edits besides. */
  readonly concurrency: number;
  /** Whether working is allowed at all now: stores complete, lease held. Say `schedule` when it becomes true. */
  readonly isOpen: () => boolean;
  /** Works on a key; without a request it answers at once. */
  readonly reconcile: (key: string) => Outcome | Promise<Outcome>;
  /** Told about each end, after the queue was, and how many milliseconds the work took. */
  readonly onOutcome: (key: string, outcome: Outcome, durationMs: number) => void;
}

/** A conflict's event takes milliseconds; this is for the case that it does not come. */
const CONFLICT: RetryTimes = { first: 1000, longest: 60_000 };
const FAILURE: RetryTimes = { first: 5, longest: 1_000_000 };
/** While the API server is in trouble one key at a time tries it, at most this many milliseconds apart. */
const LONGEST_PAUSE = 3000;
const TROUBLE: RetryTimes = { first: 50, longest: 4000 };
/** After a failure that may be one object's own: others are hardly held up, and a server in trouble is not hammered. */
const OBJECT_PAUSE = 20;
/** Keys that need no request are worked on for this long before the event loop gets its turn. Milliseconds. */
const SLICE = 8;
/** Edits that may be under way besides: somebody waits for each of them. */
const ROOM = 4;

/** Takes keys from a queue and works on them, so many at a time, while the gate is open. */
export class Workers {
  readonly #options: WorkersOptions;
  readonly #inFlight = new Set<Promise<void>>();
  #troubles = 0;
  #pausedUntil = 0;
  #wakeUp: Disposable | undefined;
  #stopped = false;
  #scheduled = false;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /** Has `pump` run soon: once, after the event that added keys has been handled in whole. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.pump();
    });
  }

  /** Starts as much work as may run now. */
  pump(): void {
    const { clock, queue, isOpen } = this.#options;
    const sliceEnd = clock.monotonic() + SLICE;
    while (!this.#stopped && isOpen() && this.#inFlight.size < this.#limit("edits")) {
      const now = clock.monotonic();
      if (now < this.#pausedUntil) {
        this.#later(this.#pausedUntil - now);
        return;
      }
      if (now > sliceEnd && queue.ready > 0) {
        this.#later(0);
        return;
      }
      const key = this.#inFlight.size < this.#limit("mass") ? queue.next() : queue.next("edit");
      if (key === undefined) return;
      this.#work(key);
    }
  }

  /** Tries again at once: the API server answers again. */
  resume(): void {
    this.#troubles = 0;
    this.#pausedUntil = 0;
    this.#options.queue.wake();
    this.pump();
  }

  /** Starts nothing more, and resolves when what was started has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wakeUp?.[Symbol.dispose]();
    this.#options.queue.close();
    await Promise.allSettled(this.#inFlight);
  }

  /** Keys that are worked on right now. */
  get active(): number {
    return this.#inFlight.size;
  }

  #limit(of: "mass" | "edits"): number {
    if (this.#troubles > 0) return 1;
    const { concurrency } = this.#options;
    return of === "mass" ? concurrency : concurrency + Math.min(ROOM, concurrency - 1);
  }

  #later(ms: number): void {
    this.#wakeUp?.[Symbol.dispose]();
    this.#wakeUp = this.#options.clock.setTimeout(() => this.pump(), ms);
  }

  #work(key: string): void {
    const startedAt = this.#options.clock.monotonic();
    let result: Outcome | Promise<Outcome>;
    try {
      result = this.#options.reconcile(key);
    } catch (error) {
      result = { type: "failed", error };
    }
    if (!(result instanceof Promise)) {
      this.#end({ key, startedAt }, result);
      return;
    }
    const work = result
      .catch((error: unknown): Outcome => ({ type: "failed", error }))
      .then((outcome) => {
        this.#inFlight.delete(work);
        this.#end({ key, startedAt }, outcome);
        this.pump();
      });
    this.#inFlight.add(work);
  }

  #end({ key, startedAt }: { key: string; startedAt: number }, outcome: Outcome): void {
    const { clock, queue, onOutcome } = this.#options;
    switch (outcome.type) {
      case "settled":
        if (outcome.wrote) this.#troubles = 0;
        queue.forget(key);
        break;
      case "parked":
        queue.forget(key);
        break;
      case "refused":
        if (outcome.final) queue.forget(key);
        else queue.retry(key, FAILURE);
        break;
      case "conflict":
        queue.retry(key, CONFLICT);
        break;
      case "unavailable":
        this.#pause(outcome.error);
        queue.retry(key, TROUBLE);
        break;
      case "failed":
        queue.retry(key, FAILURE);
        break;
    }
    queue.done(key);
    onOutcome(key, outcome, clock.monotonic() - startedAt);
  }

  /** Longer with each trouble in a row, and never shorter than the server asked for. */
  #pause(error: unknown): void {
    const now = this.#options.clock.monotonic();
    const asked = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    if (asked === 0 && mayConcernObjectOnly(error)) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + OBJECT_PAUSE);
      return;
    }
    // What fails within a pause was under way before it: the same trouble.
    if (now >= this.#pausedUntil) this.#troubles += 1;
    const pause = Math.min(LONGEST_PAUSE, 50 * 2 ** Math.min(this.#troubles, 10));
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.max(asked, pause));
  }
}
