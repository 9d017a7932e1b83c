import { once } from "node:events";
import { crds } from "../api/generated/schemas.ts";
import type { Resource } from "../api/object.ts";
import { Reflector, type ReflectorState } from "../cache/reflector.ts";
import type { Store } from "../cache/store.ts";
import { type Clock, sleep } from "../kube/clock.ts";
import { ApiError } from "../kube/errors.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import { Scope } from "../kube/scope.ts";
import type { StatusWrite } from "../kube/status.ts";
import type { Logger } from "../observe/log.ts";
import type { Api } from "./api.ts";
import { Engine } from "./engine.ts";
import type { Leader } from "./leader.ts";
import type { EngineObserver } from "./observer.ts";
import { logOutcomes } from "./outcome-log.ts";
import { projectNamespace, projectOwner, projectVm } from "./project.ts";

const NAMESPACES: Resource = { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false };

/** Milliseconds that writes which are under way have at the end: SIGTERM is to be over in 5 s, the lease's release included. */
const GRACE = 2000;
/** Milliseconds for one write. */
const WRITE_TIMEOUT = 30_000;

export interface ControllerOptions {
  readonly api: Api;
  readonly clock: Clock;
  /** Dotted numbers, 9.6 or later (SPEC R5). */
  readonly managerVersion: string;
  /** VM statuses written at a time in mass work. */
  readonly concurrency: number;
  /** Milliseconds between full lists of a kind. */
  readonly relistMs: number;
  /** Absent: no election, this process always leads. */
  readonly leader?: Leader;
  /** Whether to end as soon as everything is settled. */
  readonly once?: boolean;
  readonly log: Logger;
  /** Told about everything that happens, besides the log. */
  readonly observers?: readonly ControllerObserver[];
}

export interface ControllerObserver extends EngineObserver {
  /** A list or a watch failed; it is tried again. */
  onInputError?(kind: string, during: "list" | "watch"): void;
}

/** Why a controller ended. */
export type End = "stopped" | "lease lost" | "at rest";

/** Keeps the store of a kind that decisions depend on. */
interface Input extends Pick<Reflector<StoredObject>, "state" | "start" | "stop"> {
  readonly kind: string;
  /** Objects that there are. */
  readonly size: number;
}

