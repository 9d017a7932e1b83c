import { crds } from "../api/generated/schemas.ts";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../api/kinds.ts";
import { type Clock, sleep } from "../kube/clock.ts";
import { ApiError, isPermanentRefusal } from "../kube/errors.ts";
import type { EventClient, EventToSend, ObjectReference, SentEvent } from "../kube/event.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import { apiVersionOf } from "../kube/path.ts";
import type { Logger } from "../observe/log.ts";
import type { EngineObserver, WrittenKind } from "./observer.ts";
import { applianceTransitions, policyTransitions, type Transition, vmTransitions } from "./transitions.ts";

/** Events that may come at once, and how many more a second: a change of every VM must not double the server's writes. */
const BURST = 100;
const PER_SECOND = 5;
/** Milliseconds within which the same thing said again is counted on the first Event, and between two such counts. */
const SERIES = 600_000;
const SERIES_EVERY = 30_000;
/** Things that were said and are remembered for that. */
const REMEMBERED = 1_000;
/** Requests that wait: a server that is slow with Events alone must not fill the memory. */
const WAITING = 1_000;
/** While statuses wait to be written an Event waits, but not longer than so many milliseconds; how often that is looked at. */
const LONGEST_WAIT = 1_000;
const LOOK_EVERY = 100;
/** Attempts at one Event, and milliseconds before the second one. */
const ATTEMPTS = 3;
const RETRY_AFTER = 500;
/** Milliseconds that what is waiting has at the end. */
const GRACE = 500;
/** A line about dropped Events in so many milliseconds, with all of them in it. */
const SAY_EVERY = 10_000;

export interface EventRecorderOptions {
  readonly client: EventClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether statuses wait to be written: they come first. */
  readonly isBusy: () => boolean;
  readonly onResult: (reason: string, result: "sent" | "dropped" | "failed") => void;
}

interface Said {
  readonly id: string;
  readonly reason: string;
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
  #ending = false;
  #dropped = 0;
  /** Runs while there are dropped Events that the log does not know of. */
  #saying: Disposable | undefined;

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
    this.#ending = true;
    const grace = new AbortController();
    await Promise.race([this.#sending, sleep(clock, GRACE, grace.signal).catch(() => {})]);
    grace.abort();
    this.#end.abort();
    this.#waiting.length = 0;
    this.#sayDropped();
  }

  #record(kind: WrittenKind, object: StoredObject, transition: Transition): void {
    if (this.#end.signal.aborted) return;
    const { clock } = this.#options;
    const { uid = "" } = object.metadata;
    const { reason, note, relatedPolicy } = transition;
    const id = `${uid} ${reason} ${relatedPolicy ?? ""} ${note}`;
    const now = clock.monotonic();
    const said = this.#said.get(id);
    if (said !== undefined && now - said.since < SERIES) {
      this.#again(said);
      return;
    }
    if (!this.#takeToken(now)) {
      this.#drop(reason);
      return;
    }
    const one: Said = { id, reason, since: now, count: 1, toldAt: now };
    this.#remember(one);
    const time = clock.now();
    // Each attempt is at the same Event, or one whose answer was lost would be there twice.
    const event: EventToSend = {
      ...transition,
      regarding: reference(kind, object),
      ...(relatedPolicy !== undefined && { related: { ...referenceTo("AffinityPolicy"), name: relatedPolicy } }),
      time,
      unique: `${Math.floor(time).toString(16)}${Math.floor(clock.random() * 2 ** 32).toString(16)}`,
    };
    this.#enqueue(one, async () => {
      one.event = await this.#options.client.create(event);
    });
  }

  /** It happened before: that is told now and then, as a number on the first Event. */
  #again(said: Said): void {
    const { clock, client } = this.#options;
    const now = clock.monotonic();
    said.count += 1;
    if (said.event === undefined || now - said.toldAt < SERIES_EVERY || !this.#takeToken(now)) return;
    said.toldAt = now;
    const { event, count } = said;
    const time = clock.now();
    this.#enqueue(said, () => client.repeat(event, { count, time }));
  }

  #takeToken(now: number): boolean {
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#tokensAt) * PER_SECOND) / 1000);
    this.#tokensAt = now;
    if (this.#tokens < 1 || this.#waiting.length >= WAITING) return false;
    this.#tokens -= 1;
    return true;
  }

  #drop(reason: string): void {
    const { clock, onResult } = this.#options;
    onResult(reason, "dropped");
    this.#dropped += 1;
    this.#saying ??= clock.setTimeout(() => this.#sayDropped(), SAY_EVERY);
  }

  #sayDropped(): void {
    const { log } = this.#options;
    this.#saying?.[Symbol.dispose]();
    this.#saying = undefined;
    if (this.#dropped === 0) return;
    log.info({ dropped: this.#dropped }, "more has changed than Events are sent for: see the statuses and metrics");
    this.#dropped = 0;
  }

  #remember(said: Said): void {
    this.#said.delete(said.id);
    this.#said.set(said.id, said);
    if (this.#said.size <= REMEMBERED) return;
    for (const oldest of this.#said.keys()) {
      this.#said.delete(oldest);
      return;
    }
  }

  /** There is no Event of it (any more): the next time it is news. */
  #forget(said: Said): void {
    if (this.#said.get(said.id) === said) this.#said.delete(said.id);
  }

  /** One request at a time. */
  #enqueue(said: Said, send: () => Promise<void>): void {
    this.#waiting.push(() => this.#attempt(said, send));
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined;
    });
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await this.#statusesFirst();
      await next();
    }
  }

  async #statusesFirst(): Promise<void> {
    const { clock, isBusy } = this.#options;
    const { signal } = this.#end;
    for (let ms = 0; ms < LONGEST_WAIT && isBusy() && !this.#ending && !signal.aborted; ms += LOOK_EVERY) {
      await sleep(clock, LOOK_EVERY, signal).catch(() => {});
    }
  }

  async #attempt(said: Said, send: () => Promise<void>): Promise<void> {
    const { clock, log, onResult } = this.#options;
    const { signal } = this.#end;
    const { reason } = said;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await send();
        onResult(reason, "sent");
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || !mayPass(error)) {
          this.#forget(said);
          onResult(reason, "failed");
          log.debug({ reason, err: error }, "an Event could not be sent");
          return;
        }
        const asked = error.retryAfterMs ?? 0;
        await sleep(clock, Math.max(asked, RETRY_AFTER * 2 ** (attempt - 1)), signal).catch(() => {});
      }
    }
  }
}

/**
 * Whether it is worth another attempt. A namespace that ends takes no Events, rights that are missing do not come by
 * waiting, and what is invalid stays so.
 */
function mayPass(error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || isPermanentRefusal(error)) return false;
  const { code, httpStatus = 0 } = error;
  return code === "Network" || code === "Timeout" || httpStatus === 429 || httpStatus >= 500;
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
