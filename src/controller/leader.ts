import { type Clock, sleep } from "../kube/clock.ts";
import { isAlreadyExists, isConflict } from "../kube/errors.ts";
import type { Lease, LeaseClient, LeaseSpec } from "../kube/lease.ts";
import { microTime } from "../kube/micro-time.ts";

/** Milliseconds; the defaults of the program are client-go's: 15,000, 10,000 and 2,000. */
interface LeaseTimes {
  /** A lease that was not renewed for so long is free. */
  readonly duration: number;
  /** Who could not renew for so long stops leading: shorter than `duration`, so that it stops before it is followed. */
  readonly renewDeadline: number;
  /** Longest time between two attempts to take or renew the lease. */
  readonly retryPeriod: number;
}

/** Milliseconds for giving the lease back, all its tries together: a process that ends has no more. */
const RELEASE_TIMEOUT = 2000;
const RELEASE_TRIES = 3;

export interface LeaderOptions {
  readonly client: LeaseClient;
  readonly clock: Clock;
  /** Ours alone: two processes with one identity would both lead. */
  readonly identity: string;
  readonly times: LeaseTimes;
  /**
   * Called with what goes wrong; all of it is tried again. `failures`: how many attempts in a row have failed, this one
   * included, so that the first can be told and the hundredth need not. What helps: at 403 a Role with get and update of
   * this lease, and create, in its namespace; at 404 that namespace, for it is not there.
   */
  readonly onError: (error: unknown, failures: number) => void;
}

/**
 * Leader election over a Lease: one process leads at a time, as long as clocks run at about the same speed. Whether
 * somebody else's lease has run out is judged by how long we have seen it unchanged, on a clock that never jumps; the
 * times in it are for people.
 */
export class Leader {
  readonly #options: LeaderOptions;
  /** The lease as we wrote it last, while nothing says that it is not what is there. */
  #mine: Lease | undefined;
  /** The last that was there, whoever's. */
  #last: Lease | undefined;
  /** Which resourceVersion was read last, and since when: monotonic milliseconds. */
  #seen = { resourceVersion: "", since: 0 };
  /** We lead until then: monotonic milliseconds. */
  #until = Number.NEGATIVE_INFINITY;
  /** Attempts in a row without an answer that says whose the lease is. */
  #failures = 0;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  /** The fence: whether we lead at this very moment. A process that was stopped finds out when it asks. */
  get leads(): boolean {
    return this.#options.clock.monotonic() < this.#until;
  }

  /** Milliseconds for which we lead if nothing more happens; 0 if we do not. No write may take longer. */
  get remainingMs(): number {
    return Math.max(0, this.#until - this.#options.clock.monotonic());
  }

  /** Resolves when we lead. Rejects when the signal is aborted. */
  async acquire(signal: AbortSignal): Promise<void> {
    await this.#attempt(signal);
    while (!this.leads) {
      await this.#pause(signal);
      await this.#attempt(signal);
    }
  }

  /** Renews the lease; resolves when it is lost. Rejects when the signal is aborted. */
  async hold(signal: AbortSignal): Promise<void> {
    while (this.leads) {
      await this.#pause(signal);
      if (!this.leads) return;
      const changed = await this.#attempt(signal);
      // Somebody else wrote it: if that is another leader, we must not go on until the next renewal.
      if (changed && this.leads) await this.#attempt(signal);
    }
  }

  /**
   * Stops leading, and says so, so that another can lead at once. Call it when neither `acquire` nor `hold` runs. Ends
   * within 2,000 ms. Throws an ApiError; the lease then ends by itself.
   */
  async release(): Promise<void> {
    if (!this.leads) return;
    this.#until = Number.NEGATIVE_INFINITY;
    const { client, clock, identity } = this.#options;
    const startedAt = clock.monotonic();
    const call = () => ({ timeoutMs: RELEASE_TIMEOUT - (clock.monotonic() - startedAt) });
    for (let tries = 1; ; tries++) {
      try {
        // The signal that ended `hold` may have cut a renewal off: whether that arrived is not known.
        const read = this.#mine ?? (await client.get(call()));
        if (read?.spec?.holderIdentity !== identity) return;
        const spec = { holderIdentity: "", leaseDurationSeconds: 1, renewTime: microTime(clock.now()) };
        await client.put(spec, { read, ...call() });
        return;
      } catch (error) {
        if (tries === RELEASE_TRIES || call().timeoutMs <= 0) throw error;
      } finally {
        this.#mine = undefined;
      }
    }
  }

  /** Takes or renews the lease if it is ours to take. Returns whether somebody else wrote it meanwhile. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { client, clock, times, onError } = this.#options;
    // Ours lasts from before the request: that is the earliest moment at which the server can have taken it.
    const startedAt = clock.monotonic();
    // No request outlives the lease: `hold` has to end in time.
    const timeoutMs = Math.min(
      times.renewDeadline / 2,
      this.leads ? this.#until - startedAt : Number.POSITIVE_INFINITY,
    );
    try {
      const read = this.#mine ?? (await client.get({ timeoutMs, signal }));
      // If somebody deleted it, who held it leads until its next renewal: it counts as if it were still there.
      this.#last = read ?? this.#last;
      if (!this.#isFree(this.#see(this.#last))) {
        this.#until = Number.NEGATIVE_INFINITY;
      } else {
        const leftMs = timeoutMs - (clock.monotonic() - startedAt);
        this.#mine = await client.put(this.#claim(read), { read, timeoutMs: leftMs, signal });
        this.#until = startedAt + times.renewDeadline;
      }
      this.#failures = 0;
      return false;
    } catch (error) {
      // What is there is not known any more: read it first, the next time. We lead until the time is up.
      this.#mine = undefined;
      signal.throwIfAborted();
      if (isConflict(error) || isAlreadyExists(error)) return true;
      this.#failures += 1;
      onError(error, this.#failures);
      return false;
    }
  }

  #see(lease: Lease | undefined): Lease | undefined {
    const { resourceVersion = "" } = lease?.metadata ?? {};
    if (resourceVersion !== this.#seen.resourceVersion) {
      this.#seen = { resourceVersion, since: this.#options.clock.monotonic() };
    }
    return lease;
  }

  #isFree(lease: Lease | undefined): boolean {
    const { identity, clock, times } = this.#options;
    const { holderIdentity, leaseDurationSeconds } = lease?.spec ?? {};
    if (!holderIdentity || holderIdentity === identity) return true;
    const duration = leaseDurationSeconds == null ? times.duration : leaseDurationSeconds * 1000;
    return clock.monotonic() - this.#seen.since > duration;
  }

  #claim(read: Lease | undefined): LeaseSpec {
    const { identity, times } = this.#options;
    const now = microTime(this.#options.clock.now());
    const spec = read?.spec ?? {};
    const isNew = spec.holderIdentity !== identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(times.duration / 1000),
      renewTime: now,
      ...(isNew && { acquireTime: now, leaseTransitions: (spec.leaseTransitions ?? 0) + (read === undefined ? 0 : 1) }),
    };
  }

  /** Between a half and nine tenths of the period, so that candidates do not all ask together. Ends with the lease. */
  async #pause(signal: AbortSignal): Promise<void> {
    const { clock, times } = this.#options;
    const ms = times.retryPeriod * (0.5 + 0.4 * clock.random());
    await sleep(clock, this.leads ? Math.min(ms, this.remainingMs) : ms, signal);
  }
}
