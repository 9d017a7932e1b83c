import { ApiError } from "../../src/kube/errors.ts";
import type { ListPage } from "../../src/kube/list.ts";
import type { ListWatch } from "../../src/kube/list-watch.ts";
import type { WatchOptions } from "../../src/kube/watch.ts";
import type { WatchEvent } from "../../src/kube/watch-event.ts";
import { type Thing, thing } from "../kube/things.ts";

/** A stream that a test writes to. */
export class FakeStream {
  readonly options: WatchOptions;
  /** Whether somebody may still be reading it. */
  open = true;
  readonly #queue: Array<WatchEvent | { readonly end: unknown }> = [];
  #wake = () => {};

  constructor(options: WatchOptions) {
    this.options = options;
    options.signal?.addEventListener("abort", () => this.end(options.signal?.reason));
  }

  send(...events: WatchEvent[]): void {
    this.#queue.push(...events);
    this.#wake();
  }

  /** Ends the stream: cleanly, or with an error. */
  end(error?: unknown): void {
    this.#queue.push({ end: error });
    this.#wake();
  }

  async *read(): AsyncGenerator<WatchEvent, void, undefined> {
    try {
      for (;;) {
        for (const next of this.#queue.splice(0)) {
          if ("end" in next) {
            if (next.end !== undefined) {
              throw next.end;
            }
            return;
          }
          yield structuredClone(next);
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          if (this.#queue.length > 0) {
            resolve();
          }
        });
      }
    } finally {
      this.open = false;
    }
  }
}

/**
 * An API server of one kind, with a history that watches are served from, and with faults: each `on…` hook may throw,
 * or replace what would be answered.
 */
export class FakeApi implements ListWatch {
  readonly objects = new Map<string, Thing>();
  version = 100;
  /** Older events are compacted away: a watch from before gets 410. */
  compacted = 100;
  readonly history: Array<{ readonly version: number; readonly event: WatchEvent }> = [];
  readonly streams: FakeStream[] = [];
  lists = 0;
  listsInFlight = 0;
  mostListsInFlight = 0;
  knowsWatchList = false;
  pageSize = 2;
  onList: (page: number) => void | Promise<void> = () => {};
  onPage: (page: ListPage) => ListPage = (page) => page;
  onWatch: (options: WatchOptions) => void = () => {};
  onExpectReached: (resourceVersion: string) => void = () => {};
  #generation = 0;

  put(name: string, text = ""): Thing {
    const old = this.objects.get(name);
    this.version++;
    const uid = old?.metadata.uid ?? `uid-${name}-${this.#generation++}`;
    const object = thing(name, this.version, { uid, text });
    this.objects.set(name, object);
    this.#publish({ type: old === undefined ? "ADDED" : "MODIFIED", object });
    return object;
  }

  remove(name: string): void {
    const old = this.objects.get(name);
    if (old !== undefined) {
      this.version++;
      this.objects.delete(name);
      this.#publish({ type: "DELETED", object: thing(name, this.version, { uid: old.metadata.uid ?? "" }) });
    }
  }

  /** The streams that somebody reads. */
  get live(): FakeStream[] {
    return this.streams.filter(({ open }) => open);
  }

  /** The stream begun last. */
  get last(): FakeStream {
    const last = this.streams.at(-1);
    if (last === undefined) {
      throw new Error("no watch yet");
    }
    return last;
  }

  async *list(signal: AbortSignal): AsyncGenerator<ListPage, void, undefined> {
    this.lists++;
    this.listsInFlight++;
    this.mostListsInFlight = Math.max(this.mostListsInFlight, this.listsInFlight);
    try {
      const resourceVersion = String(this.version);
      const items = [...this.objects.values()];
      for (let page = 0; page === 0 || page * this.pageSize < items.length; page++) {
        await this.onList(page);
        signal.throwIfAborted();
        const part = items.slice(page * this.pageSize, (page + 1) * this.pageSize);
        yield structuredClone(this.onPage({ resourceVersion, items: part }));
      }
    } finally {
      this.listsInFlight--;
    }
  }

  async watch(options: WatchOptions): Promise<AsyncGenerator<WatchEvent, void, undefined>> {
    options.signal?.throwIfAborted();
    this.onWatch(options);
    if (options.sendInitialEvents && !this.knowsWatchList) {
      throw new ApiError("Status", "sendInitialEvents is forbidden", { httpStatus: 422 });
    }
    const stream = new FakeStream(options);
    this.streams.push(stream);
    if (options.sendInitialEvents) {
      for (const object of this.objects.values()) {
        stream.send({ type: "ADDED", object });
      }
      stream.send({ type: "BOOKMARK", resourceVersion: String(this.version), initialEventsEnd: true });
    } else if (Number(options.resourceVersion) < this.compacted) {
      stream.end(new ApiError("ErrorEvent", "too old resource version", { httpStatus: 410, reason: "Expired" }));
    } else {
      for (const { version, event } of this.history) {
        if (version > Number(options.resourceVersion)) {
          stream.send(event);
        }
      }
    }
    return stream.read();
  }

  expectReached(resourceVersion: string): Promise<void> {
    return Promise.resolve().then(() => {
      this.onExpectReached(resourceVersion);
      if (Number(resourceVersion) > this.version) {
        throw new ApiError("Status", "Too large resource version", { httpStatus: 504 });
      }
    });
  }

  #publish(event: WatchEvent): void {
    this.history.push({ version: this.version, event });
    for (const stream of this.live) {
      stream.send(event);
    }
  }
}
