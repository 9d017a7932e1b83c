import type { Resource } from "../api/object.ts";
import { isAlreadyExists } from "./errors.ts";
import { microTime } from "./micro-time.ts";
import { apiVersionOf, resourcePath } from "./path.ts";
import type { Transport } from "./transport.ts";

const EVENTS: Resource = { group: "events.k8s.io", version: "v1", plural: "events", kind: "Event", namespaced: true };

/** Bytes of a note, and characters of a name: what the API server allows. */
const MAX_NOTE = 1024;
const MAX_NAME = 253;
/** Milliseconds for one request: an Event is worth no more. */
const TIMEOUT = 5_000;

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
}

export interface EventToSend {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly action: string;
  readonly note: string;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Makes the name one that no other Event has. */
  readonly unique: string;
}

export interface SentEvent {
  readonly name: string;
  readonly namespace: string;
}

export interface EventClient {
  /** One that is there already (an earlier attempt got through) is fine. Throws an ApiError. */
  create(event: EventToSend): Promise<SentEvent>;
  /** Says that it happened again: so many times in all, last at `time` (milliseconds since 1970). */
  repeat(event: SentEvent, series: { readonly count: number; readonly time: number }): Promise<void>;
}

/** Sends Events (events.k8s.io/v1) in the name of one process. */
export function eventClient(
  transport: Transport,
  { controller, instance }: { controller: string; instance: string },
): EventClient {
  return {
    async create({ type, reason, action, note, regarding, related, time, unique }) {
      // The Event of an object without a namespace stands in `default`.
      const { namespace = "default" } = regarding;
      const name = `${regarding.name.slice(0, MAX_NAME - unique.length - 1).replace(/[.-]+$/, "")}.${unique}`;
      const body = {
        apiVersion: apiVersionOf(EVENTS),
        kind: EVENTS.kind,
        metadata: { name, namespace },
        eventTime: microTime(time),
        reportingController: controller,
        reportingInstance: instance.slice(0, 128),
        type,
        reason,
        action,
        note: oneLine(note),
        regarding,
        ...(related && { related }),
      };
      const path = resourcePath(EVENTS, { namespace });
      try {
        await transport.requestJson({ method: "POST", path, body, timeoutMs: TIMEOUT, once: true });
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
      }
      return { name, namespace };
    },
    async repeat({ name, namespace }, { count, time }) {
      await transport.requestJson({
        method: "PATCH",
        path: resourcePath(EVENTS, { namespace, name }),
        contentType: "application/merge-patch+json",
        body: { series: { count, lastObservedTime: microTime(time) } },
        timeoutMs: TIMEOUT,
        once: true,
      });
    },
  };
}

/** Without what would break a line or turn its direction, and no longer than is allowed: 1,024 bytes. */
function oneLine(text: string): string {
  const line = text.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, " ");
  const bytes = Buffer.from(line, "utf8");
  if (bytes.length <= MAX_NOTE) return line;
  // A character that is cut in two becomes U+FFFD at the end, which takes three bytes as well.
  return `${bytes
    .subarray(0, MAX_NOTE - 6)
    .toString("utf8")
    .replace(/\uFFFD+$/, "")}…`;
}
