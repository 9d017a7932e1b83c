/*
 * Measures what the gate bounds: `node test/gate/run.ts` shows each figure with its spread over five runs and the bound that
 * would be recorded; with `--record` it is. A minute and a half.
 */
import { boundOf, type Recorded, readBounds, writeBounds } from "./bounds.ts";
import { type Figure, figuresOf } from "./figures.ts";
import { run } from "./workload.ts";

const RUNS = 5;

const runs: Map<string, Figure>[] = [];
while (runs.length < RUNS) runs.push(figuresOf(await run()));

const before = readBounds();
const bounds = new Map<string, Recorded>();
const row = (cells: readonly (string | number | undefined)[]): string => {
  const [name, ...rest] = cells.map((cell) => (typeof cell === "number" ? cell.toLocaleString("en") : (cell ?? "-")));
  return `${name?.padEnd(44)}${rest.map((cell) => cell.padStart(12)).join("")}\n`;
};
process.stdout.write(row(["figure", "least", "most", "spread", "bound", "proposed"]));
for (const [name, { slack }] of runs[0] ?? []) {
  const values = runs.map((figures) => figures.get(name)?.value ?? Number.NaN);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  bounds.set(name, { measured: most, bound: boundOf(most, slack) });
  const spread = most === 0 ? "0 %" : `${((most / least - 1) * 100).toFixed(1)} %`;
  process.stdout.write(row([name, least, most, spread, before.get(name)?.bound, boundOf(most, slack)]));
}
if (process.argv.includes("--record")) {
  writeBounds(bounds);
  process.stdout.write("recorded in test/gate/bounds.json\n");
}
