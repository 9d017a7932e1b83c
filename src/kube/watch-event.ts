import type { Resource } from "../api/object.ts";
import { ApiError } from "./errors.ts";
import { isRecord, parseCustomResource, parseJson } from "./json.ts";
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
  const parse = resource.group === "" ? parseJson : parseCustomResource;
  const event = parse(line, `a line in the ${where}`);
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

function parseBookmark(object: unknown, where: string): WatchEvent {
  const metadata = isRecord(object) ? object.metadata : undefined;
  if (!isRecord(metadata) || !isResourceVersion(metadata.resourceVersion)) {
    throw new ApiError("Protocol", `${where}: a bookmark without a resourceVersion`);
  }
  const { annotations, resourceVersion } = metadata;
  const initialEventsEnd = isRecord(annotations) && annotations["k8s.io/initial-events-end"] === "true";
  return { type: "BOOKMARK", resourceVersion, initialEventsEnd };
}
