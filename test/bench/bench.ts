import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { spell } from "../cluster/say.ts";
import { Bed, other, type Side } from "./bed.ts";
import { measureBareWrites, measureEdits } from "./latency.ts";
import { type MassChange, measureMass, Recorded } from "./mass.ts";
import { markdown, summary } from "./report.ts";
import type { Results } from "./results.ts";
import { residentMemory } from "./usage.ts";

const DOCUMENT = join(import.meta.dirname, "..", "..", "docs", "performance.md");
/** Nothing may be written and the heap have come to rest. Milliseconds. */
const CALM = 4_000;
const LATENCY_SAMPLES = 200;

const { values: flags } = parseArgs({
  options: {
    vms: { type: "string", default: "2000" },
    rounds: { type: "string", default: "5" },
    write: { type: "boolean", default: false },
  },
});
const vms = atLeast(200, "--vms", flags.vms);
const rounds = atLeast(1, "--rounds", flags.rounds);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function run(): Promise<Results> {
  const startedAt = performance.now();
  const step = (what: string): void => say(`[${spell(performance.now() - startedAt)}] ${what}`);
  await using bed = await Bed.make(step);
  const { observer, bare } = bed;

  step("Memory of a controller with nothing to do");
  const idlePid = await bed.startController();
  await sleep(CALM);
  const empty = residentMemory(idlePid).now;
  await bed.stopController();

  step(`Creating ${vms} VMs, 40 appliances and 20 policies`);
  await bed.populate(vms);

  step("Starting the controller: every status is to be written for the first time");
  observer.mark();
  const launchedAt = performance.now();
  let pid = await bed.startController();
  const listedMs = performance.now() - launchedAt;
  await observer.until(() => observer.changedVms.size >= vms, "every VM has a status");
  const first = { listedMs, settledMs: observer.lastVmAt - launchedAt, vmWrites: observer.writes.vms };
  await bed.rest();
  const recorded = new Recorded();
  let side: Side = "appliance";
  recorded.take(side, bed);
  step(`${vms} VMs settled in ${spell(first.settledMs)}`);

  const edits = await measureEdits(bed, LATENCY_SAMPLES);
  await bed.rest();
  recorded.take(side, bed);
  step("One VM edited at a time: measured");

  const cold: MassChange[] = [];
  const warm: MassChange[] = [];
  const bareChanges: MassChange[] = [];
  let bareWrites: number[] = [];
  const memory = { empty, full: 0, busy: 0 };
  let needlessWrites = 0;
  // Round 0 warms everything up and does not count.
  for (let round = 0; round <= rounds; round++) {
    const change = async (list: MassChange[]): Promise<void> => {
      const next = other(side);
      list.push(await measureMass(bed, { vms, writerPid: pid, start: () => bed.turn(next) }));
      side = next;
      await bed.rest();
      recorded.take(side, bed);
    };
    await change(cold);
    await change(warm);
    memory.busy = Math.max(memory.busy, residentMemory(pid).now);
    await bed.stopController();

    // The policy changes while nobody looks, and the bare loop writes what the controller would have written.
    side = other(side);
    await bed.turn(side);
    await bare.tell({ type: "load", writes: recorded.writes(side, bed) });
    await bare.tell({ type: "attach" });
    await sleep(1_500);
    const start = () => bare.tell({ type: "write" });
    bareChanges.push(await measureMass(bed, { vms, writerPid: bare.pid, start }));
    if (round === rounds) {
      bareWrites = await measureBareWrites(bed, { recorded, samples: LATENCY_SAMPLES, first: other(side) });
    }
    await bare.tell({ type: "detach" });
    step(
      round === 0
        ? "Warmed up"
        : `Round ${round} of ${rounds}: ${spell(warm.at(-1)?.ms ?? 0)}, bare ${spell(bareChanges.at(-1)?.ms ?? 0)}`,
    );
    if (round === rounds) break;
    observer.mark();
    pid = await bed.startController();
    await bed.rest();
    // It finds every VM as it would have it.
    needlessWrites += observer.writes.vms;
    await sleep(CALM);
    memory.full = residentMemory(pid).now;
  }
  const counted = (changes: readonly MassChange[]): MassChange[] => changes.slice(1);
  return {
    vms,
    kubernetes: bed.plane.version,
    first,
    edits,
    bareWrites,
    memory,
    cold: counted(cold),
    warm: counted(warm),
    bare: counted(bareChanges),
    needlessWrites,
  };
}

/** A whole number; the edits go round 200 VMs. */
function atLeast(least: number, flag: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`${flag} ${text}: a whole number, at least ${least}, is needed`);
}

const results = await run();
say(`\n${summary(results)}`);
if (flags.write) {
  writeFileSync(DOCUMENT, markdown(results, `node test/bench/bench.ts --write --vms ${vms} --rounds ${rounds}`));
  say(`\nWritten: docs/performance.md`);
}
