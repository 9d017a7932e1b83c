import type { Resource } from "../api/object.ts";
import type { Clock } from "./clock.ts";
import { ApiError } from "./errors.ts";
import { LineDecoder } from "./lines.ts";
import { resourcePath } from "./path.ts";
import { Scope } from "./scope.ts";
import type { Transport } from "./transport.ts";
import { parseWatchEvent, type WatchEvent } from "./watch-event.ts";

/** Longest line, in bytes. etcd holds 1.5 MiB of an object, and JSON may be somewhat longer. */
const MAX_LINE = 4 * 1024 * 1024;

export interface WatchTimes {
  readonly clock: Clock;
  /**
   * Milliseconds without a whole line after which a watch is given up (and renewed from its last resourceVersion), and up to
   * a quarter more, so that watches do not all end together. Default: 40,000.
   *
   * A dead connection (half-open, frozen) and an idle kind look the same: bookmarks, one a minute from most servers, are a
   * hint that some never give, and TCP keep-alive needs minutes, and is answered by a proxy whose other side is dead. To
   * find the dead ones within 60 s, idle ones are renewed, too, which costs the server one request a kind in that time.
   * Lines count, not bytes: a stream that drips would else live for ever.
   */
  readonly silenceMs?: number;
}

const DEFAULT_SILENCE = 40_000;

export interface WatchOptions {
  /** Where to go on; absent with `sendInitialEvents` only. */
  readonly resourceVersion?: string;
  /** A WatchList: first all objects, as ADDED events, then a BOOKMARK with `initialEventsEnd`. */
  readonly sendInitialEvents?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Begins to watch all objects of a kind; resolves once the server has accepted it. The events must be read until they
 * end or the signal be aborted. They end by themselves when the server closes the stream (after 5 to 10 minutes, which
 * are drawn at random so that watches do not all end together), or throw an ApiError: `ErrorEvent`, `Protocol`,
 * `Network` (also if the stream ends inside of a line: nothing of that line is given out), `Silence`, `Aborted`.
 */
export async function watch(
  transport: Transport,
  { clock, silenceMs = DEFAULT_SILENCE }: WatchTimes,
  { resource, resourceVersion, sendInitialEvents = false, signal }: WatchOptions & { readonly resource: Resource },
): Promise<AsyncGenerator<WatchEvent, void, undefined>> {
  const scope = new Scope(clock, [signal]);
  try {
    const chunks = await transport.stream({
      path: resourcePath(resource),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        timeoutSeconds: 300 + Math.floor(clock.random() * 301),
        resourceVersion,
        ...(sendInitialEvents && { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" }),
      },
      signal: scope.signal,
    });
    return events(chunks, { resource, scope, silenceMs: silenceMs * (1 + clock.random() / 4) });
  } catch (error) {
    scope[Symbol.dispose]();
    throw error;
  }
}

async function* events(
  chunks: AsyncIterable<Uint8Array>,
  { resource, scope, silenceMs }: { resource: Resource; scope: Scope; silenceMs: number },
): AsyncGenerator<WatchEvent, void, undefined> {
  using _ = scope;
  const listen = () =>
    scope.setDeadline(
      silenceMs,
      () => new ApiError("Silence", `watch of ${resource.plural}: no event for ${silenceMs} ms`),
    );
  const lines = new LineDecoder(MAX_LINE);
  listen();
  for await (const chunk of chunks) {
    for (const line of lines.push(chunk)) {
      // The deadline is for the server: it does not run while the events are being handled.
      scope.clearDeadline();
      yield parseWatchEvent(line, resource);
      listen();
    }
  }
  if (lines.isInsideLine) {
    throw new ApiError("Network", `watch of ${resource.plural}: the stream ended inside of a line`);
  }
}
