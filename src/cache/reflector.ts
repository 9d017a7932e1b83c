import type { KubeObject } from "../api/object.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import { ApiError, isExpired, isTooLargeResourceVersion } from "../kube/errors.ts";
import type { ListWatch } from "../kube/list-watch.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import { compareResourceVersions } from "../kube/resource-version.ts";
import { Scope } from "../kube/scope.ts";
import type { WatchEvent } from "../kube/watch-event.ts";
import { follow } from "./follow.ts";
import { RetryDelay } from "./retry-delay.ts";
import type { Store } from "./store.ts";
import { type Position, type SyncOptions, syncByList, syncByWatch } from "./sync.ts";

const DEFAULT_RELIST = 600_000;
/** A list from which was watched for so long was good. Milliseconds. */
const GOOD_LIST = 5_000;

export interface ReflectorState {
  /** The store has held a complete list, and its handler was told all of it. */
  readonly synced: boolean;
  /**
   * False while there is no complete list or listing fails (kind not installed, forbidden, server away). The store keeps
   * what it has, but what is missing from it may only be missing because of the failure: nothing is to be decided.
   */
  readonly complete: boolean;
  /** Monotonic ms: the last event, bookmark, begun stream or list. Over 60 s ago: the stream is known to be dead. */
  readonly lastContactAt: number | undefined;
  /** Why the last attempt failed, until one succeeds. */
  readonly lastError: unknown;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly listWatch: ListWatch;
  readonly store: Store<T>;
  /**
   * Makes what the store keeps of an object; it may change and return the object that it gets, and must not throw.
   * managedFields (75 % of an object's heap) are gone already.
   */
  readonly project: (raw: StoredObject) => T;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds, ± 10 %, between full lists, which heal a lost event. Default: 600,000. 0: none. */
  readonly relistMs?: number;
  /** Called when a list is complete and when `complete` or `lastError` changes. Like `onError` it must not throw. */
  readonly onState?: (state: ReflectorState) => void;
  /** Called with every failure of a list or a watch, for log and metrics; all are survived. */
  readonly onError?: (error: unknown, during: "list" | "watch") => void;
}

/** One list and what followed it. Aborted as soon as a later list is complete: nothing of it is taken then. */
interface Generation {
  readonly scope: Scope;
  readonly ended: Promise<unknown>;
}

/**
 * Keeps a store equal to the objects of one kind at the API server, by list and watch, until it is stopped; no failure
 * ends it. States: listing (the previous generation, if there is one, goes on watching meanwhile), then watching until
 * the next list is due or something happens that only a list can mend. Never two lists at once.
 */
