import type { Feature, FeatureRow, Source } from "../../api/kinds.ts";
import type { Decided, Decision } from "../decide.ts";
import { FEATURES, type FeatureSet } from "../features.ts";
import { rowsOf } from "../rows.ts";

/**
 * What becomes of a feature when its VM is decided anew. `Move` and `Loss` are those of SPEC R9, which names neither a move from
 * one appliance to another (`Takeover`) nor a feature that had no source and gets one (`Gain`).
 */
export type Change = "Loss" | "Move" | "Takeover" | "Gain";

/** One feature of one VM that another source protects afterwards, or another appliance. */
export interface Consequence {
  readonly feature: Feature;
  readonly change: Change;
  readonly from: Source;
  readonly to: Source;
  /** Whether the agent needs a module first that it did not need before (SPEC R9). */
  readonly install: boolean;
  /** Why not the preferred source (SPEC section 4, row messages). */
  readonly message: string;
  /** Of a loss: why the agent does not do it instead. */
  readonly cause?: Cause;
}

/** Why the agent does not do what the appliance no longer does: one of the two, or both. */
export interface Cause {
  /** The affinity forbids it: who set it to ApplianceOnly, as in `decidedBy`. */
  readonly applianceOnly?: string;
  /** The agent is not available (SPEC R2). */
  readonly agent?: "NotInstalled" | "Deactivated" | "UnsupportedVersion";
}

/** What is different between two decisions on one VM, in feature order. No time is in it, and no status is needed. */
export function consequencesOf(before: Decision, after: Decided): Consequence[] {
  const { decision } = after;
  const had = before.split;
  const has = decision.split;
  const other = before.inCharge?.name !== decision.inCharge?.name;
  const taken = other ? had.appliance & has.appliance : 0;
  const changed = (had.appliance ^ has.appliance) | (had.agent ^ has.agent) | taken;
  if (changed === 0) return [];
  const sources = (set: { appliance: FeatureSet; agent: FeatureSet }, bit: number): Source =>
    (set.appliance & bit) !== 0 ? "Appliance" : (set.agent & bit) !== 0 ? "Agent" : "None";
  return rowsOf(after, undefined, "").flatMap((row): Consequence[] => {
    const bit = 1 << FEATURES.indexOf(row.name);
    if ((changed & bit) === 0) return [];
    const from = sources(had, bit);
    const change = changeOf(from, row.source);
    // Whatever the agent protects now and did not before, has come from the appliance: it is the agent that stays as it was.
    const install = (decision.required & bit) !== 0;
    const consequence = { feature: row.name, change, from, to: row.source, install, message: row.message };
    return [change === "Loss" ? { ...consequence, cause: causeOf(after, row) } : consequence];
  });
}

function changeOf(from: Source, to: Source): Change {
  if (to === "None") return "Loss";
  if (from === "None") return "Gain";
  return from === to ? "Takeover" : "Move";
}

/** Of a feature that the appliance protected and nobody does now: the agent's side of SPEC R6. */
function causeOf({ entry, decision }: Decided, { affinity, decidedBy }: FeatureRow): Cause {
  const state = entry.agentState === "Activated" ? "UnsupportedVersion" : entry.agentState;
  return {
    ...(affinity === "ApplianceOnly" && { applianceOnly: decidedBy }),
    ...(!decision.available.agent && { agent: state }),
  };
}
