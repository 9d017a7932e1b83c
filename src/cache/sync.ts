import type { KubeObject } from "../api/object.ts";
import { ApiError } from "../kube/errors.ts";
import type { ListWatch } from "../kube/list-watch.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import { compareResourceVersions } from "../kube/resource-version.ts";
import type { WatchEvent } from "../kube/watch-event.ts";
import type { Replacement, Store } from "./store.ts";

/** Where to go on watching: after this resourceVersion, or with the rest of this stream, which is at it. */
export interface Position {
  readonly resourceVersion: string;
  readonly events?: AsyncGenerator<WatchEvent, void, undefined>;
}

export interface SyncOptions<T extends KubeObject> {
  readonly listWatch: ListWatch;
  readonly store: Store<T>;
  readonly project: (raw: StoredObject) => T;
  /** The newest resourceVersion seen: an older list is refused. Undefined: any list is good. */
  readonly newest: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Replaces the store's content by a list of everything in pages. Throws, and leaves the store as it was, if a page
 * fails, or if the list is older than what was seen: with 504 "Too large resource version" if the server says that it
 * has not come so far (a restored cluster), else with `Protocol` (a stale list).
 */
export async function syncByList<T extends KubeObject>(options: SyncOptions<T>): Promise<Position> {
  const { listWatch, store, project, signal } = options;
  return await replacing(options, async (replacement) => {
    let resourceVersion: string | undefined;
    for await (const page of listWatch.list(signal)) {
      resourceVersion = page.resourceVersion;
      for (const item of page.items) {
        store.stage(replacement, project(item));
      }
    }
    if (resourceVersion === undefined) {
      throw new ApiError("Protocol", "a list without a page");
    }
    return { resourceVersion };
  });
}

/**
 * The same by a WatchList, which costs the server less and has no pages to expire. Returns undefined if the server
 * does not know it: it refuses (400, 422), or begins a normal watch, of which it can only be told that the bookmark
 * which ends the initial events does not come, but another one or silence.
 */
export async function syncByWatch<T extends KubeObject>(options: SyncOptions<T>): Promise<Position | undefined> {
  try {
    return await replacing(options, (replacement) => stageInitialEvents(options, replacement));
  } catch (error) {
    if (error instanceof WatchListUnknown || isRefusal(error)) {
      return undefined;
    }
    throw error;
  }
}

class WatchListUnknown extends Error {}

function isRefusal(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    ((error.code === "Status" && (error.httpStatus === 400 || error.httpStatus === 422)) || error.code === "Silence")
  );
}

async function stageInitialEvents<T extends KubeObject>(
  { listWatch, store, project, signal }: SyncOptions<T>,
  replacement: Replacement<T>,
): Promise<Position> {
  const events = await listWatch.watch({ sendInitialEvents: true, signal });
  try {
    for (;;) {
      const { value: event, done } = await events.next();
      if (done) {
        throw new ApiError("Network", "a WatchList ended among its initial events");
      }
      switch (event.type) {
        case "ADDED":
        case "MODIFIED":
          store.stage(replacement, project(event.object));
          break;
        case "DELETED":
          store.unstage(replacement, project(event.object));
          break;
        case "BOOKMARK":
          if (!event.initialEventsEnd) {
            throw new WatchListUnknown();
          }
          return { resourceVersion: event.resourceVersion, events };
      }
    }
  } catch (error) {
    await events.return();
    throw error;
  }
}

async function replacing<T extends KubeObject>(
  { listWatch, store, newest, signal }: SyncOptions<T>,
  gather: (replacement: Replacement<T>) => Promise<Position>,
): Promise<Position> {
  const replacement = store.prepare(newest === undefined);
  try {
    const position = await gather(replacement);
    const { resourceVersion } = position;
    if (newest !== undefined && compareResourceVersions(resourceVersion, newest) < 0) {
      await listWatch.expectReached(newest, signal);
      throw new ApiError("Protocol", `a list as of ${resourceVersion} after ${newest} was seen: stale, refused`);
    }
    signal.throwIfAborted();
    await store.replace(replacement, resourceVersion);
    return position;
  } finally {
    await store.forsake(replacement);
  }
}
