import { crds } from "../api/generated/schemas.ts";
import { Store, type StoreChange } from "../cache/store.ts";
import type { Clock } from "../kube/clock.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import { applianceStatus, decide, type Owner, policyStatus, Tally, vmStatus, World } from "../resolve/index.ts";
import {
  applianceChanged,
  type Consequence,
  namespaceChanged,
  policyChanged,
  type StoredAppliance,
  type StoredPolicy,
  type StoredVm,
  vmChanged,
} from "./changes.ts";
import { CountsPace } from "./counts-pace.ts";
import type { EngineObserver, QueueName, WrittenKind } from "./observer.ts";
import { isObserved, keyOfOwner, ownerOf } from "./owners.ts";
import { type QueueObserver, WorkQueue } from "./queue.ts";
import { Rollout } from "./rollout.ts";
import { inSlices } from "./slices.ts";
import { type PutStatus, StatusWriter } from "./status-writer.ts";
import { VmCounts } from "./vm-counts.ts";
import { type Outcome, Workers } from "./workers.ts";

export interface EngineOptions {
  readonly clock: Clock;
  /** Decides whether affinities count at all (SPEC R5). */
  readonly managerVersion: string;
  /** VM statuses written at a time in mass work. */
  readonly concurrency: number;
  readonly put: PutStatus;
  /** Whether statuses may be written now: every kind has a complete list, the lease is held. */
  readonly isOpen: () => boolean;
  readonly observers: readonly EngineObserver[];
  /** Called when everything has been looked at and there is nothing more to do, but for what was refused or failed. */
  readonly onRest?: () => void;
}

/** Milliseconds from the first VM whose decision moves counts: most changes touch few, and all of these are written by then. */
const COUNTS_AFTER = 500;
/** Policies and appliances are few. Writes at a time. */
const OWNER_CONCURRENCY = 4;
/** Up to so many touched VMs somebody waits for the result; more of them are mass work. */
const FEW = 200;

/**
 * From changes in the stores to statuses: what a change touches is queued, each queued object is resolved in its latest
 * state, and what has changed is written. It knows nothing of lists and watches.
 */
