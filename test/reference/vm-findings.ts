import type { Feature, ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { affinityIsConfigurable } from "./affinity.ts";
import type { Finding } from "./conditions.ts";
import type { Decision } from "./sources.ts";
import type { Resolved } from "./vm.ts";
import { GROUPS, groupOf, isBelow } from "./words.ts";
import type { World } from "./world.ts";

type Actions = NonNullable<VmStatus["actions"]>;

function protectedFinding({ rows }: Decision): Finding {
  const unprotected = rows.filter((row) => row.state === "Unprotected");
  if (unprotected.length > 0) {
    const message = `Protected by nobody: ${unprotected.map((row) => row.name).join(", ")}`;
    return { type: "Protected", status: "False", reason: "FeaturesUnprotected", message };
  }
  const pending = rows.filter((row) => row.state === "InstallPending");
  if (pending.length > 0) {
    let message = `Modules to be installed: ${pending.map((row) => row.name).join(", ")}`;
    if (pending.some((row) => row.reason === "Fallback")) {
      message += "; to avoid an install at a move, install the module beforehand or use ApplianceOnly";
    }
    return { type: "Protected", status: "False", reason: "InstallPending", message };
  }
  return { type: "Protected", status: "True", reason: "AllFeaturesActive", message: "All wanted features are active" };
}

function modulesInstalled({ rows }: Decision): Finding {
  const pending = rows.filter((row) => row.state === "InstallPending").map((row) => row.name);
  const type = "ModulesInstalled";
  if (pending.length > 0) return { type, status: "False", reason: "InstallRequired", message: pending.join(", ") };
  return { type, status: "True", reason: "NothingToInstall", message: "No module is to be installed" };
}

/** Absent while nothing was ever delivered. */
function policyDelivered(vm: ProtectedVM, actions: Actions): Finding | undefined {
  const revision = vm.status?.delivered?.revision ?? undefined;
  if (revision === undefined) return undefined;
  const type = "PolicyDelivered";
  if (actions.some((action) => action.type === "DeliverPolicy")) {
    return { type, status: "False", reason: "DeliveryPending", message: "The policy is to be delivered" };
  }
  return { type, status: "True", reason: "Delivered", message: "The policy is delivered" };
}

/** SPEC R10. */
function licenseCompliant(vm: ProtectedVM, { rows, inCharge }: Decision): Finding | undefined {
  const agentLicence = vm.spec.agent?.licensedFeatures;
  const applianceLicence = inCharge?.spec.license;
  if (agentLicence === undefined && applianceLicence === undefined) return undefined;
  const notLicensed: Feature[] = [];
  for (const row of rows) {
    if (row.source !== "Agent") continue;
    if (agentLicence?.includes(row.name)) continue;
    const isNetwork = groupOf(row.name) === "network";
    if (isNetwork && applianceLicence?.metric === "PerCPU" && applianceLicence.features?.includes(row.name)) continue;
    notLicensed.push(row.name);
  }
  const type = "LicenseCompliant";
  if (notLicensed.length > 0) return { type, status: "False", reason: "NotLicensed", message: notLicensed.join(", ") };
  return { type, status: "True", reason: "Licensed", message: "Each feature that the agent is to do is licensed" };
}

/** SPEC R11. */
function healthy(vm: ProtectedVM, { rows }: Decision): Finding | undefined {
  const counting = (vm.status?.reports ?? []).filter(({ source, feature }) =>
    rows.some((row) => row.source === source && (feature === "All" || feature === row.name)),
  );
  const errors = counting.filter(({ health }) => health === "Error" || health === "Offline");
  if (errors.length > 0) {
    const names = errors.map(({ source, feature }) => `${source}: ${feature}`).join("; ");
    const message = `${names}, and protection does not move on errors`;
    return { type: "Healthy", status: "False", reason: "SourceInError", message };
  }
  if (counting.length === 0) return undefined;
  return { type: "Healthy", status: "True", reason: "NoErrorReported", message: "No error is reported" };
}

/** The conditions that are only there while they are True. */
function whileTrue(world: World, { vm, groups, decision }: Resolved): Finding[] {
  const found: Finding[] = [];
  const say = (type: string, reason: string, message: string) => found.push({ type, status: "True", reason, message });
  const conflicts = groups.filter(({ rivals }) => rivals.length > 0).map(({ group }) => group);
  if (conflicts.length > 0) say("PolicyConflict", "SamePriority", `Policies disagree on ${conflicts.join(", ")}`);
  // R12: in combined mode the opt-out is refused.
  if (vm.spec.applianceProtection === "Disabled" && decision.mode === "Combined") {
    say("ApplianceOptOutRefused", "CombinedMode", "The appliance stays in combined mode: set AgentOnly in an affinity");
  }
  const { agent } = vm.spec;
  if (agent?.state === "Activated" && agent.version !== undefined && isBelow(agent.version, "9.6")) {
    say("AgentUnsupported", "UnsupportedVersion", `Agent version ${agent.version} is below 9.6`);
  }
  // R5: VMs with an own affinity.
  if (!affinityIsConfigurable(world) && GROUPS.some((group) => vm.spec.affinity?.[group] !== undefined)) {
    say("AffinityIgnored", "AffinityNotConfigurable", "Affinities need a manager of version 10.0 or later");
  }
  return found;
}

/** SPEC section 4 for a VM. */
export function vmFindings(world: World, resolved: Resolved, actions: Actions): Finding[] {
  const { vm, decision } = resolved;
  const protection = protectedFinding(decision);
  const delivery = policyDelivered(vm, actions);
  // Ready: that of Protected, but that of PolicyDelivered where Protected is True and PolicyDelivered False.
  const deliveryDecides = protection.status === "True" && delivery?.status === "False";
  const ready: Finding = { ...(deliveryDecides ? delivery : protection), type: "Ready" };
  const findings = [ready, protection, modulesInstalled(decision)];
  for (const finding of [delivery, licenseCompliant(vm, decision), healthy(vm, decision)]) {
    if (finding !== undefined) findings.push(finding);
  }
  // Stalled: a wanted feature is Unprotected. Reconciling: not ready for any other reason.
  if (decision.rows.some((row) => row.state === "Unprotected")) {
    findings.push({ ...ready, type: "Stalled", status: "True" });
  } else if (ready.status === "False") {
    findings.push({ ...ready, type: "Reconciling", status: "True" });
  }
  return [...findings, ...whileTrue(world, resolved)];
}
