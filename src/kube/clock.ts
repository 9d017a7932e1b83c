/** Time, randomness and timers as a parameter, so that tests run in virtual time. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. It may jump; use it for what people read, never for deadlines. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. */
  monotonic(): number;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
  /** Runs `run` once after `ms` milliseconds unless the result is disposed of before. */
  setTimeout(run: () => void, ms: number): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: () => Math.random(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/**
 * Resolves after `ms` milliseconds, or rejects with the signal's reason as soon as it is aborted.
 * Neither the timer nor a listener on the signal outlives the promise.
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer[Symbol.dispose]();
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