export class Reflector<T extends KubeObject> {
  /** Resolves once it has been stopped and nothing of it runs any more. */
  readonly stopped: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #retryDelay: RetryDelay;
  readonly #stopping = new AbortController();
  readonly #resolveStopped: () => void;
  #started = false;
  #state = { synced: false, complete: false, lastError: undefined as unknown };
  #lastContactAt: number | undefined;
  /** The newest resourceVersion seen. Undefined: any list is accepted (at the beginning, and if the cluster was restored). */
  #newest: string | undefined;
  #knowsWatchList = true;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#retryDelay = new RetryDelay(this.#clock);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stopped = promise;
    this.#resolveStopped = resolve;
  }

  get state(): ReflectorState {
    const { store } = this.#options;
    return { ...this.#state, synced: this.#state.synced && store.settled, lastContactAt: this.#lastContactAt };
  }

  /** Begins; at most once. Stops when the signal is aborted or `stop` is called. */
  start(signal?: AbortSignal): void {
    if (this.#started) {
      throw new Error("a reflector starts only once");
    }
    this.#started = true;
    const scope = new Scope(this.#clock, [signal, this.#stopping.signal]);
    void this.#run(scope.signal).finally(() => {
      scope[Symbol.dispose]();
      this.#resolveStopped();
    });
  }

  /** Ends every stream, timer and promise. */
  async stop(): Promise<void> {
    this.#stopping.abort(new ApiError("Aborted", "the reflector was stopped"));
    if (this.#started) {
      await this.stopped;
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    let generation: Generation | undefined;
    while (!signal.aborted) {
      generation = await this.#nextGeneration(generation, signal);
      await this.#untilListIsDue(generation, signal);
    }
    await generation?.ended;
  }

  /** Lists until it succeeds, and begins to watch from there. */
  async #nextGeneration(previous: Generation | undefined, signal: AbortSignal): Promise<Generation | undefined> {
    while (!signal.aborted) {
      if (this.#newest === undefined) {
        await end(previous);
      }
      const scope = new Scope(this.#clock, [signal]);
      try {
        const position = await this.#sync(scope.signal);
        await end(previous);
        this.#newest ??= position.resourceVersion;
        this.#reach(position.resourceVersion);
        this.#lastContactAt = this.#clock.monotonic();
        this.#update({ synced: true, complete: true, lastError: undefined });
        return { scope, ended: this.#follow(position, scope) };
      } catch (error) {
        scope.end(new ApiError("Aborted", "the list failed"));
        scope[Symbol.dispose]();
        if (!signal.aborted) {
          this.#fail(error, "list");
          await this.#retryDelay.after(error, signal);
        }
      }
    }
    return previous;
  }

  async #sync(signal: AbortSignal): Promise<Position> {
    const { listWatch, store } = this.#options;
    const project = (raw: StoredObject) => this.#project(raw);
    // For each attempt anew: writes may have been answered during the one before.
    const options = (): SyncOptions<T> => {
      if (store.written !== undefined) this.#reach(store.written);
      return { listWatch, store, project, newest: this.#newest, signal };
    };
    if (this.#knowsWatchList) {
      const position = await syncByWatch(options());
      if (position !== undefined) {
        return position;
      }
      this.#knowsWatchList = false;
    }
    return await syncByList(options());
  }

  #follow(position: Position, scope: Scope): Promise<unknown> {
    return follow({
      listWatch: this.#options.listWatch,
      position,
      retryDelay: this.#retryDelay,
      signal: scope.signal,
      take: (event, resourceVersion) => this.#take(event, resourceVersion),
      onOpen: () => this.#contact(),
      onError: (error) => this.#fail(error, "watch"),
    }).finally(() => scope[Symbol.dispose]());
  }

  /** Resolves when the next full list is due, or when the generation cannot go on and the delay after that is over. */
  async #untilListIsDue(generation: Generation | undefined, signal: AbortSignal): Promise<void> {
    const { relistMs = DEFAULT_RELIST } = this.#options;
    const { promise: due, resolve } = Promise.withResolvers<undefined>();
    const ms = relistMs * (0.9 + 0.2 * this.#clock.random());
    using _ = relistMs > 0 ? this.#clock.setTimeout(() => resolve(undefined), ms) : undefined;
    const listedAt = this.#clock.monotonic();
    const error = await Promise.race([generation?.ended, due]);
    // A 410 is what a restart of the API server looks like, and whoever saw it has waited for the server already. Right
    // after a list it is another matter: that list was no good.
    const isRestart = isExpired(error) && this.#clock.monotonic() - listedAt >= GOOD_LIST;
    if (error !== undefined && !isRestart) {
      await this.#retryDelay.after(error, signal);
    }
  }

  #take(event: WatchEvent, resourceVersion: string): void {
    const { store } = this.#options;
    switch (event.type) {
      case "ADDED":
      case "MODIFIED":
        store.apply(this.#project(event.object));
        break;
      case "DELETED":
        store.delete(this.#project(event.object));
        break;
      case "BOOKMARK":
        break;
    }
    this.#reach(resourceVersion);
    this.#contact();
  }

  #project(raw: StoredObject): T {
    if (raw.metadata.managedFields !== undefined) {
      // Assigned, not deleted: `delete` makes the object slower and 750 bytes larger.
      raw.metadata.managedFields = undefined;
    }
    return this.#options.project(raw);
  }

  #reach(resourceVersion: string): void {
    if (this.#newest !== undefined && compareResourceVersions(resourceVersion, this.#newest) > 0) {
      this.#newest = resourceVersion;
    }
  }

  #contact(): void {
    this.#lastContactAt = this.#clock.monotonic();
    if (this.#state.complete && this.#state.lastError !== undefined) {
      this.#update({ lastError: undefined });
    }
  }

  #fail(error: unknown, during: "list" | "watch"): void {
    const wasRestored = isTooLargeResourceVersion(error);
    if (wasRestored) {
      this.#newest = undefined;
    }
    this.#update({ lastError: error, ...((wasRestored || during === "list") && { complete: false }) });
    this.#options.onError?.(error, during);
  }

  #update(change: Partial<ReflectorState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onState?.(this.state);
  }
}

async function end(generation: Generation | undefined): Promise<void> {
  generation?.scope.end(new ApiError("Aborted", "a later list took over"));
  await generation?.ended;
}
