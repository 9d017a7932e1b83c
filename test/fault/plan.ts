import type { KubeRequest, Verb } from "./kube-request.ts";
import type { WatchLine } from "./lines.ts";
import type { StaleList } from "./lists.ts";
import { type Random, seeded } from "./random.ts";

/** Which requests, or which events of which watches. What is absent does not matter; of a list any one will do. */
interface Match {
  readonly verb?: Verb | readonly Verb[];
  readonly resource?: string | readonly string[];
  readonly namespace?: string;
  /** For an event: that of its object. */
  readonly name?: string;
  readonly subresource?: string;
  /** Of a list, from 1. */
  readonly page?: number;
  /** Whether the connection has carried another request before. */
  readonly reused?: boolean;
  /** For events only: `BOOKMARK`, `ADDED`, …; absent: any but bookmarks. */
  readonly event?: string | readonly string[];
}

export interface Trigger extends Match {
  /** The first request or event that is struck, counted from 1 among those that match; default 1. `upTo`: drawn by the seed. */
  readonly nth?: number | { readonly upTo: number };
}

/** From the first one that is struck; default `{ times: 1 }`. Milliseconds. */
type Duration = { readonly times: number } | { readonly ms: number } | "always";

/** What is done to an event (a line of a watch). The trigger counts events. */
export type EventFault =
  | { readonly type: "swallow" }
  /** It comes so many times. */
  | { readonly type: "duplicate"; readonly times: number }
  /** Other lines in its place (see `hostile` in lines.ts); with `eof` the stream then ends cleanly. */
  | { readonly type: "replace"; readonly lines: readonly (string | Buffer)[]; readonly eof?: boolean }
  /** Other lines before it. */
  | { readonly type: "insert"; readonly lines: readonly (string | Buffer)[] }
  /**
   * The connection breaks before or after it, after so many bytes of it (negative: from its end), or inside its first
   * character of several bytes (in its middle, if it has none).
   */
  | { readonly type: "cut"; readonly at: "before" | "after" | "inCharacter" | number }
  /** The stream ends cleanly after it. */
  | { readonly type: "eof" }
  /** It and all that follow are held back, then all come at once; `Infinity`: half-open, also when the API server goes. */
  | { readonly type: "freeze"; readonly ms: number }
  /** It comes so many milliseconds later, and what follows waits behind it. */
  | { readonly type: "delay"; readonly ms: number }
  /** It comes one byte at a time. */
  | { readonly type: "drip"; readonly everyMs: number };

/** Before the API server has got the request; after it has answered, and before the client knows; after the client knows. */
export type Moment = "beforeSend" | "afterCommit" | "afterReply";

/** What is done to a request. The trigger counts requests. */
export type RequestFault =
  /** This answer, of which the API server knows nothing. Default content type: JSON. */
  | {
      readonly type: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly type: "wait"; readonly ms: number; readonly when?: Moment }
  /** The connection breaks; after the commit: the answer is lost. */
  | { readonly type: "drop"; readonly when: Moment }
  /** Never an answer, and the connection stays. */
  | { readonly type: "stall"; readonly when: "beforeSend" | "afterCommit" }
  /** The items of a list, or the initial events of a WatchList, in another order. */
  | { readonly type: "shuffle" }
  /** A list, or the initial events, of an older world; see `recordList`. A watch goes on from there after `holdMs`. */
  | { readonly type: "stale"; readonly list: StaleList; readonly holdMs: number }
  /** A watch ends cleanly after so many milliseconds. */
  | { readonly type: "eofAfter"; readonly ms: number }
  /** Anything: kill the process, change an object between two pages. What is awaited delays the request. */
  | { readonly type: "call"; readonly when: Moment; readonly run: (request: KubeRequest) => unknown };

export type Fault = EventFault | RequestFault;

/** A fault as data. The same seed gives the same plan. */
export interface Plan {
  readonly seed: number;
  readonly trigger: Trigger;
  readonly fault: Fault;
  readonly duration?: Duration;
  /** Whether it may be that nothing matches; else a scenario in which it never strikes has shown nothing, and fails. */
  readonly mayMiss?: boolean;
}

/** A fault that strikes now. `random` goes on from the plan's seed. */
export interface Struck<F extends Fault> {
  readonly fault: F;
  readonly random: Random;
}

