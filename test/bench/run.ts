import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spell } from "../cluster/say.ts";
import { BareWriter } from "./bare-writer.ts";
import { Bed } from "./bed.ts";
import { measureCli } from "./cli.ts";
import { best, tryConnections } from "./connections.ts";
import type { Pair } from "./figure.ts";
import { Recorded } from "./recorded.ts";
import { Released } from "./released.ts";
import type { Results } from "./results.ts";
import { TandemWriter } from "./tandem-writer.ts";
import { type Plan, type Turn, takeTurn } from "./turn.ts";
import { residentMemory } from "./usage.ts";

export interface RunOptions {
  readonly vms: number;
  readonly rounds: number;
  /** Fewer deactivations and edits. */
  readonly quick: boolean;
  /** Where to put CPU profiles of the controller, one a start. */
  readonly profiles?: string;
  readonly say: (line: string) => void;
}

const CHECKOUT = join(import.meta.dirname, "..", "..", "bin", "tandem");
/** Milliseconds until the heap of a controller without VMs has come to rest. */
const CALM = 2_000;
/** In all rounds together. */
const FULL = { deactivations: 12, edits: 210 };
const QUICK = { deactivations: 6, edits: 100 };
/** VMs of a trial of a number of connections, at most. */
const TRIAL_VMS = 1_000;

/** Measures everything, on one control plane. */
export async function run({ vms, rounds, quick, profiles, say }: RunOptions): Promise<Results> {
  const startedAt = performance.now();
  const step = (what: string): void => say(`[${spell(performance.now() - startedAt)}] ${what}`);
  await using released = new Released();
  step("Command line");
  const cli = { released: measureCli(released.program), checkout: measureCli(CHECKOUT) };
  const nodeOptions = profiles === undefined ? "" : `--cpu-prof --cpu-prof-dir=${profiles}`;
  const env = { ...process.env, NODE_OPTIONS: nodeOptions };
  await using bed = await Bed.make(step, { program: released.program, env });
  const { empty, first } = await firstStart(bed, vms, step);

  const recorded = new Recorded();
  const tandem = new TandemWriter(bed);
  const ofTandem = (plan: Plan) =>
    takeTurn(bed, tandem, { plan, onRest: (state) => recorded.take(state, bed.observer) });
  // Warms the API server up, and finds out what the bare loop is to write.
  await ofTandem({ vms, deactivations: 1, edits: 5 });
  step("Warmed up");
  const rates = await tryConnections(bed, recorded, Math.min(TRIAL_VMS, vms / 4));
  step(`The bare loop is fastest over ${best(rates)} connections`);
  const bare = new BareWriter(bed, { recorded, connections: best(rates) });
  const ofBare = (plan: Plan) => takeTurn(bed, bare, { plan, onRest: () => {} });
  const { deactivations, edits } = quick ? QUICK : FULL;
  const plan: Plan = { vms, deactivations: Math.ceil(deactivations / rounds), edits: Math.ceil(edits / rounds) };
  const turns = { tandem: () => ofTandem(plan), bare: () => ofBare(plan) };
  const taken = await takeRounds(rounds, turns, step);
  const { needlessWrites, memory } = tandem;
  const { version: kubernetes } = bed.plane;
  return { vms, kubernetes, cli, first, memory: { empty, ...memory }, rates, rounds: taken, needlessWrites };
}

/** The one and the other first in turn, so that a drift of the server's speed favours neither. */
async function takeRounds(
  rounds: number,
  { tandem, bare }: Record<keyof Pair, () => Promise<Turn>>,
  step: (what: string) => void,
): Promise<Pair[]> {
  const taken: Pair[] = [];
  for (let round = 1; round <= rounds; round++) {
    const pair =
      round % 2 === 1 ? { tandem: await tandem(), bare: await bare() } : { bare: await bare(), tandem: await tandem() };
    taken.push(pair);
    const [own, plain] = [spell(pair.tandem.mass.ms), spell(pair.bare.mass.ms)];
    step(`Round ${round} of ${rounds}: ${own}, bare ${plain}`);
  }
  return taken;
}

/** The controller before there is a VM, and its first start with all of them. */
async function firstStart(
  bed: Bed,
  vms: number,
  step: (what: string) => void,
): Promise<Pick<Results, "first"> & { empty: number }> {
  const idlePid = await bed.startController();
  await sleep(CALM);
  const empty = residentMemory(idlePid).now;
  await bed.stopController();
  step(`Creating ${vms} VMs`);
  await bed.populate(vms);
  step("Starting the controller: every status is to be written for the first time");
  const { observer } = bed;
  observer.mark();
  const launchedAt = performance.now();
  await bed.startController();
  const listedMs = performance.now() - launchedAt;
  await observer.until(() => observer.changedVms.size >= vms, "every VM has a status");
  const settledMs = performance.now() - launchedAt;
  await bed.rest();
  await bed.stopController();
  return { empty, first: { listedMs, settledMs, vmWrites: observer.writes.vms } };
}