/**
 * The controller: four kinds come in by list and watch, statuses go out. While a kind has no complete list nothing is
 * written: what is missing may be missing only because of an error. Nor while another process leads; then the stores
 * are kept up to date, so that this one can take over at once.
 */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #inputs: readonly Input[];
  readonly #engine: Engine;
  /** Aborted when nothing may be written any more, not even what was sent. */
  readonly #writes = new AbortController();
  /** Kinds whose last list or stream failed. */
  readonly #failing = new Set<string>();
  readonly #atRest = Promise.withResolvers<End>();
  #complete = false;
  #started = false;

  constructor(options: ControllerOptions) {
    this.#options = options;
    const { api, clock, managerVersion, concurrency, relistMs, once = false, observers = [], log } = options;
    this.#engine = new Engine({
      clock,
      managerVersion,
      concurrency,
      put: (resource, write) => this.#put(resource, write),
      isOpen: () => this.#isOpen(),
      observers: [logOutcomes(log, clock), ...observers],
      ...(once && { onRest: () => this.#atRest.resolve("at rest") }),
    });
    const input = <T extends StoredObject>(
      resource: Resource,
      store: Store<T>,
      project: (raw: StoredObject) => NoInfer<T>,
    ): Input => {
      const { kind } = resource;
      const reflector = new Reflector<T>({
        listWatch: api.listWatch(resource),
        store,
        project,
        clock,
        relistMs,
        onState: (state) => this.#stateChanged(kind, state),
        onError: (error, during) => {
          log.warn({ kind, err: error }, `${during} failed, trying again`);
          for (const observer of observers) observer.onInputError?.(kind, during);
        },
      });
      return {
        kind,
        get state() {
          return reflector.state;
        },
        get size() {
          return store.size;
        },
        start: () => reflector.start(),
        stop: () => reflector.stop(),
      };
    };
    const { vms, policies, appliances, namespaces } = this.#engine.stores;
    this.#inputs = [
      input(NAMESPACES, namespaces, projectNamespace),
      input(crds.Appliance.resource, appliances, projectOwner),
      input(crds.AffinityPolicy.resource, policies, projectOwner),
      input(crds.ProtectedVM.resource, vms, projectVm),
    ];
  }

  /** Works until the signal is aborted or there is another reason to end; ends what is under way, and says why it ended. */
  async run(signal: AbortSignal): Promise<End> {
    const { clock } = this.#options;
    using scope = new Scope(clock, [signal]);
    for (const input of this.#inputs) input.start();
    const leading = this.#lead(scope.signal);
    try {
      const end = await Promise.race([leading, this.#atRest.promise]);
      if (end === "lease lost") this.#writes.abort(new ApiError("Aborted", "the lease is lost"));
      return end;
    } finally {
      scope.end(new ApiError("Aborted", "the controller ends"));
      // How it ended is told above.
      await leading.catch(() => {});
      await this.#end();
    }
  }

  /** Lets writes that are under way end for a moment; gives the lease back only when none can arrive any more. */
  async #end(): Promise<void> {
    const grace = new AbortController();
    await Promise.race([this.#engine.stop(), sleep(this.#options.clock, GRACE, grace.signal).catch(() => {})]);
    grace.abort();
    this.#writes.abort(new ApiError("Aborted", "the controller ends"));
    await Promise.all([this.#release(), ...this.#inputs.map((input) => input.stop())]);
  }

  /** What the controller knows of each kind, for probes and metrics. */
  get inputs(): readonly { readonly kind: string; readonly state: ReflectorState; readonly size: number }[] {
    return this.#inputs;
  }

  /** How the VMs are doing. */
  get counts(): Engine["counts"] {
    return this.#engine.counts;
  }

  get load(): Engine["load"] {
    return this.#engine.load;
  }

  /** Objects whose status the server refuses for good, or whose rules fail. */
  get unsettled(): number {
    return this.#engine.unsettled;
  }

  get leads(): boolean {
    return this.#options.leader?.leads ?? true;
  }

  /** Takes the lease and keeps it. */
  async #lead(signal: AbortSignal): Promise<End> {
    const { leader, log } = this.#options;
    try {
      if (leader === undefined) {
        if (!signal.aborted) await once(signal, "abort");
        return "stopped";
      }
      log.info("waiting for the lease");
      await leader.acquire(signal);
      log.info("leading");
      this.#look(false);
      await leader.hold(signal);
      return "lease lost";
    } catch (error) {
      if (!signal.aborted) throw error;
      return "stopped";
    }
  }

  async #release(): Promise<void> {
    const { leader, log } = this.#options;
    try {
      await leader?.release();
    } catch (error) {
      log.warn({ err: error }, "the lease could not be released: it ends by itself");
    }
  }

  /** The fence: the lease is checked before each write, and no write outlives it. */
  async #put(resource: Resource, write: StatusWrite): Promise<StoredObject> {
    const { leader, api } = this.#options;
    const { signal } = this.#writes;
    if (!this.leads) throw new ApiError("Aborted", "the lease is lost");
    const limit = leader === undefined ? {} : { timeoutMs: Math.min(WRITE_TIMEOUT, leader.remainingMs) };
    const answer = await api.put(resource, { ...write, ...limit, signal });
    return resource === crds.ProtectedVM.resource ? projectVm(answer) : projectOwner(answer);
  }

  /** Whether statuses may be written. */
  #isOpen(): boolean {
    return this.#isComplete() && this.leads;
  }

  /** Fail static: a store that is being replaced counts as incomplete, too. */
  #isComplete(): boolean {
    return this.#inputs.every(({ state }) => state.synced && state.complete);
  }

  #stateChanged(kind: string, state: ReflectorState): void {
    this.#options.log.debug({ kind, synced: state.synced, complete: state.complete }, "input changed its state");
    const recovered = state.lastError === undefined && this.#failing.delete(kind);
    if (state.lastError !== undefined) this.#failing.add(kind);
    this.#look(recovered, kind);
  }

  /** Looks whether the gate is open now. `recovered`: a kind can be read again, so writing may succeed again, too. */
  #look(recovered: boolean, kind?: string): void {
    const { log } = this.#options;
    const wasComplete = this.#complete;
    this.#complete = this.#isComplete();
    if (this.#complete && !wasComplete) {
      log.info(this.#engine.sizes, this.#started ? "all kinds are complete again, going on" : "all kinds are listed");
    } else if (!this.#complete && wasComplete) {
      log.warn({ kind }, "a kind has no complete list: nothing is written until it has");
    }
    if (!this.#isOpen()) return;
    if (!this.#started) {
      this.#started = true;
      this.#engine.start();
    } else if (recovered || !wasComplete) {
      this.#engine.resume();
    }
    this.#engine.schedule();
  }
}
