import { crds } from "../api/generated/schemas.ts";
import type { Resource } from "../api/object.ts";
import { Reflector, type ReflectorState } from "../cache/reflector.ts";
import type { Store } from "../cache/store.ts";
import { type Clock, sleep } from "../kube/clock.ts";
import { listWatch } from "../kube/list-watch.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import { putStatus } from "../kube/status.ts";
import type { Transport } from "../kube/transport.ts";
import type { Logger } from "../observe/log.ts";
import { Engine } from "./engine.ts";
import { logOutcomes } from "./outcome-log.ts";

const NAMESPACES: Resource = { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false };

/** Milliseconds that writes which are under way have at the end: SIGTERM is to be over in 5 s. */
const GRACE = 3000;

export interface ControllerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Dotted numbers, 9.6 or later (SPEC R5). */
  readonly managerVersion: string;
  /** VM statuses written at a time: 8 to 16 use all that an API server gives, more only add latency. */
  readonly concurrency: number;
  readonly log: Logger;
}

/** Keeps the store of a kind that decisions depend on. */
type Input = Pick<Reflector<StoredObject>, "state" | "start" | "stop">;

/**
 * The controller: four kinds come in by list and watch, statuses go out. While a kind has no complete list nothing is
 * written: what is missing may be missing only because of an error.
 */
export class Controller {
  readonly #inputs: readonly Input[];
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Kinds whose last list or stream failed. */
  readonly #failing = new Set<string>();
  #open = false;
  #started = false;

  constructor({ transport, clock, managerVersion, concurrency, log }: ControllerOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#engine = new Engine({
      clock,
      managerVersion,
      concurrency,
      put: async (resource, write) => withoutAnnotations(await putStatus(transport, resource, write)),
      isOpen: () => this.#isOpen(),
      observer: logOutcomes(log, clock),
    });
    const input = <T extends StoredObject>(
      resource: Resource,
      store: Store<T>,
      project: (raw: StoredObject) => NoInfer<T>,
    ): Input => {
      const { kind } = resource;
      return new Reflector<T>({
        listWatch: listWatch(transport, resource, clock),
        store,
        project,
        clock,
        onState: (state) => this.#stateChanged(kind, state),
        onError: (error, during) => log.warn({ kind, err: error }, `${during} failed, trying again`),
      });
    };
    const { vms, policies, appliances, namespaces } = this.#engine.stores;
    this.#inputs = [
      input(NAMESPACES, namespaces, withoutSpec),
      input(crds.Appliance.resource, appliances, withoutAnnotations),
      input(crds.AffinityPolicy.resource, policies, withoutAnnotations),
      input(crds.ProtectedVM.resource, vms, withoutAnnotations),
    ];
  }

  /** Works until the signal is aborted; then ends what is under way and returns. */
  async run(signal: AbortSignal): Promise<void> {
    for (const input of this.#inputs) input.start();
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    // The writes that are under way end, but for one that hangs: the transport's close ends that.
    const grace = new AbortController();
    await Promise.race([this.#engine.stop(), sleep(this.#clock, GRACE, grace.signal).catch(() => {})]);
    grace.abort();
    await Promise.all(this.#inputs.map((input) => input.stop()));
  }

  /** Whether statuses may be written. Fail static: a store that is being replaced counts as incomplete, too. */
  #isOpen(): boolean {
    return this.#inputs.every(({ state }) => state.synced && state.complete);
  }

  #stateChanged(kind: string, state: ReflectorState): void {
    this.#log.debug({ kind, synced: state.synced, complete: state.complete }, "input changed its state");
    const open = this.#isOpen();
    const recovered = state.lastError === undefined && this.#failing.delete(kind);
    if (state.lastError !== undefined) this.#failing.add(kind);
    if (open && !this.#started) {
      this.#started = true;
      this.#log.info(this.#engine.sizes, "all kinds are listed, deciding");
      this.#engine.start();
    } else if (open && (recovered || !this.#open)) {
      if (!this.#open) this.#log.info("all kinds are complete again, going on");
      this.#engine.resume();
    } else if (!open && this.#open) {
      this.#log.warn({ kind }, "a kind has no complete list: nothing is written until it has");
    }
    this.#open = open;
    if (open) this.#engine.schedule();
  }
}

/** What no rule reads can be larger than all the rest: managedFields are 75 % of an object's heap. */
function withoutAnnotations<T extends StoredObject>(raw: StoredObject): T {
  // Assigned, not deleted: `delete` makes the object slower and 750 bytes larger.
  Object.assign(raw.metadata, { annotations: undefined, managedFields: undefined });
  return raw as T;
}

/** Of a namespace only the labels count. */
function withoutSpec({ metadata: { name, uid, resourceVersion, labels } }: StoredObject): StoredObject {
  return { metadata: { name, resourceVersion, ...(uid && { uid }), ...(labels && { labels }) } };
}
