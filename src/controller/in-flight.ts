/** At first, and at least if allowed: what an API server on two cores can use. With fewer the smallest would only answer sooner. */
const FEWEST = 8;
/** Beside mass writes, for edits; less where a quarter of all is less. */
const ROOM = 4;
/**
 * Writes that wait for others, in square roots of all: what keeps a server busy although the times of writes vary (the
 * square-root rule of staffing). Less costs throughput, more only latency. With this number half of 8 and the queue are 8.
 */
const QUEUE = Math.SQRT2;
/** Writes in a window of measurement: so many, and so many for each in flight. */
const WINDOW = 64;
const WINDOW_PER_WRITE = 4;
/** Windows between two looks at most: half in flight for one window in so many costs a hundredth of the throughput. */
const RARELY = 32;
/** A change by more than this factor is no noise: look again at once. */
const NOISE = 1.15;

/**
 * How many writes may be in flight, found by feedback: with as many as it can work on at a time a server answers as fast
 * as with fewer; what is more than that only waits. Now and then one window is measured with half of the writes in flight;
 * the ratio of the mean latencies says how many of all are worked on (Little's law), and the limit goes to that number and
 * a little queue. As that is a ratio of neighbours in time, a server that grows slower as such changes nothing.
 *
 * After BBR's PROBE_RTT (RFC draft "BBR Congestion Control") and the gradient of Netflix's concurrency-limits, with means
 * where those take minima: times of writes vary too much for a minimum. No clock and no timer: writes are what it counts.
 */
export class InFlight {
  readonly #most: number;
  readonly #mostMass: number;
  /** Where the limit is heading; whole only in what is told. */
  #estimate: number;
  /** What is being measured: all writes in flight, or half of them. */
  #isHalf = false;
  /** Number of the window, so that writes of an earlier one are known. */
  #window = 0;
  #count = 0;
  #sum = 0;
  /** Mean latency with fewer in flight, if it is to be compared with this window's. */
  #base: number | undefined;
  #every = 1;
  #windowsLeft = 1;

  /** @param most writes at a time, edits included; at least 1. Up to 10 the limits are constant: there is nothing to find */
  constructor(most: number) {
    this.#most = most;
    this.#mostMass = most - Math.min(ROOM, Math.floor(most / 4));
    this.#estimate = Math.min(FEWEST, this.#mostMass);
  }

  /** Mass writes start while fewer than this are in flight. */
  get mass(): number {
    return this.#isHalf ? Math.floor(this.#all / 2) : this.#all;
  }

  /** Edits start while fewer than this are in flight. */
  get edits(): number {
    return Math.min(this.#most, this.#all + ROOM);
  }

  /** A write starts; `inFlight` counts it. Returns the window that it belongs to, if there is work for as many as allowed. */
  started(inFlight: number): number | undefined {
    // After a lull: a few writes are to go out at once, not half of them at a time.
    if (inFlight === 1) this.#measure({ half: false });
    return inFlight === this.mass ? this.#window : undefined;
  }

  /** A write that started in this window was accepted after so many milliseconds. */
  ended(window: number | undefined, ms: number): void {
    if (window !== this.#window || this.#mostMass <= FEWEST) return;
    this.#count += 1;
    this.#sum += ms;
    if (this.#count < Math.max(WINDOW, WINDOW_PER_WRITE * this.mass)) return;
    const mean = this.#sum / this.#count;
    if (this.#isHalf) {
      this.#measure({ half: false });
      this.#base = mean;
    } else if (this.#base !== undefined) {
      this.#decide(this.#base, mean);
    } else {
      this.#windowsLeft -= 1;
      this.#measure({ half: this.#windowsLeft <= 0 });
    }
  }

  get #all(): number {
    return Math.round(this.#estimate);
  }

  #measure({ half }: { half: boolean }): void {
    this.#window += 1;
    this.#count = 0;
    this.#sum = 0;
    this.#base = undefined;
    this.#isHalf = half;
  }

  #decide(base: number, mean: number): void {
    const all = this.#all;
    // Of the writes in flight, those that were worked on. In virtual time both may be 0.
    const worked = mean > base ? base / mean : 1;
    const wanted = all * worked + QUEUE * Math.sqrt(all);
    const limit = Math.max(FEWEST, Math.min(this.#mostMass, wanted));
    const isNoise = Math.max(limit / all, all / limit) <= NOISE;
    const grows = !isNoise && worked > 1 / NOISE;
    this.#estimate = grows ? limit : (this.#estimate + limit) / 2;
    this.#every = isNoise ? Math.min(RARELY, 2 * this.#every) : 1;
    this.#windowsLeft = this.#every;
    this.#measure({ half: !grows && this.#every === 1 });
    // What was measured just now was with fewer than there will be.
    if (grows) this.#base = mean;
  }
}
