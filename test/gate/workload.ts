import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../cluster/until.ts";
import { GateServer } from "./api-server.ts";
import { deactivateAppliance, editOneVm, populate, touchPolicy, turnEverything, unsettled } from "./estate.ts";
import type { Measurement } from "./probe.ts";
import { Program } from "./program.ts";
import type { Taken } from "./traffic.ts";

/** Milliseconds in which what follows the last write (Events) can end. */
const AFTERMATH_MS = 300;
/** Milliseconds in which nothing happens. */
const IDLE_MS = 3_000;
const TIMEOUT_MS = 120_000;

/** What one part of the workload cost. */
export interface Phase {
  /** VMs of which the status had to change. */
  readonly changed: number;
  readonly traffic: Taken;
  readonly heap: Measurement;
}

export type PhaseName = "start" | "mass change" | "one VM" | "one appliance" | "idle" | "restart";

export interface Run {
  readonly phases: Readonly<Record<PhaseName, Phase>>;
  /** Bytes of the heap of each start before there was any VM. */
  readonly empty: { readonly start: number; readonly restart: number };
}

/** The whole workload, once, on a server and with a program of its own. */
export async function run(): Promise<Run> {
  await using server = await new GateServer().listen();
  server.change(populate);
  const first = await begin(server);
  await using program = first.program;
  const phase = (act: () => void) => measured(server, program, { act });
  const start = await phase(() => server.release("ProtectedVM"));
  const massChange = await phase(() => server.change(turnEverything));
  const oneVm = await phase(() => server.change(editOneVm));
  const oneAppliance = await phase(() => server.change(deactivateAppliance));
  const idle = await measured(server, program, { act: () => server.endWatches(), rest: () => idleFor(server) });
  await program.stop();
  server.change(touchPolicy);
  const second = await begin(server);
  await using again = second.program;
  const restart = await measured(server, again, { act: () => server.release("ProtectedVM") });
  await again.stop();
  const phases = { start, "mass change": massChange, "one VM": oneVm, "one appliance": oneAppliance, idle, restart };
  return { phases, empty: { start: first.empty, restart: second.empty } };
}

/** A program that leads and waits for nothing but the VMs, which the server holds back. */
async function begin(server: GateServer): Promise<{ program: Program; empty: number }> {
  server.hold("ProtectedVM");
  await using stack = new AsyncDisposableStack();
  const program = stack.use(new Program(server.url));
  const others = ["AffinityPolicy", "Appliance", "Namespace"].join();
  const leads = () =>
    server.model.all("Lease").some(({ spec }) => Boolean((spec as { holderIdentity?: string }).holderIdentity));
  await until(() => server.watched.join() === others && leads(), {
    what: "the controller leads and has listed all other kinds",
    timeoutMs: TIMEOUT_MS,
    state: () => server.watched,
    signal: program.died,
  });
  await sleep(AFTERMATH_MS);
  const { retained } = await program.measure();
  stack.move();
  return { program, empty: retained };
}

/** Bookmarks are all that a server says of kinds in which nothing happens. */
async function idleFor(server: GateServer): Promise<void> {
  server.bookmark();
  await sleep(IDLE_MS);
}

/** What an act costs until every status is as it should be, and then for a while (`rest`) of nothing. */
async function measured(
  server: GateServer,
  program: Program,
  { act, rest = () => sleep(AFTERMATH_MS) }: { act: () => void; rest?: () => Promise<void> },
): Promise<Phase> {
  act();
  const { vms: changed } = unsettled(server.model);
  const isDone = () => {
    if (server.watched.length < 4 || server.vmWrites < changed) return false;
    const { vms, owners } = unsettled(server.model);
    return vms + owners === 0;
  };
  await until(isDone, {
    what: "every status is as it should be",
    timeoutMs: TIMEOUT_MS,
    state: () => ({ watched: server.watched, unsettled: unsettled(server.model) }),
    signal: program.died,
  });
  await rest();
  const heap = await program.measure();
  return { changed, traffic: server.take(), heap };
}
