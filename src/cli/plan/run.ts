import { CHANGES, FAILED, OK } from "../exit.ts";
import { listing } from "../input/problems.ts";
import { readSides, type SidesOptions } from "../input/sides.ts";
import { type Io, writeAll } from "../io.ts";
import { Progress } from "../output/progress.ts";
import { plural } from "../output/words.ts";
import { managerVersion } from "../settings.ts";
import { checkGuards, parseGuards } from "./guards.ts";
import { compare, isEmpty } from "./plan.ts";
import { type Output, print } from "./print.ts";
import { sideOf } from "./side.ts";

export interface PlanOptions extends SidesOptions {
  readonly output: Output;
  /** Guards, as they are written; see `parseGuards`. */
  readonly failOn?: readonly string[];
  readonly managerVersion: string;
}

/**
 * `tandem plan`: what changes for protection if one estate takes the place of another.
 * @returns the exit code: 1 if something changes, or with guards if one of them fails
 * @throws {UsageError}
 */
export async function run(options: PlanOptions, io: Io): Promise<number> {
  const version = managerVersion(options.managerVersion);
  const wanted = options.failOn === undefined ? undefined : parseGuards(options.failOn);
  const sides = await readSides(options, io);
  if (sides.problems.length > 0) {
    await io.err(listing(sides.problems));
    return FAILED;
  }
  const progress = new Progress(io);
  const say = (estate: { objects: readonly unknown[] }) => `deciding ${plural(estate.objects.length, "object")}`;
  const from = sideOf(sides.from, version);
  await progress.at(() => say(sides.to));
  const to = sideOf(sides.to, version);
  await progress.at(() => "comparing");
  const plan = compare(from, to);
  const guards = checkGuards(wanted ?? [], plan.counts);
  await progress.end();
  await writeAll(io, print({ plan, guards }, options.output, io.screen));
  if (wanted === undefined) return isEmpty(plan) ? OK : CHANGES;
  return guards.some(({ failed }) => failed) ? CHANGES : OK;
}
