import type { Seen } from "./states.ts";
import { classOf, conditionOf, KINDS } from "./verdicts.ts";

/** In what situation an object is looked at. */
const SITUATIONS = {
  observed: "",
  fresh: "a new object: `status.observedGeneration` is -1",
  changed: "`spec` changed after the status was written",
  deleted: "being deleted, and the status is older than that",
  deletedReady: "being deleted, and the controller has looked since: Ready=True",
  deletedNotReady: "being deleted, and the controller has looked since: Ready=False",
} as const;

export type Situation = keyof typeof SITUATIONS;

/** An object, its situation, and what each tool says: `Current`, `Healthy`, `ends`, in the order of the columns. */
export interface Found {
  readonly object: Seen;
  readonly situation: Situation;
  readonly words: readonly string[];
}

/**
 * The table of docs/gitops.md: for each state one row, then for each other situation one row for all states. Throws where
 * tools do not say the same of all objects of a row.
 */
export function verdictTable(columns: readonly string[], found: readonly Found[]): string {
  const rows = new Map<string, readonly string[]>();
  for (const { object, situation, words } of found.toSorted((a, b) => place(a) - place(b))) {
    const key = situation === "observed" ? observedRow(object) : `any | ${SITUATIONS[situation]}`;
    const before = rows.get(key) ?? words;
    if (before.join() !== words.join()) throw new Error(`${key}: ${before.join()} here, ${words.join()} there`);
    rows.set(key, words);
  }
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const head = ["kind", "state", ...columns];
  return [line(head), line(head.map(() => "---")), ...[...rows].map(([key, words]) => line([key, ...words]))].join(
    "\n",
  );
}

function observedRow(object: Seen): string {
  const ready = conditionOf(object, "Ready");
  const [, , mark] = classOf(object).split(" ");
  return `${object.kind} | Ready=${ready?.status} \`${ready?.reason}\`${mark === undefined ? "" : `, ${mark}`}`;
}

/** By situation, then kind, then the good before the bad. */
function place({ object, situation }: Found): number {
  const kind = KINDS.indexOf(object.kind);
  const bad = ["Reconciling", "Stalled"].findIndex((type) => conditionOf(object, type) !== undefined) + 1;
  return Object.keys(SITUATIONS).indexOf(situation) * 100 + kind * 10 + bad;
}
