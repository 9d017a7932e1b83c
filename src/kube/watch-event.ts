import type { Resource } from "../api/object.ts";
import { ApiError } from "./errors.ts";
import { isRecord, parseJson } from "./json.ts";
import { parseObject, type StoredObject } from "./parse-object.ts";
import { isResourceVersion } from "./resource-version.ts";
import { errorEvent } from "./status-error.ts";

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: StoredObject }
  | {
      readonly type: "BOOKMARK";
      readonly resourceVersion: string;
      /** Whether a WatchList has sent everything that there was at its beginning. */
      readonly initialEventsEnd: boolean;
    };

/**
 * Parses one line of a watch. Throws `ErrorEvent` for an ERROR event and `Protocol` for whatever is not an event of
 * this kind: an unknown type, too, since what it would have meant is lost.
 */
export function parseWatchEvent(line: Uint8Array, resource: Resource): WatchEvent {
  const where = `watch of ${resource.plural}`;
  const event = parseJson(withoutManagedFields(line), `a line in the ${where}`);
  if (!isRecord(event)) {
    throw new ApiError("Protocol", `${where}: a line that is no event`);
  }
  const { type, object } = event;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type, object: parseObject(object, resource, where) };
    case "BOOKMARK":
      return parseBookmark(object, where);
    case "ERROR":
      throw errorEvent(where, object);
    default:
      throw new ApiError(
        "Protocol",
        `${where}: an event of the unknown type ${typeof type === "string" ? type.slice(0, 100) : typeof type}`,
      );
  }
}

const MANAGED_FIELDS = Buffer.from('"managedFields":[');
const AFTER_MANAGED_FIELDS = Buffer.from('],"name":"');

/**
 * Cuts out what is half of an object, and what nobody reads, before it costs time and memory to parse: a third of either.
 * Inside of a JSON string every quotation mark has a backslash before it, so neither mark is found in one; nor do the
 * entries of managedFields have a field `name`. A line that is written otherwise (the API server sorts the fields of
 * metadata) stays whole.
 */
function withoutManagedFields(line: Uint8Array): Uint8Array {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.length);
  const start = bytes.indexOf(MANAGED_FIELDS);
  const end = start === -1 ? -1 : bytes.indexOf(AFTER_MANAGED_FIELDS, start);
  if (end === -1) return line;
  const rest = Buffer.allocUnsafe(start + bytes.length - end - 2);
  bytes.copy(rest, 0, 0, start);
  bytes.copy(rest, start, end + 2);
  return rest;
}

function parseBookmark(object: unknown, where: string): WatchEvent {
  const metadata = isRecord(object) ? object.metadata : undefined;
  if (!isRecord(metadata) || !isResourceVersion(metadata.resourceVersion)) {
    throw new ApiError("Protocol", `${where}: a bookmark without a resourceVersion`);
  }
  const { annotations, resourceVersion } = metadata;
  const initialEventsEnd = isRecord(annotations) && annotations["k8s.io/initial-events-end"] === "true";
  return { type: "BOOKMARK", resourceVersion, initialEventsEnd };
}
