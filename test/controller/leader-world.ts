import { Leader, type LeaderOptions } from "../../src/controller/leader.ts";
import type { Clock } from "../../src/kube/clock.ts";
import { leaseClient } from "../../src/kube/lease.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { type Random, seeded } from "../fault/random.ts";
import { Machine, wallClock } from "../simulation/machine.ts";
import { Model, type ModelObject } from "../simulation/model.ts";
import { Scheduler } from "../simulation/scheduler.ts";
import { LEASES, noTrouble, type Trouble, Wire } from "../simulation/wire.ts";

export const TIMES: LeaderOptions["times"] = { duration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 };
const NAME = { namespace: "tandem-system", name: "tandem-controller" };
/** How often it is looked whether two lead. Milliseconds. */
const LOOK = 25;

/** The clock of a machine whose oscillator is wrong: 1.01 is one percent fast. */
class DriftingClock implements Clock {
  readonly #machine: Machine;
  readonly #rate: number;

  constructor(machine: Machine, rate: number) {
    this.#machine = machine;
    this.#rate = rate;
  }

  now(): number {
    return this.#machine.now();
  }

  monotonic(): number {
    return this.#machine.monotonic() * this.#rate;
  }

  random(): number {
    return this.#machine.random();
  }

  setTimeout(run: () => void, ms: number): Disposable {
    return this.#machine.setTimeout(run, ms / this.#rate);
  }
}

/** One process that wants to lead: it takes the lease, holds it, and ends when it is lost or when it is told to. */
export class Candidate {
  readonly identity: string;
  readonly machine: Machine;
  readonly leader: Leader;
  /** What goes wrong between it and the API server. */
  readonly trouble: Trouble = noTrouble();
  readonly errors: { readonly error: unknown; readonly failures: number }[] = [];
  ended: "stopped" | "lost" | { readonly error: unknown } | undefined;
  readonly #stop = new AbortController();

  constructor(identity: string, { scheduler, model, random, rate }: World & { readonly rate: number }) {
    this.identity = identity;
    this.machine = new Machine(scheduler, random);
    const observer = { onSend: () => {}, onAnswer: () => {} };
    const server = { model, scheduler, random, trouble: this.trouble, streams: new Set<never>() };
    // Of a transport a LeaseClient uses just what a Wire has.
    const transport = new Wire(server, this.machine, observer) as unknown as Transport;
    this.leader = new Leader({
      client: leaseClient(transport, NAME),
      clock: new DriftingClock(this.machine, rate),
      identity,
      times: TIMES,
      onError: (error, failures) => this.errors.push({ error, failures }),
    });
    void this.#run().then(
      (ended) => {
        this.ended = ended;
      },
      (error: unknown) => {
        this.ended = { error };
      },
    );
  }

  /** Whether it could write at this moment. */
  get leads(): boolean {
    return !this.machine.isDead && this.leader.leads;
  }

  /** SIGTERM. */
  stop(): void {
    this.machine.deliver(() => this.#stop.abort());
  }

  async #run(): Promise<"stopped" | "lost"> {
    const { signal } = this.#stop;
    try {
      await this.leader.acquire(signal);
      await this.leader.hold(signal);
      return "lost";
    } catch (error) {
      if (!signal.aborted) throw error;
      await this.leader.release().catch(() => {});
      return "stopped";
    }
  }
}

/** Candidates and an API server in virtual time, and a look every 25 ms whether two lead. */
export class World {
  readonly scheduler = new Scheduler();
  readonly model = new Model(() => wallClock(this.scheduler));
  readonly random: Random;
  readonly candidates: Candidate[] = [];
  readonly violations: string[] = [];
  #started = 0;

  constructor(seed = 1) {
    this.random = seeded(seed);
    this.#look();
  }

  start(rate = 1): Candidate {
    const candidate = new Candidate(`candidate-${++this.#started}`, {
      ...this,
      rate,
    });
    this.candidates.push(candidate);
    return candidate;
  }

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.scheduler.now;
  }

  get lease(): (ModelObject & { readonly spec: Record<string, unknown> }) | undefined {
    return this.model.get("Lease", `${NAME.namespace}/${NAME.name}`) as ModelObject & { spec: Record<string, unknown> };
  }

  get leading(): Candidate | undefined {
    return this.candidates.find(({ leads }) => leads);
  }

  /** Somebody else writes the lease, whoever holds it. */
  edit(spec: Record<string, unknown>): void {
    const { lease } = this;
    if (lease === undefined) throw new Error("there is no lease");
    this.model.update(LEASES, { metadata: lease.metadata, spec: { ...lease.spec, ...spec } });
  }

  delete(): void {
    this.model.delete(LEASES, `${NAME.namespace}/${NAME.name}`);
  }

  async pass(ms: number): Promise<void> {
    await this.scheduler.advance(ms);
  }

  /** Lets time pass until it comes true; returns the milliseconds that took, or infinity if it took more than `limit`. */
  async until(condition: () => boolean, limit: number): Promise<number> {
    const start = this.now;
    while (!condition()) {
      if (this.now - start > limit) return Number.POSITIVE_INFINITY;
      await this.pass(LOOK);
    }
    return this.now - start;
  }

  #look(): void {
    const leading = this.candidates.filter(({ leads }) => leads).map(({ identity }) => identity);
    if (leading.length > 1) this.violations.push(`${this.now} ms: ${leading.join(" and ")} lead`);
    this.scheduler.setTimeout(() => this.#look(), LOOK);
  }
}
