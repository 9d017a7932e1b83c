import type { Clock } from "../../src/kube/clock.ts";
import type { Random } from "../fault/random.ts";
import type { Scheduler } from "./scheduler.ts";

/** The clock of one process, which can be stopped (SIGSTOP, a paused VM) and killed. Its wall clock may be wrong. */
export class Machine implements Clock {
  /** Milliseconds by which the wall clock is wrong. */
  skew = 0;
  /** Timers that wait; 0 after a process has ended well. */
  pending = 0;
  readonly random: Random;
  readonly #scheduler: Scheduler;
  readonly #held: (() => void)[] = [];
  #pausedUntil = 0;
  #dead = false;

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.random = random;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  now(): number {
    return wallClock(this.#scheduler) + this.skew;
  }

  monotonic(): number {
    return this.#scheduler.now;
  }

  setTimeout(run: () => void, ms: number): Disposable {
    let waits = true;
    this.pending += 1;
    const end = () => {
      if (waits) this.pending -= 1;
      waits = false;
    };
    const timer = this.#scheduler.setTimeout(() => {
      this.deliver(() => {
        if (!waits) return;
        end();
        run();
      });
    }, ms);
    return {
      [Symbol.dispose]: () => {
        end();
        timer[Symbol.dispose]();
      },
    };
  }

  /** Has something happen in the process: at once, or when it goes on. */
  deliver(run: () => void): void {
    if (this.#dead) return;
    if (this.#scheduler.now < this.#pausedUntil) this.#held.push(run);
    else run();
  }

  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#scheduler.now + ms);
    this.#scheduler.setTimeout(() => this.#goOn(), ms);
  }

  /** Nothing happens in it any more. */
  kill(): void {
    this.#dead = true;
  }

  /** One after another, each with what it sets off. */
  #goOn(): void {
    if (this.#dead || this.#scheduler.now < this.#pausedUntil) return;
    const run = this.#held.shift();
    if (run === undefined) return;
    this.#scheduler.setTimeout(() => this.#goOn(), 0);
    run();
  }
}

/** Milliseconds since 1970, where time is right. */
export function wallClock({ now }: Scheduler): number {
  return Date.UTC(2026, 0, 1) + now;
}
