import { randomInt } from "node:crypto";
import { campaign, type Progress } from "./campaign.ts";
import { settings } from "./environment.ts";

/** Seconds between two lines of progress. */
const EVERY = 5;

const options = settings({ base: randomInt(2 ** 31), seeds: Number.POSITIVE_INFINITY, seconds: 600 });
const startedAt = performance.now();
let toldAt = startedAt;

function line({ seeds, writes }: Progress): string {
  const seconds = (performance.now() - startedAt) / 1_000;
  const rate = Math.round((seeds / seconds) * 60);
  return `${Math.round(seconds)} s: ${seeds} seeds from ${options.base}, ${writes} writes, ${rate} seeds a minute\n`;
}

const result = await campaign({
  ...options,
  onSeed: (progress) => {
    if (performance.now() - toldAt < EVERY * 1_000) return;
    toldAt = performance.now();
    process.stdout.write(line(progress));
  },
});
process.stdout.write(line(result));
if (result.failure === undefined) {
  process.stdout.write("no rule was broken\n");
} else {
  process.stdout.write(`${result.failure}\n`);
  process.exitCode = 1;
}
