import type { FeatureRow, Source } from "../api/kinds.ts";
import type { GroupAffinity } from "./affinity.ts";
import { fieldsOf, isSameList, Predecessors } from "./carry-over.ts";
import type { Decision } from "./decide.ts";
import { FEATURES, GROUP_OF } from "./features.ts";
import { rowMessage } from "./messages.ts";
import { reasonFor, type Split } from "./sources.ts";
import type { VmEntry } from "./vms.ts";

/**
 * One row a wanted feature, in the order of SPEC section 1. A row's time changes with its `source`.
 * @param previous the rows that are there
 */
export function rowsOf(
  { entry, decision }: { entry: VmEntry; decision: Decision },
  previous: FeatureRow[] | null | undefined,
  now: string,
): FeatureRow[] {
  const { affinities, split, required } = decision;
  const predecessors = new Predecessors(previous, isOf);
  const rows: FeatureRow[] = [];
  FEATURES.forEach((name, index) => {
    const bit = 1 << index;
    if ((entry.wanted & bit) === 0) return;
    const before = predecessors.find(name, rows.length);
    const { affinity, decidedBy } = affinityOf(affinities, index);
    const source = sourceOf(split, bit);
    const reason = reasonFor(affinity, source);
    const row: FeatureRow = {
      name,
      affinity,
      decidedBy,
      source,
      state: source === "None" ? "Unprotected" : (required & bit) !== 0 ? "InstallPending" : "Active",
      reason,
      message: reason === "Preferred" ? "" : rowMessage(entry, decision, { feature: name, affinity, reason }),
      lastTransitionTime: before?.source === source ? before.lastTransitionTime : now,
    };
    rows.push(before !== undefined && isSameRow(before, row) ? before : row);
  });
  return previous != null && isSameList(previous, rows) ? previous : rows;
}

const FIXED = { affinity: "AgentOnly", decidedBy: "Fixed" } as const satisfies Partial<GroupAffinity>;

/** The affinity of a feature: that of its group, or fixed for what only an agent can do (SPEC R5). */
function affinityOf(
  affinities: readonly GroupAffinity[],
  feature: number,
): Pick<GroupAffinity, "affinity" | "decidedBy"> {
  const group = GROUP_OF[feature];
  return (group === undefined ? undefined : affinities[group]) ?? FIXED;
}

function sourceOf({ appliance, agent }: Split, bit: number): Source {
  if ((appliance & bit) !== 0) return "Appliance";
  return (agent & bit) !== 0 ? "Agent" : "None";
}

function isOf({ name }: FeatureRow, feature: string): boolean {
  return name === feature;
}

/** Of one feature. */
function isSameRow(before: FeatureRow, row: FeatureRow): boolean {
  return (
    before.source === row.source &&
    before.affinity === row.affinity &&
    before.decidedBy === row.decidedBy &&
    before.state === row.state &&
    before.reason === row.reason &&
    before.message === row.message &&
    before.lastTransitionTime === row.lastTransitionTime &&
    fieldsOf(before) === fieldsOf(row)
  );
}
