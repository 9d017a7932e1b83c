import { someOf } from "../../api/conditions.ts";
import { layOut } from "../output/columns.ts";
import type { Paint } from "../output/style.ts";
import type { Impact } from "./answer.ts";
import type { Step } from "./rolling.ts";
import type { Sums } from "./sums.ts";
import { condition, facts, notes, orderWords, why } from "./words.ts";

export interface ReportOptions {
  /** Every row of every table, and every feature of every VM. */
  readonly wide: boolean;
  readonly paint: Paint;
}

/** Rows of a table that fit on a screen with the others. */
const ROWS = 8;
/** Of steps, the last ones are those that cost most. */
const LAST = 3;

/** What a person reads before a maintenance: the sums, where they come from, what to do before, and the steps. */
export function* report(impact: Impact, { wide, paint }: ReportOptions): Generator<string> {
  if (impact.names.length === 0) {
    yield `Nothing to take down: no ${impact.of === "Host" ? "host with an appliance" : "such appliance"} in the input\n`;
    return;
  }
  yield `${paint("bold", condition(impact))}:\n`;
  for (const { label, text, style } of facts(impact)) yield `  ${label.padEnd(12)}${paint(style, text)}\n`;
  for (const note of notes(impact)) yield `  ${"note".padEnd(12)}${note}\n`;
  const rows = wide ? Number.POSITIVE_INFINITY : ROWS;
  const print = { paint, rows };
  const features = impact.byFeature.map(({ feature, ...row }) => ({ name: feature, ...row }));
  const namespaces = impact.byNamespace.map(({ namespace, ...row }) => ({ name: namespace, ...row }));
  yield* section(print, "", sums("FEATURE", features));
  yield* section(print, "", sums("NAMESPACE", namespaces));
  yield* section(print, "Install before, then nothing waits for a module:", [
    ["NAMESPACE", "VMS", "MODULES", "WHICH"],
    ...impact.installBefore.map(({ namespace, modules, vms }) => [
      namespace,
      `${vms.length}`,
      modules.join(","),
      wide ? vms.join(",") : someOf(vms),
    ]),
  ]);
  yield* section(print, "Why features are lost, and what helps:", [
    ["LOST", "VMS", "WHY", "WHAT HELPS", "FEATURES"],
    ...impact.lossReasons.map((row) => [`${row.losses}`, `${row.vms}`, why(row), row.remedy, row.features.join(",")]),
  ]);
  yield* steps(impact, print);
  if (wide) yield* section(print, "Every feature of every VM:", vms(impact));
}

interface Print {
  readonly paint: Paint;
  readonly rows: number;
}

/** A table of sums; what is nowhere has no column. */
function sums(first: string, rows: readonly ({ name: string } & Sums)[]): string[][] {
  const columns = COLUMNS.filter(({ field, always }) => always || rows.some((row) => row[field] > 0));
  return [
    [first, ...columns.map(({ title }) => title)],
    ...rows.map((row) => [row.name, ...columns.map(({ field }) => `${row[field]}`)]),
  ];
}

const COLUMNS: readonly { field: keyof Sums; title: string; always: boolean }[] = [
  { field: "vms", title: "VMS", always: true },
  { field: "losses", title: "LOST", always: true },
  { field: "moves", title: "MOVED", always: true },
  { field: "installs", title: "INSTALLS", always: true },
  { field: "takeovers", title: "TAKEN-OVER", always: false },
  { field: "gains", title: "GAINED", always: false },
];

/** A table with what is above it; nothing if it has no rows. */
function* section({ paint, rows }: Print, title: string, [header = [], ...body]: string[][]): Generator<string> {
  if (body.length === 0) return;
  yield "\n";
  if (title !== "") yield `${title}\n`;
  const shown = body.length > rows ? body.slice(0, rows) : body;
  yield* heading(paint, layOut([header, ...shown]));
  if (body.length > shown.length) yield `… and ${body.length - shown.length} more rows: -o wide\n`;
}

function* heading(paint: Paint, lines: Iterable<string>): Generator<string> {
  let first = true;
  for (const line of lines) {
    yield first ? `${paint("bold", line.trimEnd())}\n` : line;
    first = false;
  }
}

/** Only where there is more than one. */
function* steps(impact: Impact, { paint, rows }: Print): Generator<string> {
  const { rolling, scenario } = impact;
  if (rolling === undefined || impact.names.length < 2) return;
  yield scenario === "Rolling"
    ? "\nThe steps:\n"
    : "\nOne after the other instead, each activated again before the next:\n";
  const { steps } = rolling;
  const cut = steps.length > rows + LAST ? steps.slice(0, rows) : steps;
  const last = cut === steps ? [] : steps.slice(-LAST);
  const lines = [
    ["STEP", "VMS", "LOST", "MOVED", "INSTALLS", impact.of === "Host" ? "HOSTS" : "APPLIANCES"],
    ...[...cut, ...last].map((step) => stepCells(step, rows)),
  ];
  const laid = [...heading(paint, layOut(lines))];
  yield* laid.slice(0, cut.length + 1);
  if (last.length > 0) yield `… ${steps.length - cut.length - last.length} steps in between: -o wide\n`;
  yield* laid.slice(cut.length + 1);
  for (const line of orderWords(impact)) yield `${line}\n`;
}

function stepCells({ step, names, vms, losses, moves, installs }: Step, rows: number): string[] {
  const shown = rows === Number.POSITIVE_INFINITY ? names.join(",") : someOf(names);
  return [...[step, vms, losses, moves, installs].map(String), shown];
}

function vms({ vmImpacts }: Impact): string[][] {
  const header = ["NAMESPACE", "VM", "HOST", "FEATURE", "CHANGE", "FROM", "TO", "INSTALL", "WHY"];
  const rows = vmImpacts.flatMap(({ namespace, name, host, appliance = "", newAppliance = "", features }) =>
    features.map(({ feature, change, from, to, install, message }) => [
      namespace,
      name,
      host,
      feature,
      change,
      from === "Appliance" ? appliance : from,
      to === "Appliance" ? newAppliance : to,
      install ? "yes" : "no",
      message,
    ]),
  );
  return [header, ...rows];
}
