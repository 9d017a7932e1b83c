import type { Clock } from "../kube/clock.ts";

/** Milliseconds. */
const SHORTEST = 800;
const LONGEST = 30_000;
const GOOD_AFTER = 120_000;

/** Delays between attempts: 0.8 s to 30 s, twice as long each time, with jitter; short again after two good minutes. */
export class Backoff {
  readonly #clock: Clock;
  readonly #longestMs: number;
  #limit = 2 * SHORTEST;
  #endsAt = Number.NEGATIVE_INFINITY;

  /** `longestMs`: of a delay; default 30,000. */
  constructor(clock: Clock, longestMs: number = LONGEST) {
    this.#clock = clock;
    this.#longestMs = longestMs;
  }

  /**
   * Milliseconds to wait after a failure, drawn from the upper half of 1.6 s, 3.2 s, … and at last of the longest delay.
   * Two minutes without a call, counted from the end of the delay before, were good ones.
   */
  next(): number {
    const now = this.#clock.monotonic();
    const limit = now - this.#endsAt >= GOOD_AFTER ? 2 * SHORTEST : this.#limit;
    this.#limit = Math.min(2 * limit, this.#longestMs);
    const delay = limit * (0.5 + 0.5 * this.#clock.random());
    this.#endsAt = now + delay;
    return delay;
  }
}
