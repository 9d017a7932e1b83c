import type { StoredObject } from "../kube/parse-object.ts";
import type { Owner } from "../resolve/index.ts";
import type { QueueObserver } from "./queue.ts";
import type { Outcome } from "./workers.ts";

/** The kinds whose statuses are written. */
export type WrittenKind = "ProtectedVM" | Owner["kind"];

/** Told about what the engine does, for log, metrics and Events. */
export interface EngineObserver {
  /** An object was looked at, which took so many milliseconds. */
  onOutcome?(object: { readonly kind: WrittenKind; readonly key: string }, outcome: Outcome, durationMs: number): void;
  /** A status was written: the object as it was, and its status now. */
  onWritten?(kind: WrittenKind, before: StoredObject, after: StoredObject): void;
  /** The rules failed on an object, or the server refuses its status for good. */
  onStuck?(kind: WrittenKind, object: StoredObject, outcome: Stuck): void;
  onHandlerError?(error: unknown, key: string): void;
  /** What happens in a queue; asked for once. */
  queueObserver?(name: QueueName): QueueObserver;
}

type Stuck = Extract<Outcome, { readonly type: "failed" | "refused" }>;

export type QueueName = "protectedvm" | "owner";