export class Engine {
  readonly stores: {
    readonly vms: Store<StoredVm>;
    readonly policies: Store<StoredPolicy>;
    readonly appliances: Store<StoredAppliance>;
    readonly namespaces: Store<StoredObject>;
  };
  readonly #options: EngineOptions;
  readonly #world: World;
  readonly #tally = new Tally();
  /** How the VMs are doing, for metrics. */
  readonly counts = new VmCounts();
  readonly #rollout: Rollout;
  readonly #vmQueue: WorkQueue;
  readonly #ownerQueue: WorkQueue;
  readonly #vmWorkers: Workers;
  readonly #ownerWorkers: Workers;
  readonly #writers: {
    readonly vms: StatusWriter<StoredVm>;
    readonly policies: StatusWriter<StoredPolicy>;
    readonly appliances: StatusWriter<StoredAppliance>;
  };
  readonly #pace: CountsPace;
  #started = false;
  #stopped = false;
  readonly #background = new Set<Promise<void>>();
  /** Whether every VM has been looked at once: before that the sums of the tally mean nothing. */
  #counted = false;
  /** Objects, `Kind/key`, of which the last look ended in a refusal for good or a failure. */
  readonly #unsettled = { vms: new Set<string>(), owners: new Set<string>() };
  /** The object whose write is being taken into its store: no news to us. */
  #ownWrite: object | undefined;

  constructor(options: EngineOptions) {
    const { clock, managerVersion, concurrency, put, isOpen } = options;
    this.#options = options;
    this.#pace = new CountsPace(clock);
    this.#world = new World(managerVersion);
    const world = this.#world;
    this.stores = {
      vms: this.#store((change) => vmChanged(world, change)),
      policies: this.#store((change) => policyChanged(world, change)),
      appliances: this.#store((change) => applianceChanged(world, change)),
      namespaces: this.#store((change) => namespaceChanged(world, change)),
    };
    const writer = <T extends StoredObject>(kind: keyof typeof crds, store: Store<T>) =>
      new StatusWriter<T>({
        resource: crds[kind].resource,
        clock,
        put,
        onWritten: (answer, before) => {
          this.#take(store, answer);
          this.#tell((observer) => observer.onWritten?.(kind, before, answer));
        },
      });
    this.#writers = {
      vms: writer("ProtectedVM", this.stores.vms),
      policies: writer("AffinityPolicy", this.stores.policies),
      appliances: writer("Appliance", this.stores.appliances),
    };
    const queue = (name: QueueName, workers: () => Workers) =>
      new WorkQueue(clock, () => workers().schedule(), this.#queueObserver(name));
    this.#vmQueue = queue("protectedvm", () => this.#vmWorkers);
    this.#ownerQueue = queue("owner", () => this.#ownerWorkers);
    this.#rollout = new Rollout((owner) => this.#ownerQueue.add(owner, "edit"));
    const open = () => this.#started && isOpen();
    this.#vmWorkers = new Workers({
      clock,
      queue: this.#vmQueue,
      concurrency,
      isOpen: open,
      reconcile: (key) => this.#reconcileVm(key),
      onOutcome: (key, outcome, durationMs) => {
        this.#tell((observer) => observer.onOutcome?.({ kind: "ProtectedVM", key }, outcome, durationMs));
        this.#vmEnded(key, outcome);
        this.#ended({ kind: "ProtectedVM", name: key }, outcome, this.#unsettled.vms);
      },
    });
    this.#ownerWorkers = new Workers({
      clock,
      queue: this.#ownerQueue,
      concurrency: OWNER_CONCURRENCY,
      isOpen: open,
      reconcile: (key) => this.#reconcileOwner(ownerOf(key)),
      onOutcome: (key, outcome, durationMs) => {
        const { kind, name } = ownerOf(key);
        this.#tell((observer) => observer.onOutcome?.({ kind, key: name }, outcome, durationMs));
        this.#ended({ kind, name }, outcome, this.#unsettled.owners);
      },
    });
  }

  /**
   * Begins to work: every store holds a complete list for the first time. What the change of an owner touched while
   * nobody looked is not known, so an owner with an unobserved generation waits for all VMs once.
   */
  start(): void {
    const owners = [
      ...this.#unobserved("AffinityPolicy", this.stores.policies),
      ...this.#unobserved("Appliance", this.stores.appliances),
    ];
    this.#started = true;
    this.#inBackground(this.#lookAtAll(owners));
  }

  /** What goes on in slices: the engine is at rest, and has stopped, only after that. It must not reject. */
  #inBackground(work: Promise<void>): void {
    this.#background.add(work);
    void work.then(() => {
      this.#background.delete(work);
      this.#lookIfAtRest();
    });
  }

  async #queueAll(vms: Iterable<string>, owners: readonly string[]): Promise<void> {
    using hold = this.#rollout.hold(owners);
    await inSlices(vms, {
      clock: this.#options.clock,
      each: (key) => {
        hold.add(key);
        this.#vmQueue.add(key, "mass");
      },
      goesOn: () => !this.#stopped,
    });
  }

  /**
   * Looks at every VM once, some at a time, and queues only those whose status is not as it should be: after a restart of
   * the controller these are few, and the queue holds few of a hundred thousand.
   */
  async #lookAtAll(owners: readonly string[]): Promise<void> {
    using hold = this.#rollout.hold(owners);
    // A VM that comes or changes meanwhile is queued by its event, and may be looked at here, too.
    await inSlices(this.#world.vms.all(), {
      clock: this.#options.clock,
      each: ({ key }) => {
        if (this.#isSettled(key)) return;
        hold.add(key);
        this.#vmQueue.add(key, "mass");
      },
      goesOn: () => !this.#stopped,
    });
    if (this.#stopped) return;
    this.#counted = true;
    this.#allCounted();
  }

  /** Has the workers look whether they may work now. */
  schedule(): void {
    this.#vmWorkers.schedule();
    this.#ownerWorkers.schedule();
  }

  /** Tries again at once what failed: the API server answers again. */
  resume(): void {
    this.#vmWorkers.resume();
    this.#ownerWorkers.resume();
  }

  /** How many objects of each kind there are. */
  get sizes(): Record<keyof Engine["stores"], number> {
    const { vms, policies, appliances, namespaces } = this.stores;
    return { vms: vms.size, policies: policies.size, appliances: appliances.size, namespaces: namespaces.size };
  }

  /** Objects whose status the server refuses for good, or whose rules fail: nothing is done about them for the moment. */
  get unsettled(): number {
    return this.#unsettled.vms.size + this.#unsettled.owners.size;
  }

  /** How many keys are ready in each queue, and worked on. */
  get load(): Record<QueueName, { readonly depth: number; readonly active: number }> {
    return {
      protectedvm: { depth: this.#vmQueue.ready, active: this.#vmWorkers.active },
      owner: { depth: this.#ownerQueue.ready, active: this.#ownerWorkers.active },
    };
  }

  /** Starts nothing more; resolves when the writes that are under way have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#background, this.#vmWorkers.stop(), this.#ownerWorkers.stop()]);
  }

  #tell(tell: (observer: EngineObserver) => void): void {
    for (const observer of this.#options.observers) tell(observer);
  }

  #queueObserver(name: QueueName): QueueObserver | undefined {
    for (const observer of this.#options.observers) if (observer.queueObserver) return observer.queueObserver(name);
    return undefined;
  }

  #ended({ kind, name }: { kind: WrittenKind; name: string }, outcome: Outcome, unsettled: Set<string>): void {
    const key = kind === "ProtectedVM" ? name : `${kind}/${name}`;
    if (outcome.type === "failed" || (outcome.type === "refused" && outcome.final)) {
      unsettled.add(key);
      const { vms, policies, appliances } = this.stores;
      const object = { ProtectedVM: vms, AffinityPolicy: policies, Appliance: appliances }[kind].get(name);
      if (object !== undefined) this.#tell((observer) => observer.onStuck?.(kind, object, outcome));
    } else if (outcome.type !== "parked" && !this.#writerOf(kind).isRefused(name)) {
      unsettled.delete(key);
    }
    this.#lookIfAtRest();
  }

  #writerOf(kind: WrittenKind): Pick<StatusWriter<StoredVm>, "isRefused" | "forget"> {
    const { vms, policies, appliances } = this.#writers;
    return { ProtectedVM: vms, AffinityPolicy: policies, Appliance: appliances }[kind];
  }

  #lookIfAtRest(): void {
    const { onRest } = this.#options;
    if (onRest === undefined || !this.#counted || this.#background.size > 0) return;
    const { vms, owners } = this.#unsettled;
    if (this.#vmQueue.restsBut(vms) && this.#ownerQueue.restsBut(owners)) onRest();
  }

  #store<T extends StoredObject>(consequenceOf: (change: StoreChange<T>) => Consequence): Store<T> {
    return new Store<T>({
      handler: (change) => {
        const consequence = consequenceOf(change);
        if (change.object === undefined || change.object !== this.#ownWrite) this.#follow(consequence);
      },
      onHandlerError: (error, { key }) => this.#tell((observer) => observer.onHandlerError?.(error, key)),
    });
  }

  /** An answer to our own write has nothing in it that we do not know, but for its resourceVersion. */
  #take<T extends StoredObject>(store: Store<T>, answer: T): void {
    this.#ownWrite = answer;
    store.applyWritten(answer);
    this.#ownWrite = undefined;
  }

  #follow({ touched, rollsOut, owner }: Consequence): void {
    // Before the start nothing is looked for: everything is looked at then.
    if (!this.#started) return;
    const vms = [...touched.vms];
    const owners = rollsOut === undefined ? [] : [keyOfOwner(rollsOut)];
    if (vms.length > FEW) {
      this.#inBackground(this.#queueAll(vms, owners));
    } else {
      this.#rollout.begin(owners, vms);
      for (const key of vms) this.#vmQueue.add(key, "edit");
    }
    for (const name of touched.appliances) this.#countsChanged({ kind: "Appliance", name });
    if (owner !== undefined) this.#ownerQueue.add(keyOfOwner(owner), "edit");
  }

  #countsChanged(owner: Owner): void {
    if (!this.#counted) return; // Each is looked at when all VMs are counted.
    this.#ownerQueue.addAfter(keyOfOwner(owner), COUNTS_AFTER, "mass");
  }

  #reconcileVm(key: string): Outcome | Promise<Outcome> {
    const looked = this.#look(key);
    if (looked === undefined) {
      this.#writers.vms.forget(key);
      return { type: "settled", wrote: false };
    }
    const { vm, decided } = looked;
    return this.#writers.vms.settle(vm, (now) => vmStatus(vm, decided, now));
  }

  #isSettled(key: string): boolean {
    try {
      const looked = this.#look(key);
      return (
        looked === undefined ||
        this.#writers.vms.isSettled(looked.vm, (now) => vmStatus(looked.vm, looked.decided, now))
      );
    } catch {
      // Its rules fail: a worker will meet the same error, and tell it.
      return false;
    }
  }

  /** Decides on a VM, and counts the decision. Undefined: the VM is gone. */
  #look(key: string): { vm: StoredVm; decided: Parameters<typeof vmStatus>[1] } | undefined {
    const vm = this.stores.vms.get(key);
    const entry = this.#world.vms.get(key);
    const decision = entry && decide(this.#world, entry);
    for (const owner of this.#tally.put(key, decision)) this.#countsChanged(owner);
    const decided = entry && decision && { entry, decision };
    this.counts.put(key, decided);
    return vm && decided && { vm, decided };
  }

  #vmEnded(key: string, outcome: Outcome): void {
    if (this.#isLast(outcome) && !this.#vmQueue.isReady(key)) this.#rollout.settled(key);
  }

  /** Whether nothing more comes of an attempt by itself. A rule that throws once throws again: nobody waits for that. */
  #isLast(outcome: Outcome): boolean {
    return outcome.type === "settled" || outcome.type === "failed" || (outcome.type === "refused" && outcome.final);
  }

  #allCounted(): void {
    const { policies, appliances } = this.stores;
    for (const { metadata } of policies.values()) this.#ownerQueue.add(`AffinityPolicy/${metadata.name}`, "mass");
    for (const { metadata } of appliances.values()) this.#ownerQueue.add(`Appliance/${metadata.name}`, "mass");
  }

  #reconcileOwner({ kind, name }: Owner): Outcome | Promise<Outcome> {
    const key = `${kind}/${name}`;
    if (!this.#counted || this.#rollout.isWaiting(key)) return { type: "parked" };
    const object = (kind === "AffinityPolicy" ? this.stores.policies : this.stores.appliances).get(name);
    if (object === undefined) {
      this.#pace.forget(key);
      this.#writerOf(kind).forget(name);
      return { type: "settled", wrote: false };
    }
    const wait = this.#pace.wait(key, isObserved(object) && this.#vmQueue.ready > FEW);
    if (wait > 0) {
      this.#ownerQueue.addAfter(key, wait, "mass");
      return { type: "parked" };
    }
    const result = kind === "AffinityPolicy" ? this.#settlePolicy(name) : this.#settleAppliance(name);
    if (result instanceof Promise) this.#pace.wrote(key);
    return result;
  }

  #settlePolicy(name: string): Outcome | Promise<Outcome> {
    const policy = this.stores.policies.get(name);
    if (policy === undefined) return { type: "settled", wrote: false };
    const counts = this.#tally.policy(name);
    return this.#writers.policies.settle(policy, (now) => policyStatus(this.#world, { policy, counts }, now));
  }

  #settleAppliance(name: string): Outcome | Promise<Outcome> {
    const appliance = this.stores.appliances.get(name);
    if (appliance === undefined) return { type: "settled", wrote: false };
    const counts = this.#tally.appliance(name);
    return this.#writers.appliances.settle(appliance, (now) =>
      applianceStatus(this.#world, { appliance, counts }, now),
    );
  }

  #unobserved(kind: Owner["kind"], store: Store<StoredPolicy> | Store<StoredAppliance>): string[] {
    return [...store.values()].flatMap((object) => (isObserved(object) ? [] : [`${kind}/${object.metadata.name}`]));
  }
}
