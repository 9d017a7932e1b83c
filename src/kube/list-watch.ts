import type { Resource } from "../api/object.ts";
import { expectReached, type ListPage, list } from "./list.ts";
import type { Transport } from "./transport.ts";
import { type WatchOptions, type WatchTimes, watch } from "./watch.ts";
import type { WatchEvent } from "./watch-event.ts";

/** What a reflector needs of an API server, for one kind. Every failure is an ApiError. */
export interface ListWatch {
  /** See `list`. */
  list(signal: AbortSignal): AsyncIterable<ListPage>;
  /** See `watch`. */
  watch(options: WatchOptions): Promise<AsyncGenerator<WatchEvent, void, undefined>>;
  /** See `expectReached`. */
  expectReached(resourceVersion: string, signal: AbortSignal): Promise<void>;
}

/** Lists and watches all objects of a kind at an API server. */
export function listWatch(transport: Transport, resource: Resource, times: WatchTimes): ListWatch {
  return {
    list: (signal) => list(transport, resource, signal),
    watch: (options) => watch(transport, times, { ...options, resource }),
    expectReached: (resourceVersion, signal) => expectReached(transport, resource, { resourceVersion, signal }),
  };
}
