import { type Clock, sleep } from "../kube/clock.ts";
import { ApiError } from "../kube/errors.ts";
import { Backoff } from "./backoff.ts";

/**
 * Longest delay, in milliseconds, while the server is away or ill, or just closes streams: attempts cost it little then,
 * and 5 s after it is well we are to be up to date, of which the list that often follows (410) takes up to 1.6 s.
 */
const LONGEST_OUTAGE_DELAY = 3_000;

/** How long to wait after which error. */
export class RetryDelay {
  readonly #clock: Clock;
  readonly #outages: Backoff;
  /** Of errors that cost a list, or that do not pass by themselves. */
  readonly #others: Backoff;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#outages = new Backoff(clock, LONGEST_OUTAGE_DELAY);
    this.#others = new Backoff(clock);
  }

  /** Waits: the backoff's delay, or as long as the server asked for if that is more. Returns early on an abort. */
  async after(error: unknown, signal: AbortSignal): Promise<void> {
    const { code, httpStatus = 0, retryAfterMs = 0 } = error instanceof ApiError ? error : {};
    // 429 too: with it an API server answers that has just begun (storage is initializing).
    const isIll = code === "Status" && (httpStatus === 429 || httpStatus >= 500);
    const isOutage = error === undefined || code === "Network" || isIll;
    const ms = Math.max((isOutage ? this.#outages : this.#others).next(), retryAfterMs);
    try {
      await sleep(this.#clock, ms, signal);
    } catch (reason) {
      if (!signal.aborted) {
        throw reason;
      }
    }
  }
}
