import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/kube/clock.ts";

interface VirtualTimer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that moves only when a test says so. Randomness is a fixed number, or a test's own function. */
export class VirtualClock implements Clock {
  readonly #timers = new Set<VirtualTimer>();
  readonly #start: number;
  readonly #random: () => number;
  #elapsed = 0;

  constructor({ start = Date.UTC(2026, 0, 1), random = () => 0.5 }: { start?: number; random?: () => number } = {}) {
    this.#start = start;
    this.#random = random;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  random(): number {
    return this.#random();
  }

  setTimeout(run: () => void, ms: number): Disposable {
    const timer = { at: this.#elapsed + Math.max(0, ms), run };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => this.#timers.delete(timer) };
  }

  /** How many timers are waiting: 0 after everything has been stopped. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets `ms` milliseconds pass: each timer runs at its moment, and what it sets off runs before the next one. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.#elapsed = Math.max(this.#elapsed, next.at);
      next.run();
      await settle();
    }
    this.#elapsed = end;
  }

  #next(end: number): VirtualTimer | undefined {
    let next: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) {
        next = timer;
      }
    }
    return next;
  }
}

/** Lets everything run that waits for nothing but its turn: promises, and `setImmediate` chains of a few links. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await setImmediate();
  }
}

/** Waits, in turns of the event loop, for something that sockets bring about; fails after 5 real seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > 5_000) {
      throw new Error(`never came true: ${condition}`);
    }
    await setImmediate();
  }
}
