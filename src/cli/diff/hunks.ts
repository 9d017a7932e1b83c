import { structuredPatch } from "diff";
import { printable } from "../../api/manifest/index.ts";
import type { Paint } from "../output/style.ts";
import type { Change } from "./changes.ts";

/** A change as `diff -u` prints it. */
export interface Patch {
  readonly path: string;
  readonly insertions: number;
  readonly deletions: number;
  readonly hunks: ReturnType<typeof structuredPatch>["hunks"];
  readonly isNew: boolean;
  readonly isGone: boolean;
}

/** @param context how many lines that are the same are shown around those that are not */
export function patchOf({ path, before, after }: Change, context: number): Patch {
  const { hunks } = structuredPatch("", "", before ?? "", after ?? "", undefined, undefined, { context });
  const count = (sign: string) =>
    hunks.reduce((sum, { lines }) => sum + lines.filter((line) => line.startsWith(sign)).length, 0);
  return {
    path,
    insertions: count("+"),
    deletions: count("-"),
    hunks,
    isNew: before === undefined,
    isGone: after === undefined,
  };
}

/** The lines of a patch, in the colours of Git. */
export function* printPatch({ path, hunks, isNew, isGone }: Patch, paint: Paint): Generator<string> {
  yield `${paint("bold", `--- ${isNew ? "/dev/null" : `a/${path}`}`)}\n`;
  yield `${paint("bold", `+++ ${isGone ? "/dev/null" : `b/${path}`}`)}\n`;
  for (const { oldStart, oldLines, newStart, newLines, lines } of hunks) {
    yield `${paint("cyan", `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@`)}\n`;
    for (const line of lines) yield `${coloured(printable(line), paint)}\n`;
  }
}

/** An empty range begins behind the line before it; of one line the count is left out. */
function range(start: number, lines: number): string {
  return lines === 1 ? String(start) : `${lines === 0 ? start - 1 : start},${lines}`;
}

function coloured(line: string, paint: Paint): string {
  if (line.startsWith("+")) return paint("green", line);
  return line.startsWith("-") ? paint("red", line) : line;
}
