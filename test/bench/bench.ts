/*
 * How the controller fares beside a plain program that does only the unavoidable, on a real API server: `make bench`.
 * Exit code 0 even if an aim is missed: it is a measurement.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { markdown, summary } from "./report.ts";
import type { Measured } from "./row.ts";
import { ofScale } from "./rows-at-scale.ts";
import { run } from "./run.ts";
import type { ScaleResults } from "./scale-results.ts";

const DOCUMENT = join(import.meta.dirname, "..", "..", "docs", "performance.md");

const { values: flags } = parseArgs({
  options: {
    /** About a third of the time, for trying: figures are coarser. */
    quick: { type: "boolean", default: false },
    vms: { type: "string" },
    rounds: { type: "string" },
    /** A folder for CPU profiles of the controller, one a start. */
    profiles: { type: "string" },
    /** What `scale.ts --json FILE` has written. */
    scale: { type: "string" },
    /** The same of several sizes. */
    growth: { type: "string" },
    /** What `resolve.ts` has printed. */
    resolve: { type: "string" },
    /** Write docs/performance.md. */
    write: { type: "boolean", default: false },
  },
});
const vms = atLeast(1000, "--vms", flags.vms ?? (flags.quick ? "2000" : "10000"));
// Then the edited VMs are none of the appliance's.
if (vms % 1000 !== 0) throw new Error(`--vms ${vms}: whole thousands are needed`);
const rounds = atLeast(1, "--rounds", flags.rounds ?? (flags.quick ? "2" : "3"));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const others = [
  ...(flags.scale === undefined ? [] : [ofScale(JSON.parse(readFileSync(flags.scale, "utf8")))]),
  ...(flags.growth === undefined ? [] : [growth(JSON.parse(readFileSync(flags.growth, "utf8")))]),
  ...(flags.resolve === undefined ? [] : [rulesAlone(readFileSync(flags.resolve, "utf8"))]),
];
const { quick } = flags;
const results = await run({
  vms,
  rounds,
  quick,
  say,
  ...(flags.profiles !== undefined && { profiles: flags.profiles }),
});
say(`\n${summary(results, others)}`);
if (flags.write) {
  const command = `node test/bench/bench.ts --write --vms ${vms} --rounds ${rounds}${quick ? " --quick" : ""}`;
  writeFileSync(DOCUMENT, markdown(results, { command, others }));
  say("\nWritten: docs/performance.md");
}

/** All sizes side by side; the aims are for the largest estate, measured by itself. */
function growth(results: ScaleResults): Measured {
  return { ...ofScale(results), title: "Growth", rows: [] };
}

function rulesAlone(text: string): Measured {
  return { title: "The rules alone", command: "node test/bench/resolve.ts", rows: [], text: text.trimEnd() };
}

function atLeast(least: number, flag: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new Error(`${flag} ${text}: a whole number, at least ${least}, is needed`);
}
