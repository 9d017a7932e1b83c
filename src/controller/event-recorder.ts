import { crds } from "../api/generated/schemas.ts";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../api/kinds.ts";
import { type Clock, sleep } from "../kube/clock.ts";
import { isForbidden, isNotFound } from "../kube/errors.ts";
import type { EventClient, ObjectReference, SentEvent } from "../kube/event.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import { apiVersionOf } from "../kube/path.ts";
import type { Logger } from "../observe/log.ts";
import type { EngineObserver, WrittenKind } from "./engine.ts";
import { applianceTransitions, policyTransitions, type Transition, vmTransitions } from "./transitions.ts";

/** Events that may come at once, and how many more a second: a change of every VM must not double the server's writes. */
const BURST = 100;
const PER_SECOND = 5;
/** Milliseconds within which the same thing said again is counted on the first Event, and between two such counts. */
const SERIES = 600_000;
const SERIES_EVERY = 30_000;
/** Things that were said and are remembered for that. */
const REMEMBERED = 1_000;
/** Attempts at one Event, and milliseconds before the second one. */
const ATTEMPTS = 3;
const RETRY_AFTER = 500;
/** Milliseconds that what is waiting has at the end. */
const GRACE = 500;
/** A line about dropped Events in so many milliseconds. */
const SAY_EVERY = 10_000;

export interface EventRecorderOptions {
  readonly client: EventClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onResult: (reason: string, result: "sent" | "dropped" | "failed") => void;
}

interface Said {
  /** Absent while it is on its way. */
  event?: SentEvent;
  readonly since: number;
  count: number;
  toldAt: number;
}

/**
 * Makes Events of what changes: on transitions only, the same thing once, and never more than the server can well do
 * without: what is over the budget is dropped and counted. Nothing waits for it.
 */
export class EventRecorder implements EngineObserver, AsyncDisposable {
  readonly #options: EventRecorderOptions;
  readonly #end = new AbortController();
  /** By what was said about which object. */
  readonly #said = new Map<string, Said>();
  readonly #waiting: (() => Promise<void>)[] = [];
  #sending: Promise<void> | undefined;
  #tokens = BURST;
  #tokensAt = 0;
  #dropped = 0;
  #saidDroppedAt = Number.NEGATIVE_INFINITY;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  onWritten(kind: WrittenKind, before: StoredObject, after: StoredObject): void {
    for (const transition of transitionsOf(kind, before, after)) this.#record(kind, before, transition);
  }

  onStuck(
    kind: WrittenKind,
    object: StoredObject,
    { type, error }: { type: "failed" | "refused"; error: unknown },
  ): void {
    const why = error instanceof Error ? error.message : String(error);
    const [reason, said] =
      type === "failed" ? ["DecisionFailed", "No decision could be made"] : ["StatusRefused", "The status is refused"];
    this.#record(kind, object, { type: "Warning", reason, action: "Decide", note: `${said}: ${why}` });
  }

  /** What was waiting gets a moment; then nothing more is sent. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { clock } = this.#options;
    const grace = new AbortController();
    await Promise.race([this.#sending, sleep(clock, GRACE, grace.signal).catch(() => {})]);
    grace.abort();
    this.#end.abort();
    this.#waiting.length = 0;
  }

  #record(kind: WrittenKind, object: StoredObject, transition: Transition): void {
    const { clock } = this.#options;
    const { uid = "" } = object.metadata;
    const { reason, note, relatedPolicy } = transition;
    const id = `${uid} ${reason} ${relatedPolicy ?? ""} ${note}`;
    const now = clock.monotonic();
    const said = this.#said.get(id);
    if (said !== undefined && now - said.since < SERIES) {
      this.#again(said, reason);
      return;
    }
    if (!this.#takeToken(now)) {
      this.#drop(reason);
      return;
    }
    const one: Said = { since: now, count: 1, toldAt: now };
    this.#remember(id, one);
    const time = clock.now();
    this.#enqueue(reason, async () => {
      one.event = await this.#options.client.create({
        ...transition,
        regarding: reference(kind, object),
        ...(relatedPolicy !== undefined && { related: { ...referenceTo("AffinityPolicy"), name: relatedPolicy } }),
        time,
        unique: `${Math.floor(time).toString(16)}${Math.floor(clock.random() * 2 ** 32).toString(16)}`,
      });
    });
  }

  /** It happened before: that is told now and then, as a number on the first Event. */
  #again(said: Said, reason: string): void {
    const { clock, client } = this.#options;
    const now = clock.monotonic();
    said.count += 1;
    if (said.event === undefined || now - said.toldAt < SERIES_EVERY || !this.#takeToken(now)) return;
    said.toldAt = now;
    const { event, count } = said;
    this.#enqueue(reason, () => client.repeat(event, { count, time: clock.now() }));
  }

  #takeToken(now: number): boolean {
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#tokensAt) * PER_SECOND) / 1000);
    this.#tokensAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #drop(reason: string): void {
    const { clock, log, onResult } = this.#options;
    onResult(reason, "dropped");
    this.#dropped += 1;
    const now = clock.monotonic();
    if (now - this.#saidDroppedAt < SAY_EVERY) return;
    log.info({ dropped: this.#dropped }, "more has changed than Events are sent for: see the statuses and metrics");
    this.#saidDroppedAt = now;
    this.#dropped = 0;
  }

  #remember(id: string, said: Said): void {
    this.#said.delete(id);
    this.#said.set(id, said);
    if (this.#said.size <= REMEMBERED) return;
    for (const oldest of this.#said.keys()) {
      this.#said.delete(oldest);
      return;
    }
  }

  /** One request at a time. The budget bounds how many wait. */
  #enqueue(reason: string, send: () => Promise<void>): void {
    if (this.#end.signal.aborted) return;
    this.#waiting.push(() => this.#attempt(reason, send));
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined;
    });
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) await next();
  }

  async #attempt(reason: string, send: () => Promise<void>): Promise<void> {
    const { clock, log, onResult } = this.#options;
    const { signal } = this.#end;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await send();
        onResult(reason, "sent");
        return;
      } catch (error) {
        // A namespace that ends takes no Events; rights that are missing do not come by waiting.
        if (attempt === ATTEMPTS || isForbidden(error) || isNotFound(error)) {
          onResult(reason, "failed");
          log.debug({ reason, err: error }, "an Event could not be sent");
          return;
        }
        await sleep(clock, RETRY_AFTER * 2 ** (attempt - 1), signal).catch(() => {});
      }
    }
  }
}

function transitionsOf(kind: WrittenKind, before: StoredObject, after: StoredObject): Transition[] {
  switch (kind) {
    case "ProtectedVM":
      return vmTransitions((before as ProtectedVM).status, (after as ProtectedVM).status ?? {});
    case "AffinityPolicy":
      return policyTransitions((before as AffinityPolicy).status, (after as AffinityPolicy).status ?? {});
    case "Appliance":
      return applianceTransitions((before as Appliance).status, (after as Appliance).status ?? {});
  }
}

function referenceTo(kind: WrittenKind): { apiVersion: string; kind: string } {
  return { apiVersion: apiVersionOf(crds[kind].resource), kind };
}

function reference(kind: WrittenKind, { metadata: { name, namespace, uid } }: StoredObject): ObjectReference {
  return { ...referenceTo(kind), name, ...(namespace && { namespace }), ...(uid && { uid }) };
}