const EVENT_FAULTS: ReadonlySet<Fault["type"]> = new Set<EventFault["type"]>([
  ...(["swallow", "duplicate", "replace", "insert", "cut", "eof", "freeze", "delay", "drip"] as const),
]);

/** The plans of one proxy, and how often each has matched. Time comes in as monotonic milliseconds. */
export class Plans {
  readonly #active: Active[] = [];
  readonly #all: Active[] = [];
  /** How often a fault struck, by its type. */
  readonly injected = new Map<string, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(plans: readonly Plan[]): void {
    const added = plans.map((plan) => new Active(plan));
    this.#active.push(...added);
    this.#all.push(...added);
  }

  /** No fault strikes from now on; what holds a stream or a request already goes on. */
  clear(): void {
    this.#active.length = 0;
  }

  /** Those that should have struck, and never did. */
  get missed(): Plan[] {
    return this.#all.filter(({ plan, hasStruck }) => plan.mayMiss !== true && !hasStruck).map(({ plan }) => plan);
  }

  /** All faults that strike a request. */
  forRequest(request: KubeRequest, about: { page: number; reused: boolean }): Struck<RequestFault>[] {
    const struck: Struck<RequestFault>[] = [];
    for (const active of this.#active) {
      const { fault, trigger } = active.plan;
      if (isEventFault(fault) || !matchesRequest(trigger, request) || !matchesAbout(trigger, about)) continue;
      if (trigger.name !== undefined && trigger.name !== request.name) continue;
      if (active.strikes(this.#now())) struck.push(this.#count({ fault, random: active.random }));
    }
    return struck;
  }

  /** The first fault that strikes an event; all that match have counted it. */
  forEvent(request: KubeRequest, line: WatchLine): Struck<EventFault> | undefined {
    let struck: Struck<EventFault> | undefined;
    for (const active of this.#active) {
      const { fault, trigger } = active.plan;
      if (!isEventFault(fault) || !matchesRequest(trigger, request) || !matchesEvent(trigger, line)) continue;
      if (active.strikes(this.#now())) struck ??= { fault, random: active.random };
    }
    return struck && this.#count(struck);
  }

  #count<T extends Struck<Fault>>(struck: T): T {
    const { type } = struck.fault;
    this.injected.set(type, (this.injected.get(type) ?? 0) + 1);
    return struck;
  }
}

class Active {
  readonly plan: Plan;
  readonly random: Random;
  readonly #first: number;
  #matched = 0;
  #firstAt: number | undefined;

  constructor(plan: Plan) {
    this.plan = plan;
    this.random = seeded(plan.seed);
    const { nth = 1 } = plan.trigger;
    this.#first = typeof nth === "number" ? nth : 1 + Math.floor(this.random() * nth.upTo);
  }

  get hasStruck(): boolean {
    return this.#firstAt !== undefined;
  }

  /** Counts one that matches. */
  strikes(now: number): boolean {
    this.#matched += 1;
    if (this.#matched < this.#first) return false;
    this.#firstAt ??= now;
    const { duration = { times: 1 } } = this.plan;
    if (duration === "always") return true;
    if ("ms" in duration) return now - this.#firstAt < duration.ms;
    return this.#matched < this.#first + duration.times;
  }
}

function isEventFault(fault: Fault): fault is EventFault {
  return EVENT_FAULTS.has(fault.type);
}

function isOneOf(wanted: string | readonly string[] | undefined, is: string): boolean {
  return wanted === undefined || (typeof wanted === "string" ? wanted === is : wanted.includes(is));
}

function matchesRequest({ verb, resource, namespace, subresource }: Match, request: KubeRequest): boolean {
  return (
    isOneOf(verb, request.verb) &&
    isOneOf(resource, request.resource) &&
    (namespace === undefined || namespace === request.namespace) &&
    (subresource === undefined || subresource === request.subresource)
  );
}

function matchesAbout({ page, reused }: Match, about: { page: number; reused: boolean }): boolean {
  return (page === undefined || page === about.page) && (reused === undefined || reused === about.reused);
}

function matchesEvent({ event, name }: Match, line: WatchLine): boolean {
  const isWanted = event === undefined ? line.type !== "BOOKMARK" : isOneOf(event, line.type);
  return isWanted && (name === undefined || name === line.name);
}
