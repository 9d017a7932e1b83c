const LINE_FEED = 10;

/** One line of a watch: an event. */
export interface WatchLine {
  /** With its line feed. */
  readonly bytes: Buffer;
  /** `ADDED`, `BOOKMARK`, …; empty for what is no event. */
  readonly type: string;
  /** Of its object. */
  readonly namespace?: string;
  readonly name?: string;
  readonly resourceVersion?: string;
  /** The bookmark after all initial events of a WatchList. */
  readonly isInitialEnd: boolean;
}

/** Cuts a stream at the byte \n, whatever its chunks; a last piece without one is given out as it is. */
export async function* cutLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let pieces: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield Buffer.concat([...pieces, chunk.subarray(start, end + 1)]);
      pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

interface RawEvent {
  readonly type?: unknown;
  readonly object?: {
    readonly metadata?: null | {
      readonly namespace?: string;
      readonly name?: string;
      readonly resourceVersion?: string;
      readonly annotations?: Readonly<Record<string, string>>;
    };
  };
}

/** Never throws. */
export function readLine(bytes: Buffer): WatchLine {
  let event: RawEvent | null = {};
  try {
    event = JSON.parse(bytes.toString("utf8"));
  } catch {
    // A piece of a line.
  }
  const { namespace, name, resourceVersion, annotations } = event?.object?.metadata ?? {};
  return {
    bytes,
    type: typeof event?.type === "string" ? event.type : "",
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(resourceVersion !== undefined && { resourceVersion }),
    isInitialEnd: annotations?.["k8s.io/initial-events-end"] === "true",
  };
}

/** Where a line is to be cut: after so many bytes. */
export function cutPoint({ bytes }: WatchLine, at: "inCharacter" | number): number {
  if (at === "inCharacter") {
    const lead = bytes.findIndex((byte) => byte >= 0xc0);
    return lead === -1 ? Math.floor(bytes.length / 2) : lead + 1;
  }
  return at < 0 ? Math.max(0, bytes.length + at) : Math.min(at, bytes.length - 1);
}

function event(type: string, object: object): string {
  return JSON.stringify({ type, object });
}

/** Lines that no API server should send, for the faults `replace` and `insert`. */
export const hostile = {
  /** What an API server says of a resourceVersion that it has forgotten; it then ends the stream. */
  gone: event("ERROR", {
    ...{ apiVersion: "v1", kind: "Status", metadata: {}, status: "Failure", code: 410, reason: "Expired" },
    message: "The resourceVersion for the provided watch is too old.",
  }),
  unknownType: event("RENAMED", { apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM", metadata: { name: "x" } }),
  bookmarkWithoutVersion: event("BOOKMARK", { apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM", metadata: {} }),
  foreignKind: event("ADDED", {
    ...{
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "x", namespace: "faults", resourceVersion: "1", uid: "u" },
    },
  }),
  noMetadata: event("ADDED", { apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM", spec: {} }),
  blank: "",
  nul: "\0",
  invalidJson: '{"type":"ADDED","object":{',
  notAnEvent: "[]",
} as const;

/** A whole event of so many bytes, for F14's line of 3 MiB: that of an object that is there, with a long annotation. */
export function longEvent(length: number, object: { readonly metadata: object }): string {
  const annotations = { long: "x".repeat(length) };
  return event("MODIFIED", { ...object, metadata: { ...object.metadata, annotations } });
}
