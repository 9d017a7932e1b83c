import { createHash, type Hash } from "node:crypto";
import { keyOf } from "../../src/api/object.ts";
import { perform } from "../controller/operations.ts";
import type { Rig } from "../controller/rig.ts";
import { seeded } from "../fault/random.ts";
import { faultsOf, vmStatuses, wrong } from "./checks.ts";
import { Machine, wallClock } from "./machine.ts";
import { Model, type ModelObject, type Sent } from "./model.ts";
import { isCalm, isUnseen, type Step } from "./plan.ts";
import { Scheduler } from "./scheduler.ts";
import { heal, strike } from "./server-faults.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { Users } from "./users.ts";
import { View } from "./view.ts";
import { noTrouble, type Server, Wire } from "./wire.ts";

/** Around a new digit, and over 2^53, where numbers and strings compare otherwise than revisions do. */
const REVISIONS = [95n, 9_985n, 2n ** 53n - 10n, 9_999_999_999_999_990n];
/**
 * Milliseconds: bookmarks; the longest of any wait, after the faults: a relist and a silence deadline; without a write; until
 * a process that has ended is started again.
 */
const BOOKMARKS = 15_000;
/** Between full lists: soon where only they heal, and so late that they heal nothing where they need not. */
const RELIST = 60_000;
const RARE_RELIST = 600_000;
const RECOVERY = 1.1 * RELIST + 60_000;
const QUIET = 60_000;
const RESTART = 1_000;
const TRACE = 60;

export interface Result {
  readonly violations: readonly string[];
  /** The last lines of what happened. */
  readonly trace: readonly string[];
  /** Of everything that happened. */
  readonly hash: string;
  readonly writes: number;
}

/** Runs a plan; the seed decides everything that the plan does not. */
export async function simulate(seed: number, steps: readonly Step[]): Promise<Result> {
  const simulation = new Simulation(seed);
  await simulation.run(steps);
  return simulation.result();
}

class Simulation {
  readonly #scheduler = new Scheduler();
  readonly #server: Server;
  readonly #users: Users;
  readonly #processes: SimulatedProcess[] = [];
  readonly #violations: string[] = [];
  readonly #trace: string[] = [];
  readonly #hash: Hash = createHash("sha1");
  #started = 0;
  #writes = 0;
  #sent = 0;
  #isOver = false;
  #relistMs = RELIST;
  #isCalm = false;
  /** In a calm plan: VM statuses that steps have made due, and those that were written. */
  #due = 0;
  #vmWrites = 0;

