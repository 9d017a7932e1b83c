import type { Paint } from "../output/style.ts";
import { plural } from "../output/words.ts";

/** How much of an object changes. */
export interface Stat {
  readonly path: string;
  readonly insertions: number;
  readonly deletions: number;
}

const MIN_GRAPH = 10;
/** Blanks and the bar: ` path | 12 ++--`. */
const AROUND = 5;

/** As `git diff --stat` prints it, with objects instead of files. Nothing for nothing. */
export function* printStat(
  stats: readonly Stat[],
  { width, paint }: { width: number; paint: Paint },
): Generator<string> {
  if (stats.length === 0) return;
  let [pathWidth, most, insertions, deletions] = [0, 0, 0, 0];
  for (const stat of stats) {
    pathWidth = Math.max(pathWidth, stat.path.length);
    most = Math.max(most, stat.insertions + stat.deletions);
    insertions += stat.insertions;
    deletions += stat.deletions;
  }
  const countWidth = String(most).length;
  const graph = Math.max(MIN_GRAPH, width - pathWidth - countWidth - AROUND);
  const scale = (lines: number) => (most <= graph || lines === 0 ? lines : Math.ceil((lines * graph) / most));
  for (const stat of stats) {
    const count = String(stat.insertions + stat.deletions).padStart(countWidth);
    const plus = paint("green", "+".repeat(scale(stat.insertions)));
    const minus = paint("red", "-".repeat(scale(stat.deletions)));
    yield ` ${stat.path.padEnd(pathWidth)} | ${count} ${plus}${minus}\n`;
  }
  const parts = [`${plural(stats.length, "object")} changed`];
  if (insertions > 0) parts.push(`${plural(insertions, "insertion")}(+)`);
  if (deletions > 0) parts.push(`${plural(deletions, "deletion")}(-)`);
  yield ` ${parts.join(", ")}\n`;
}
