import type { ProtectedVM, VmStatus } from "../api/kinds.ts";
import { conditionsOf, fieldsOf, isSameList } from "./carry-over.ts";
import type { Decision } from "./decide.ts";
import { ALL, listOf, sizeOf } from "./features.ts";
import { forecastOf } from "./forecast.ts";
import { kept } from "./kept.ts";
import { revisionOf } from "./revision.ts";
import { rowsOf } from "./rows.ts";
import { vmFindings } from "./vm-findings.ts";
import type { VmEntry } from "./vms.ts";

/**
 * The whole status of a VM, as it is to be written: the decision, what `delivered` and `reports` add to it (SPEC R13), and
 * those two as they are. Times are carried over from the status that is there. What is as it was there is the same object as
 * there, and other parts may be shared with other VMs and frozen: nobody changes a status.
 * @param now RFC 3339, seconds
 */
export function vmStatus(
  vm: ProtectedVM,
  { entry, decision }: { entry: VmEntry; decision: Decision },
  now: string,
): VmStatus {
  const previous = vm.status ?? undefined;
  const { required, inCharge, split } = decision;
  const features = rowsOf({ entry, decision }, previous?.features, now);
  const revision = revisionOf(features, decision);
  const sourced = split.appliance | split.agent;
  const deliver = sourced !== 0 && previous?.delivered?.revision !== revision;
  const forecast = forecastOf(decision, previous?.forecast);
  const { generation } = vm.metadata;
  const findings = vmFindings(entry, decision, {
    revision,
    deliver,
    delivered: previous?.delivered,
    reports: previous?.reports,
  });
  // Field by field: a literal with conditional spreads takes twenty times as long.
  const status: VmStatus = {};
  if (generation !== undefined) status.observedGeneration = generation;
  status.mode = decision.mode;
  status.coverage = coverage((sizeOf(sourced & ~required) << 3) | sizeOf(entry.wanted));
  if (inCharge !== undefined) status.appliance = inCharge.name;
  status.features = features;
  status.requiredModules = there(previous?.requiredModules, listOf(required));
  status.actions = there(previous?.actions, actions((required << 1) | (deliver ? 1 : 0)), isSameAction);
  status.revision = revision;
  if (forecast !== undefined) status.forecast = forecast;
  status.conditions = conditionsOf(findings, { generation, previous: previous?.conditions, now });
  if (previous?.reports != null) status.reports = previous.reports;
  if (previous?.delivered != null) status.delivered = previous.delivered;
  return status;
}

/** The list that is there, if it is the same. */
function there<T>(before: T[] | null | undefined, now: T[], isSame?: (one: T, other: T) => boolean): T[] {
  return before != null && isSameList(before, now, isSame) ? before : now;
}

/** Active features of those wanted, by the two counts. */
const coverage = kept((counts) => `${counts >> 3}/${counts & 7}`);

type Action = NonNullable<VmStatus["actions"]>[number];

/** SPEC R8. By the set of modules to install, and a bit for whether there is something to deliver. */
const actions = kept((packed): Action[] => [
  ...listOf((packed >> 1) & ALL).map((module) => Object.freeze({ type: "InstallModule" as const, module })),
  ...(packed & 1 ? [Object.freeze({ type: "DeliverPolicy" as const })] : []),
]);

function isSameAction(one: Action, other: Action): boolean {
  return one.type === other.type && one.module === other.module && fieldsOf(one) === fieldsOf(other);
}
