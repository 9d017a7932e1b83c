import type { Clock } from "../kube/clock.ts";

/** Counts of one policy or appliance go out once in this time at most. Milliseconds. */
const EVERY = 1000;
/** While many VMs are to be written their writes come first: counts that still move would be a write a second for each owner. */
const EVERY_IF_BUSY = 10_000;
/** And then this long after any other owner's: a thousand appliances would write a third of what their VMs do. */
const APART_IF_BUSY = 500;

/** When the status of an owner may be written, which moves with every VM that it is a sum over. */
export class CountsPace {
  readonly #clock: Clock;
  /** When each owner's was written last, monotonic milliseconds; and that of any. */
  readonly #writtenAt = new Map<string, number>();
  #lastAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until it is worth another look; 0: it may be written now. */
  wait(owner: string, isBusy: boolean): number {
    const now = this.#clock.monotonic();
    const own = (this.#writtenAt.get(owner) ?? Number.NEGATIVE_INFINITY) + (isBusy ? EVERY_IF_BUSY : EVERY);
    const due = isBusy ? Math.max(own, this.#lastAt + APART_IF_BUSY) : own;
    if (now >= due) return 0;
    // No sooner, not to be looked at after each write of another owner; no later, as this may be over soon.
    return isBusy ? EVERY : due - now;
  }

  wrote(owner: string): void {
    this.#lastAt = this.#clock.monotonic();
    this.#writtenAt.set(owner, this.#lastAt);
  }

  /** The owner is gone. */
  forget(owner: string): void {
    this.#writtenAt.delete(owner);
  }
}