  constructor(seed: number) {
    const random = seeded(seed);
    const start = REVISIONS[Math.floor(random() * REVISIONS.length)] ?? 100n;
    const model = new Model(() => wallClock(this.#scheduler), start);
    this.#server = { model, scheduler: this.#scheduler, random, trouble: noTrouble(), streams: new Set() };
    this.#users = new Users(model);
  }

  async run(steps: readonly Step[]): Promise<void> {
    this.#relistMs = isUnseen(steps) ? RELIST : RARE_RELIST;
    this.#tick();
    this.#keepRunning();
    this.#processes.push(this.#newProcess(), this.#newProcess());
    await this.#pass(1_000);
    this.#isCalm = isCalm(steps);
    for (const step of steps) {
      this.#say(JSON.stringify(step));
      const before = this.#isCalm ? vmStatuses(this.#server.model) : undefined;
      this.#take(step);
      if (before !== undefined) this.#addDue(before);
      await this.#pass(step.wait);
    }
    heal(this.#server);
    this.#say("healed");
    await this.#pass(RECOVERY);
    for (const id of wrong(this.#server.model)) this.#violations.push(`${id} is wrong at rest (L1)`);
    if (this.#isCalm && this.#vmWrites > this.#due) {
      this.#violations.push(`${this.#vmWrites} writes to VMs, though only ${this.#due} changed (W)`);
    }
    const sent = this.#sent;
    await this.#pass(QUIET);
    if (this.#sent !== sent) this.#violations.push(`${this.#sent - sent} writes at rest (L2)`);
    await this.#end();
  }

  result(): Result {
    return {
      violations: this.#violations,
      trace: this.#trace.slice(-TRACE),
      hash: this.#hash.digest("hex"),
      writes: this.#writes,
    };
  }

  async #end(): Promise<void> {
    this.#isOver = true;
    for (const process of this.#processes) process.stop();
    await this.#pass(5_000);
    for (const { machine, identity, ended } of this.#processes) {
      if (ended === undefined) this.#violations.push(`${identity} does not end (R1)`);
      if (machine.pending > 0) this.#violations.push(`${identity} leaves ${machine.pending} timers (R1)`);
    }
    if (this.#server.streams.size > 0) this.#violations.push(`${this.#server.streams.size} streams are left (R1)`);
  }

  /** Bookmarks. */
  #tick(): void {
    this.#scheduler.setTimeout(() => {
      for (const stream of this.#server.streams) {
        stream.bookmark();
        stream.wake();
      }
      this.#tick();
    }, BOOKMARKS);
  }

  async #pass(ms: number): Promise<void> {
    this.#wakeStreams();
    await this.#scheduler.advance(ms);
  }

  /** Starts what has ended by itself again, as a Deployment does. */
  #keepRunning(): void {
    this.#scheduler.setTimeout(() => {
      if (this.#isOver) return;
      for (const [index, { ended, identity, machine }] of [...this.#processes].entries()) {
        if (ended === undefined || ended === "stopped") continue;
        if (typeof ended === "object") this.#violations.push(`${identity} crashed: ${String(ended.error)} (R1)`);
        if (machine.pending > 0) this.#violations.push(`${identity} leaves ${machine.pending} timers (R1)`);
        this.#processes[index] = this.#newProcess();
      }
      this.#keepRunning();
    }, RESTART);
  }

  #wakeStreams(): void {
    for (const stream of this.#server.streams) stream.wake();
  }

  #newProcess(): SimulatedProcess {
    const identity = `process-${++this.#started}`;
    const machine = new Machine(this.#scheduler, seeded(Math.floor(this.#server.random() * 2 ** 32)));
    const keyed = ({ metadata }: Sent) => keyOf({ metadata });
    const wire = new Wire(this.#server, machine, {
      onSend: ({ body }, { kind }) => {
        this.#sent += 1;
        this.#say(`${identity} sends ${kind} ${keyed(body as Sent)}`);
        if (machine.isDead) return;
        const lease = this.#server.model.get("Lease", "tandem-system/tandem")?.spec as { holderIdentity?: string };
        if (lease?.holderIdentity !== identity) this.#violations.push(`${identity} writes without the lease`);
      },
      onAnswer: ({ body }, { kind }, error) => {
        const sent = body as Sent;
        const before = error === undefined ? this.#replaced(kind, sent) : undefined;
        this.#say(`${identity}: ${kind} ${keyed(sent)} ${error?.reason ?? "written"}`);
        if (error !== undefined && this.#isCalm && !this.#hasJustChanged(kind, sent)) {
          this.#violations.push(`${kind} ${keyed(sent)}: ${error.reason}, though nothing has changed (W)`);
        }
        if (before === undefined) return;
        this.#writes += 1;
        if (kind === "ProtectedVM") this.#vmWrites += 1;
        for (const fault of faultsOf(sent, before)) this.#violations.push(`${kind} ${keyed(sent)}: ${fault}`);
        this.#wakeStreams();
      },
    });
    const view = new View((fault) => {
      if (!machine.isDead) this.#violations.push(`${identity}: ${fault}`);
    });
    return new SimulatedProcess(identity, { machine, wire, view, relistMs: this.#relistMs });
  }

  /** Whether an object has changed so shortly ago that its event may still be on the way. */
  #hasJustChanged(kind: string, { metadata }: Sent): boolean {
    const last = this.#server.model.history.findLast((change) => {
      return change.kind === kind && keyOf(change.object) === keyOf({ metadata });
    });
    return last !== undefined && wallClock(this.#scheduler) - last.at <= 3 * this.#server.trouble.latency;
  }

  /** Kinds travel apart: a status may be written before, and again after, what came shortly before was heard of. */
  #addDue(before: ReadonlyMap<string, string>): void {
    const since = wallClock(this.#scheduler) - 3 * this.#server.trouble.latency;
    const recent = this.#server.model.history.filter(({ at, kind }) => at >= since && kind !== "Lease");
    for (const [uid, statuses] of vmStatuses(this.#server.model)) {
      if (before.get(uid) !== statuses) this.#due += Math.max(1, recent.length);
    }
  }

  /** What a write replaced: the version that it named. */
  #replaced(kind: string, { metadata }: Sent): ModelObject | undefined {
    const is = ({ metadata: { resourceVersion, uid } }: ModelObject) =>
      resourceVersion === metadata.resourceVersion && uid === metadata.uid;
    return this.#server.model.history.findLast((change) => change.kind === kind && is(change.object))?.object;
  }

  #take(step: Step): void {
    switch (step.type) {
      case "users":
        // Of a rig it uses just the server, and of that what users can do.
        perform({ server: this.#users } as unknown as Rig, step.operation);
        return;
      case "hold":
        this.#users.hold(step.amount);
        return;
      case "crash":
        this.#crash(step.amount);
        return;
      case "pause":
        this.#pick(step.amount)?.machine.pause(2 * step.amount);
        return;
      case "terminate":
        this.#terminate(step.amount);
        return;
      case "skew": {
        const process = this.#pick(step.amount);
        if (process !== undefined) process.machine.skew = 100 * step.amount;
        return;
      }
      default:
        strike(this.#server, step);
    }
  }

  #pick(number: number): SimulatedProcess | undefined {
    return this.#processes[number % this.#processes.length];
  }

  #crash(number: number): void {
    const process = this.#pick(number);
    if (process === undefined) return;
    process.machine.kill();
    for (const stream of this.#server.streams) if (stream.machine === process.machine) stream.end();
    this.#processes.splice(this.#processes.indexOf(process), 1, this.#newProcess());
  }

  #terminate(number: number): void {
    const process = this.#pick(number);
    if (process === undefined) return;
    process.stop();
    this.#processes.splice(this.#processes.indexOf(process), 1, this.#newProcess());
  }

  #say(line: string): void {
    const text = `${this.#scheduler.now.toFixed(3)} ${line}`;
    this.#hash.update(text);
    this.#trace.push(text);
  }
}
