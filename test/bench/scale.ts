/*
 * The controller at large estates, a part of `make bench`. For each size a control plane of its own, an estate put straight
 * into etcd, starts interleaved with a plain reader of the same lists, then a minute without edits, single edits and a
 * mass change. What is measured, and how, is in scale-measure.ts.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { spell } from "../cluster/say.ts";
import { BROAD, type EstateSize, FIFTIETH, TENTH } from "./estate-objects.ts";
import { ScaleBed } from "./scale-bed.ts";
import type { ScaleController } from "./scale-controller.ts";
import {
  measureEdits,
  measureIdle,
  measureMass,
  measureReading,
  measureResolve,
  measureStart,
} from "./scale-measure.ts";
import type { Reading, ScaleResults, SizeResult, Start } from "./scale-results.ts";
import { table } from "./scale-table.ts";

const BUILD = join(import.meta.dirname, "..", "..", "scripts", "build.ts");
/** Policies for a size that has none named. */
const POLICIES = new Map([
  [1_000, 20],
  [10_000, 200],
  [100_000, 1_000],
]);
/** Milliseconds after a start in which garbage is collected. */
const REST = 5_000;

const USAGE = `Usage: node test/bench/scale.ts [options]
  --sizes 1000,10000,100000  VMs (at least 200 each); appliances are a hundredth of them
  --policies N               for each size (default: 20, 200, 1000 for those three)
  --quick                    one round in place of three, fewer edits and written VMs, 20 s idle in place of a minute
  --json FILE                all figures
`;

interface Effort {
  readonly rounds: number;
  readonly idleMs: number;
  readonly edits: number;
  readonly mass: typeof TENTH;
}
const FULL: Effort = { rounds: 3, idleMs: 60_000, edits: 100, mass: TENTH };
const QUICK: Effort = { rounds: 1, idleMs: 20_000, edits: 40, mass: FIFTIETH };

const begunAt = performance.now();
const say = (line: string): void => void process.stdout.write(`[${spell(performance.now() - begunAt)}] ${line}\n`);

/** A controller without VMs; on the way the form of the estates is checked. Bytes resident. */
async function measureEmpty(): Promise<{ readonly resident: number; readonly kubernetes: string }> {
  await using bed = await ScaleBed.make(say);
  say("A controller without VMs, and how the API server stores what it writes");
  await using controller = await bed.startController();
  await controller.untilSettled(0);
  await sleep(REST);
  const { now: resident } = controller.memory;
  await bed.check();
  await controller.stop();
  return { resident, kubernetes: bed.plane.version };
}

async function measureSize(size: EstateSize, effort: Effort): Promise<SizeResult> {
  await using bed = await ScaleBed.make(say);
  await bed.load(size);
  const kubeconfig = await bed.kubeconfig();
  say("Reading everything once, until the API server has come to rest");
  await measureReading(kubeconfig);
  const starts: Start[] = [];
  const readings: Reading[] = [];
  await using stack = new AsyncDisposableStack();
  let controller: ScaleController | undefined;
  for (let round = 1; round <= effort.rounds; round++) {
    await controller?.stop();
    await bed.calm();
    const reading = await measureReading(kubeconfig);
    readings.push(reading);
    await bed.calm();
    controller = stack.use(await bed.startController());
    const start = await measureStart(controller, size.vms);
    starts.push(start);
    say(`Round ${round} of ${effort.rounds}: reading ${spell(reading.ms)}, start to settled ${spell(start.ms)}`);
  }
  if (controller === undefined) throw new Error("no rounds");
  await sleep(REST);
  const { now: rested } = controller.memory;
  say(`Idle for ${effort.idleMs / 1000} s`);
  const idle = await measureIdle(controller, effort.idleMs);
  say(`${effort.edits} edits, one at a time`);
  const edits = await measureEdits(controller, { admin: bed.admin, vms: size.vms, times: effort.edits, idle });
  say(`A policy changes that selects ${size.vms / effort.mass.parts} VMs`);
  const mass = await measureMass(controller, { admin: bed.admin, vms: size.vms, policy: effort.mass });
  await controller.stop();
  return { ...size, starts, readings, rested, idle, edits, mass, resolveMs: measureResolve(size) };
}

function atLeast(least: number, flag: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`${flag} ${text}: a whole number, at least ${least}, is needed\n${USAGE}`);
}

const { values: flags } = parseArgs({
  options: {
    sizes: { type: "string", default: [...POLICIES.keys()].join(",") },
    policies: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (flags.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const sizes = flags.sizes.split(",").map((text): EstateSize => {
  const vms = atLeast(200, "--sizes", text);
  const policies = flags.policies ?? String(POLICIES.get(vms) ?? Math.max(BROAD, Math.ceil(vms / 100)));
  return { vms, appliances: Math.ceil(vms / 100), policies: atLeast(BROAD, "--policies", policies) };
});

say("Building dist/tandem.mjs");
execFileSync(process.execPath, [BUILD], { stdio: ["ignore", "ignore", "inherit"] });
const { resident: empty, kubernetes } = await measureEmpty();
const measured: SizeResult[] = [];
for (const size of sizes) measured.push(await measureSize(size, flags.quick ? QUICK : FULL));
const date = new Date().toISOString();
const results: ScaleResults = { date, quick: flags.quick, kubernetes, empty, sizes: measured };
process.stdout.write(`\n${table(results)}\n`);
if (flags.json !== undefined) {
  writeFileSync(flags.json, `${JSON.stringify(results, null, 2)}\n`);
  say(`Written: ${flags.json}`);
}
