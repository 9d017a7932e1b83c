import { ApiError, isTooLargeResourceVersion } from "../kube/errors.ts";
import type { ListWatch } from "../kube/list-watch.ts";
import { compareResourceVersions } from "../kube/resource-version.ts";
import type { WatchEvent } from "../kube/watch-event.ts";
import type { RetryDelay } from "./retry-delay.ts";
import type { Position } from "./sync.ts";

export interface FollowOptions {
  readonly listWatch: ListWatch;
  readonly position: Position;
  readonly retryDelay: RetryDelay;
  /** The generation: once it is aborted, nothing of this is taken any more. */
  readonly signal: AbortSignal;
  /** Gets every object event and bookmark, and the resourceVersion that is reached with it. */
  readonly take: (event: WatchEvent, resourceVersion: string) => void;
  /** Called whenever a stream has begun. */
  readonly onOpen: () => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Watches from a position, beginning again where the last event was as often as the stream ends. Returns the error that
 * only a new list can mend, or undefined once the signal is aborted.
 */
export async function follow(options: FollowOptions): Promise<unknown> {
  const { listWatch, retryDelay, signal, take, onOpen, onError } = options;
  let { resourceVersion, events } = options.position;
  while (!signal.aborted) {
    let error: unknown;
    try {
      events ??= await listWatch.watch({ resourceVersion, signal });
      onOpen();
      for await (const event of events) {
        if (signal.aborted) {
          return undefined;
        }
        resourceVersion = advance(resourceVersion, event);
        take(event, resourceVersion);
      }
    } catch (cause) {
      error = cause;
    }
    events = undefined;
    if (signal.aborted) {
      return undefined;
    }
    const next = judge(error);
    if (error !== undefined && next !== "renew") {
      onError(error);
    }
    switch (next) {
      case "renew":
        break;
      case "resume":
        await retryDelay.after(error, signal);
        break;
      case "relist":
        return error;
    }
  }
  return undefined;
}

/** Events come in order, so the last one's resourceVersion is where to go on; one that comes late does not lead back. */
function advance(resourceVersion: string, event: WatchEvent): string {
  if (event.type === "BOOKMARK") {
    if (compareResourceVersions(event.resourceVersion, resourceVersion) < 0) {
      // The only sign on a silent stream that the cluster was restored from a backup.
      throw new ApiError("Protocol", `a bookmark at ${event.resourceVersion} after ${resourceVersion}`);
    }
    return event.resourceVersion;
  }
  const { resourceVersion: seen } = event.object.metadata;
  return compareResourceVersions(seen, resourceVersion) > 0 ? seen : resourceVersion;
}

/**
 * What to do after a stream ended with this error (undefined: cleanly): go on at once, go on after a delay, or list,
 * because going on from there would miss something or fail again.
 */
function judge(error: unknown): "renew" | "resume" | "relist" {
  if (error === undefined) {
    return "resume";
  }
  if (!(error instanceof ApiError)) {
    return "relist";
  }
  const { code, httpStatus = 0 } = error;
  switch (code) {
    case "Silence":
      return "renew";
    case "Network":
    case "Timeout":
    case "Credentials":
    case "Aborted":
      return "resume";
    case "Status": {
      const isTransient = httpStatus === 408 || httpStatus === 429 || httpStatus >= 500;
      return isTransient && !isTooLargeResourceVersion(error) ? "resume" : "relist";
    }
    case "ErrorEvent":
    case "Protocol":
      return "relist";
  }
}
