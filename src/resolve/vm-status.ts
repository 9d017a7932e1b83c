import { hash } from "node:crypto";
import { conditions } from "../api/conditions.ts";
import type { Feature, FeatureRow, Forecast, ProtectedVM, Source, VmStatus } from "../api/kinds.ts";
import type { GroupAffinity } from "./affinity.ts";
import type { Decision, Loss } from "./decide.ts";
import { GROUPS, has, listOf, sizeOf } from "./features.ts";
import { rowMessage } from "./messages.ts";
import { reasonFor } from "./sources.ts";
import { vmFindings } from "./vm-findings.ts";
import type { VmEntry } from "./vms.ts";

type Row = Omit<FeatureRow, "lastTransitionTime">;

/**
 * The whole status of a VM, as it is to be written: the decision, what `delivered` and `reports` add to it (SPEC R13), and
 * those two as they are. Times are carried over from the status that is there.
 * @param now RFC 3339, seconds
 */
export function vmStatus(
  vm: ProtectedVM,
  { entry, decision }: { entry: VmEntry; decision: Decision },
  now: string,
): VmStatus {
  const previous = vm.status ?? undefined;
  const { required } = decision;
  const rows = rowsOf(entry, decision);
  const revision = revisionOf(rows, decision);
  const sourced = decision.split.appliance | decision.split.agent;
  const deliver = sourced !== 0 && previous?.delivered?.revision !== revision;
  const forecast = forecastOf(decision);
  const context = { generation: vm.metadata.generation, previous: previous?.conditions, now };
  return {
    ...(context.generation === undefined ? {} : { observedGeneration: context.generation }),
    mode: decision.mode,
    coverage: `${sizeOf(sourced & ~required)}/${sizeOf(entry.wanted)}`,
    ...(decision.inCharge === undefined ? {} : { appliance: decision.inCharge.name }),
    features: rows.map((row) => {
      const before = previous?.features?.find(({ name }) => name === row.name);
      return { ...row, lastTransitionTime: before?.source === row.source ? before.lastTransitionTime : now };
    }),
    requiredModules: listOf(required),
    actions: [
      ...listOf(required).map((module) => ({ type: "InstallModule" as const, module })),
      ...(deliver ? [{ type: "DeliverPolicy" as const }] : []),
    ],
    revision,
    ...(forecast === undefined ? {} : { forecast }),
    conditions: conditions(
      vmFindings(entry, decision, { revision, deliver, delivered: previous?.delivered, reports: previous?.reports }),
      context,
    ),
    ...(previous?.reports == null ? {} : { reports: previous.reports }),
    ...(previous?.delivered == null ? {} : { delivered: previous.delivered }),
  };
}

function sourceOf({ split }: Decision, feature: Feature): Source {
  if (has(split.appliance, feature)) return "Appliance";
  return has(split.agent, feature) ? "Agent" : "None";
}

const FIXED = { affinity: "AgentOnly", decidedBy: "Fixed" } as const satisfies Partial<GroupAffinity>;

/** The affinity of a feature: that of its group, or fixed for what only an agent can do (SPEC R5). */
function affinityOf({ affinities }: Decision, feature: Feature): Pick<GroupAffinity, "affinity" | "decidedBy"> {
  const group = GROUPS.findIndex(({ features }) => has(features, feature));
  return affinities[group] ?? FIXED;
}

/** One row a wanted feature, in the order of SPEC section 1. */
function rowsOf(entry: VmEntry, decision: Decision): Row[] {
  return listOf(entry.wanted).map((name) => {
    const { affinity, decidedBy } = affinityOf(decision, name);
    const source = sourceOf(decision, name);
    return {
      name,
      affinity,
      decidedBy,
      source,
      state: source === "None" ? "Unprotected" : has(decision.required, name) ? "InstallPending" : "Active",
      reason: reasonFor(affinity, source),
      message: rowMessage(entry, decision, { feature: name, affinity, source }),
    };
  });
}

/** SPEC R8: a fingerprint of what is to be delivered, so that a move to another appliance is a new revision too. */
function revisionOf(rows: readonly Row[], { inCharge, split }: Decision): string {
  let text = "";
  for (const { name, affinity, source } of rows) text += `${name} ${affinity} ${source}\n`;
  if (split.appliance !== 0 && inCharge !== undefined) text += `${inCharge.name}\n`;
  return hash("sha256", text, "hex").slice(0, 8);
}

function forecastOf({ agentDeactivated, applianceDeactivated }: Decision): Forecast | undefined {
  if (agentDeactivated === undefined && applianceDeactivated === undefined) return undefined;
  const lists = ({ moves, losses }: Loss) => ({ moves: listOf(moves), losses: listOf(losses) });
  return {
    ...(agentDeactivated && { agentDeactivated: lists(agentDeactivated) }),
    ...(applianceDeactivated && {
      applianceDeactivated: { ...lists(applianceDeactivated), installs: listOf(applianceDeactivated.installs) },
    }),
  };
}
