import type { Clock } from "./clock.ts";
import { ApiError } from "./errors.ts";

/**
 * What ends a request before its answer does: its deadline, the caller's signal, the closing of the transport. One
 * scope a request; disposing of it takes its timer and its listeners away.
 */
export class Scope implements Disposable {
  readonly #controller = new AbortController();
  readonly #ended = Promise.withResolvers<never>();
  readonly #cleanups: Array<() => void> = [];
  readonly #clock: Clock;
  #deadline = Number.POSITIVE_INFINITY;
  #timer: Disposable | undefined;

  constructor(clock: Clock, signals: ReadonlyArray<AbortSignal | undefined>) {
    this.#clock = clock;
    this.#ended.promise.catch(() => {});
    for (const signal of signals) {
      if (signal !== undefined) {
        this.#follow(signal);
      }
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds until the deadline. */
  get remainingMs(): number {
    return this.#deadline - this.#clock.monotonic();
  }

  end(reason: ApiError): void {
    this.#controller.abort(reason);
    this.#ended.reject(reason);
  }

  /** Ends the scope with this error in `ms` from now, instead of any deadline set before. */
  setDeadline(ms: number, error: () => ApiError): void {
    this.clearDeadline();
    this.#deadline = this.#clock.monotonic() + ms;
    this.#timer = this.#clock.setTimeout(() => this.end(error()), ms);
  }

  clearDeadline(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#deadline = Number.POSITIVE_INFINITY;
  }

  /** The promise's result, or the rejection of this scope if it ends first (a pool's queue does not look at signals). */
  race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.#ended.promise]);
  }

  [Symbol.dispose](): void {
    this.clearDeadline();
    for (const cleanup of this.#cleanups.splice(0)) {
      cleanup();
    }
  }

  #follow(signal: AbortSignal): void {
    const onAbort = () => {
      const { reason } = signal;
      this.end(reason instanceof ApiError ? reason : new ApiError("Aborted", "aborted", { cause: reason }));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener("abort", onAbort, { once: true });
    this.#cleanups.push(() => signal.removeEventListener("abort", onAbort));
  }
}
