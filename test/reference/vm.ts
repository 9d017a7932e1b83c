import { createHash } from "node:crypto";
import type { AffinityPolicy, FeatureRow, Forecast, ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { decideGroups, type GroupDecision, selectingPolicies } from "./affinity.ts";
import { withTimes } from "./conditions.ts";
import { forecastOf } from "./forecast.ts";
import { type Decision, decide } from "./sources.ts";
import { vmFindings } from "./vm-findings.ts";
import type { World } from "./world.ts";

/** What the rules say of a VM; the statuses of policies and appliances count these. */
export interface Resolved {
  readonly vm: ProtectedVM;
  readonly selecting: readonly AffinityPolicy[];
  readonly groups: readonly GroupDecision[];
  readonly decision: Decision;
  readonly forecast: Forecast | undefined;
}

export function resolveVm(world: World, vm: ProtectedVM): Resolved {
  const selecting = selectingPolicies(world, vm);
  const groups = decideGroups(world, vm, selecting);
  const decision = decide(vm, world.appliances, groups);
  return { vm, selecting, groups, decision, forecast: forecastOf(vm, world.appliances, groups) };
}

/** SPEC R8: the first 8 hex digits of SHA-256 over the lines. */
function revisionOf({ rows, inCharge }: Decision): string {
  let lines = "";
  for (const row of rows) lines += `${row.name} ${row.affinity} ${row.source}\n`;
  if (rows.some((row) => row.source === "Appliance")) lines += `${inCharge?.metadata.name}\n`;
  return createHash("sha256").update(lines, "utf8").digest("hex").slice(0, 8);
}

/** SPEC section 4: a feature's time changes with its `source`; the first write sets now. */
function featuresOf(world: World, { vm, decision }: Resolved): FeatureRow[] {
  return decision.rows.map((row) => {
    const before = (vm.status?.features ?? []).find((candidate) => candidate.name === row.name);
    const since = before !== undefined && before.source === row.source ? before.lastTransitionTime : undefined;
    return { ...row, lastTransitionTime: since ?? world.now };
  });
}

export function vmStatus(world: World, resolved: Resolved): VmStatus {
  const { vm, decision, forecast } = resolved;
  const { rows, inCharge, mode } = decision;
  const revision = revisionOf(decision);
  // R8: required modules and actions.
  const requiredModules = rows.filter((row) => row.state === "InstallPending").map((row) => row.name);
  const actions: NonNullable<VmStatus["actions"]> = [];
  for (const module of requiredModules) actions.push({ type: "InstallModule", module });
  const hasSource = rows.some((row) => row.source !== "None");
  if (hasSource && vm.status?.delivered?.revision !== revision) actions.push({ type: "DeliverPolicy" });

  const { generation } = vm.metadata;
  const findings = vmFindings(world, resolved, actions);
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    mode,
    coverage: `${rows.filter((row) => row.state === "Active").length}/${rows.length}`,
    ...(inCharge === undefined ? {} : { appliance: inCharge.metadata.name }),
    features: featuresOf(world, resolved),
    requiredModules,
    actions,
    revision,
    ...(forecast === undefined ? {} : { forecast }),
    conditions: withTimes(findings, { generation, previous: vm.status?.conditions ?? [], now: world.now }),
    // Section 2: these two are copied whole.
    ...(vm.status?.reports === undefined ? {} : { reports: vm.status.reports }),
    ...(vm.status?.delivered === undefined ? {} : { delivered: vm.status.delivered }),
  };
}
