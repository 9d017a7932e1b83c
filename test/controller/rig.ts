import { isDeepStrictEqual } from "node:util";
import type { StoredAppliance, StoredPolicy, StoredVm } from "../../src/controller/changes.ts";
import { Engine } from "../../src/controller/engine.ts";
import { sleep } from "../../src/kube/clock.ts";
import { settle, VirtualClock } from "../kube/virtual-clock.ts";
import { resolve, type Statuses } from "../resolve/estate.ts";
import { ApiServer, type Kind, type ServerEvent } from "./api-server.ts";

/** How events travel: milliseconds by kind, and how often each arrives. In a kind they stay in order, as in a watch. */
export interface Travel {
  delay: (kind: Kind) => number;
  copies: () => number;
}

export const KINDS: readonly Kind[] = ["Namespace", "Appliance", "AffinityPolicy", "ProtectedVM"];

interface Feed {
  cut: boolean;
  readonly lastDue: Map<Kind, number>;
}

/** An engine on an API server, in virtual time. */
export class Rig {
  readonly clock = new VirtualClock();
  readonly server = new ApiServer();
  readonly handlerErrors: unknown[] = [];
  readonly outcomes: { kind: string; key: string; type: string }[] = [];
  travel: Travel = { delay: () => 0, copies: () => 1 };
  concurrency = 16;
  engine: Engine;
  #open = true;
  #feed: Feed;

  constructor() {
    this.#feed = { cut: false, lastDue: new Map() };
    this.engine = this.#engine();
    this.server.onEvent = (event) => this.#send(event);
  }

  /** Milliseconds that each request takes on its way, and its answer on the way back. */
  set latency(ms: number) {
    // Who waits for the same moment shares a timer: virtual time goes from timer to timer.
    let moment = -1;
    let shared = Promise.resolve();
    this.server.latency = () => {
      if (ms === 0) return Promise.resolve();
      if (moment !== this.clock.monotonic()) shared = sleep(this.clock, ms);
      moment = this.clock.monotonic();
      return shared;
    };
  }

  /** As at a program's start: every kind is listed (in this order), then the engine begins. */
  async start(order: readonly Kind[] = KINDS): Promise<void> {
    this.list(order);
    this.engine.start();
    await settle();
  }

  list(order: readonly Kind[] = KINDS): void {
    for (const kind of order) for (const object of this.server.all(kind)) this.#take({ type: "SET", kind, object });
  }

  /** Ends this engine in order, and begins another with empty stores. */
  async restart(order: readonly Kind[] = KINDS): Promise<void> {
    this.#feed.cut = true;
    const stopped = this.engine.stop();
    for (let waits = 0; waits < 100; waits++) await this.clock.advance(10);
    await stopped;
    this.#feed = { cut: false, lastDue: new Map() };
    this.engine = this.#engine();
    await this.start(order);
  }

  /** Says, as the controller does, whether every kind has a complete list. */
  set open(open: boolean) {
    const before = this.#open;
    this.#open = open;
    if (open && !before) {
      this.engine.resume();
      this.engine.schedule();
    }
  }

  /** Long enough for every wait there is, but those for the server's sake. */
  async rest(ms = 30_000): Promise<void> {
    await this.clock.advance(ms);
  }

  /** What every status has to be: resolved from scratch. Times carry over from what is there, so they must agree, too. */
  expected(): Statuses {
    const { vms, policies, appliances } = this.server;
    const namespaces = Object.fromEntries(
      this.server.all("Namespace").map(({ metadata: { name, labels = {} } }) => [name, labels]),
    );
    return resolve({ namespaces, vms, policies, appliances });
  }

  /** The objects whose status is not what it has to be, `kind key`. */
  wrong(expected = this.expected()): string[] {
    const { vms, policies, appliances } = expected;
    return Object.entries({ ProtectedVM: vms, AffinityPolicy: policies, Appliance: appliances }).flatMap(
      ([kind, statuses]) =>
        [...statuses]
          .filter(([key, status]) => !isDeepStrictEqual(status, this.server.get(kind as Kind, key)?.status))
          .map(([key]) => `${kind} ${key}`),
    );
  }

  #engine(): Engine {
    return new Engine({
      clock: this.clock,
      managerVersion: "20.0",
      concurrency: this.concurrency,
      put: (resource, write) => {
        if (!this.#open) this.server.violations.push(`${write.metadata.name}: written while the gate is closed`);
        return this.server.putStatus(resource, write);
      },
      isOpen: () => this.#open,
      observers: [
        {
          onOutcome: ({ kind, key }, { type }) => this.outcomes.push({ kind, key, type }),
          onHandlerError: (error) => this.handlerErrors.push(error),
        },
      ],
    });
  }

  #send(event: ServerEvent): void {
    const feed = this.#feed;
    for (let copy = this.travel.copies(); copy > 0; copy--) {
      const now = this.clock.monotonic();
      const due = Math.max(feed.lastDue.get(event.kind) ?? 0, now + this.travel.delay(event.kind));
      if (due <= now) {
        this.#take(event);
        continue;
      }
      feed.lastDue.set(event.kind, due);
      this.clock.setTimeout(() => {
        if (!feed.cut) this.#take(event);
      }, due - now);
    }
  }

  /** Each event has an object of its own, as if it had been parsed. */
  #take({ type, kind, object }: ServerEvent): void {
    const { vms, policies, appliances, namespaces } = this.engine.stores;
    const one = { ...object };
    const change = type === "SET" ? "apply" : "delete";
    switch (kind) {
      case "ProtectedVM":
        vms[change](one as StoredVm);
        break;
      case "AffinityPolicy":
        policies[change](one as StoredPolicy);
        break;
      case "Appliance":
        appliances[change](one as StoredAppliance);
        break;
      case "Namespace":
        namespaces[change](one);
        break;
    }
  }
}
