interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/**
 * Virtual time for a whole world of processes. Between two timers everything runs that waits for nothing but its turn;
 * that costs no turn of the event loop: a tick that a microtask asks for comes when no microtask is left.
 */
export class Scheduler {
  /** Milliseconds since the beginning. */
  now = 0;
  readonly #timers = new Set<Timer>();

  /** Timers of one moment run in the order in which they were set. */
  setTimeout(run: () => void, ms: number): Disposable {
    const timer = { at: this.now + Math.max(0, ms), run };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => this.#timers.delete(timer) };
  }

  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers.delete(next);
      this.now = next.at;
      next.run();
      await settled();
    }
    this.now = end;
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
