import { printable } from "../../api/manifest/index.ts";
import { layOut } from "../output/columns.ts";
import type { Paint, Style } from "../output/style.ts";
import { number, plural } from "../output/words.ts";
import type { Refusal } from "./acceptance.ts";
import type { Group } from "./groups.ts";
import type { GuardResult } from "./guards.ts";
import type { ByFeature, Plan } from "./plan.ts";
import { differing, sizeText, summaryOf } from "./summary.ts";
import { CHANGE_WORDS, causeText, standing, styleOf, verdict } from "./words.ts";

/** So many groups are a screen. */
const GROUPS = 40;
const ROWS = 10;

/** A line of cells, painted when its columns are laid out. */
export interface Line {
  readonly cells: readonly string[];
  readonly style: Style | undefined;
}

/** What a person reads first: the verdict, the guards, what differs, and a line for each figure that is not zero. */
export function* head(
  { plan, guards }: { plan: Plan; guards: readonly GuardResult[] },
  paint: Paint,
): Generator<string> {
  for (const { guard, found, limit, failed } of guards) {
    const text = `guard ${guard}: ${number(found)} found, ${number(limit)} allowed`;
    yield failed ? `${paint("red", `FAILED ${text}`)}\n` : `${paint("green", `passed ${text}`)}\n`;
  }
  yield `${paint("bold", verdict(plan.counts))}\n\n`;
  yield `From ${sizeText(plan.from)} to ${sizeText(plan.to)}: ${differing(plan.edits.size)}\n`;
  for (const cause of plan.causes.slice(0, ROWS)) {
    const effect = cause.changes === 0 && cause.vms.count === 0 ? "no effect" : plural(cause.changes, "change");
    const on = cause.vms.count === 0 ? "" : ` on ${plural(cause.vms.count, "VM")}`;
    yield `${String(cause.number).padStart(4)}. ${printable(causeText(cause))} ${paint("dim", `(${effect}${on})`)}\n`;
  }
  yield* rest(plan.causes.length - ROWS, "cause", paint);
  const summary = summaryOf(plan.counts);
  if (summary.length === 0) return;
  yield `\nWhat follows${plan.vms.length === 0 ? "" : `, for ${plural(plan.vms.length, "VM")}`}\n`;
  const width = Math.max(4, ...summary.map(({ count }) => number(count).length));
  for (const { count, text, style } of summary) {
    const line = `${number(count).padStart(width)}  ${text}`;
    yield `${style === undefined ? line : paint(style, line)}\n`;
  }
}

/** The changes in groups. */
export function* groupTable({ groups }: Plan, paint: Paint): Generator<string> {
  // What is only decided in another way is counted above, and listed by -o wide.
  const moving = groups.filter(({ change }) => change !== "Redecided");
  yield* table(
    ["CHANGE", "FEATURE", "BEFORE", "NOW", "VMS", "CAUSE", "FOR", "WHY"],
    moving.slice(0, GROUPS).map(groupLine),
    paint,
  );
  const left = moving.slice(GROUPS);
  const changes = left.reduce((sum, { vms }) => sum + vms.count, 0);
  yield* rest(left.length, "group", paint, changes);
}

/** What has to be known beside the changes. */
export function* otherTables(plan: Plan, paint: Paint): Generator<string> {
  const { installs, unlicensed, exposed, optOuts, conflicts, acceptance } = plan;
  yield* table(["INSTALL", "VMS", "NAMESPACES", "FOR"], byFeature(installs, "yellow"), paint);
  yield* table(
    ["CONFLICT", "DECIDES", "AGAINST", "APPEARS FOR", "ENDS FOR"],
    conflicts.slice(0, ROWS).map(({ group, policy, rival, appears, ends }) => ({
      cells: [group, policy, rival, appears.text() || "-", ends.text() || "-"],
      style: appears.count > 0 ? "yellow" : "green",
    })),
    paint,
  );
  yield* rest(conflicts.length - ROWS, "conflict", paint);
  yield* table(
    ["NOT ACCEPTED", "BEFORE", "NOW"],
    acceptance.slice(0, ROWS).map(({ kind, name, from, to }) => ({
      cells: [`${kind}/${name}`, refusal(from), refusal(to)],
      style: to === undefined ? "green" : "yellow",
    })),
    paint,
  );
  yield* rest(acceptance.length - ROWS, "object", paint);
  yield* table(["NO LICENCE", "VMS", "NAMESPACES", "FOR"], byFeature(unlicensed, "yellow"), paint);
  yield* table(["APPLIANCE ALONE", "VMS", "NAMESPACES", "FOR"], byFeature(exposed, "yellow"), paint);
  if (optOuts.count > 0) yield `\nOpt-out of the appliance refused in combined mode: ${printable(optOuts.text())}\n`;
}

function groupLine(group: Group): Line {
  const { change, feature, from, to, vms, causes, messages, moreMessages } = group;
  const why = messages.length > 1 || moreMessages ? `${messages[0]} and other reasons` : (messages[0] ?? "");
  return {
    cells: [
      CHANGE_WORDS[change],
      feature,
      standing(from),
      standing(to),
      number(vms.count),
      causes.map((cause) => cause.number).join(","),
      vms.text(),
      why,
    ],
    style: styleOf(group),
  };
}

function byFeature(samples: ByFeature, style: Style): Line[] {
  return [...samples].flatMap(([feature, vms]) =>
    vms.count === 0 ? [] : [{ cells: [feature, number(vms.count), number(vms.namespaces), vms.text()], style }],
  );
}

function refusal(refused: Refusal | undefined): string {
  return refused === undefined ? "-" : `${refused.reason}: ${refused.message}`;
}

/** A blank line, a header and lines; nothing where there are none. */
function* table(header: readonly string[], lines: readonly Line[], paint: Paint): Generator<string> {
  if (lines.length === 0) return;
  yield "\n";
  const cells = [[...header], ...lines.map((line) => line.cells.map(printable))];
  let index = -1;
  for (const text of layOut(cells)) {
    const style = index < 0 ? "bold" : lines[index]?.style;
    index++;
    yield style === undefined ? text : `${paint(style, text.trimEnd())}\n`;
  }
}

function* rest(count: number, word: string, paint: Paint, changes = 0): Generator<string> {
  if (count <= 0) return;
  const of = changes > 0 ? ` with ${plural(changes, "change")}` : "";
  yield `${paint("dim", `and ${plural(count, `more ${word}`)}${of}; -o wide and -o json have every change`)}\n`;
}
