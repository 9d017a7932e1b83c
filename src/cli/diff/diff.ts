import { CHANGES, FAILED, OK, UsageError } from "../exit.ts";
import { listing } from "../input/problems.ts";
import { readSides, type SidesOptions } from "../input/sides.ts";
import { type Io, writeAll } from "../io.ts";
import { Progress } from "../output/progress.ts";
import { paintFor } from "../output/style.ts";
import { managerVersion } from "../settings.ts";
import { changes } from "./changes.ts";
import { patchOf, printPatch } from "./hunks.ts";
import { printStat, type Stat } from "./stat.ts";

export interface DiffOptions extends SidesOptions {
  readonly unified: string;
  readonly stat?: boolean;
  readonly spec?: boolean;
  readonly managerVersion: string;
}

/** Lines that are written together. */
const AT_ONCE = 1_000;

/**
 * `tandem diff`: prints how the statuses of two estates differ.
 * @returns the exit code: 0 if no status differs, 1 if one does, 2 for bad input, which is listed whole on stderr
 * @throws {UsageError}
 */
export async function diff(options: DiffOptions, io: Io): Promise<number> {
  const context = linesOf(options.unified);
  const version = managerVersion(options.managerVersion);
  const { from, to, problems } = await readSides(options, io);
  if (problems.length > 0) {
    await io.err(listing(problems));
    return FAILED;
  }
  const paint = paintFor(io.screen);
  const progress = new Progress(io);
  const stats: Stat[] = [];
  const lines: string[] = [];
  let [seen, changed] = [0, 0];
  for (const change of changes(from, to, { managerVersion: version, spec: options.spec === true })) {
    seen++;
    await progress.at(() => `${seen} objects compared, ${changed} differ`);
    if (change === undefined) continue;
    changed++;
    const patch = patchOf(change, context);
    if (options.stat) stats.push({ path: patch.path, insertions: patch.insertions, deletions: patch.deletions });
    else lines.push(...printPatch(patch, paint));
    if (lines.length < AT_ONCE) continue;
    await progress.end();
    await writeAll(io, lines.splice(0));
  }
  await progress.end();
  await writeAll(io, options.stat ? printStat(stats, { width: io.screen.width, paint }) : lines);
  return changed > 0 ? CHANGES : OK;
}

function linesOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UsageError("--unified: a number of lines is needed, for example 3");
}
