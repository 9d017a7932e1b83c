import { type Finding, someOf, viewOf } from "../api/conditions.ts";
import type { VmStatus } from "../api/kinds.ts";
import type { Decision } from "./decide.ts";
import { listOf, setOf } from "./features.ts";
import { FIRST_CONFIGURABLE, FIRST_SUPPORTED } from "./versions.ts";
import type { VmEntry } from "./vms.ts";

/** What others report of a VM, and what follows from it. None of it changes a source (SPEC R7, R13). */
export interface Reported {
  revision: string;
  /** Whether `DeliverPolicy` is in the actions. */
  deliver: boolean;
  delivered: VmStatus["delivered"] | null;
  reports: VmStatus["reports"] | null;
}

/** The conditions of a VM, in the order of SPEC section 4. */
export function vmFindings(entry: VmEntry, decision: Decision, reported: Reported): Finding[] {
  const protectedBy = protection(entry, decision);
  const delivered = delivery(reported);
  const ready = viewOf(
    protectedBy.status === "True" && delivered?.status === "False" ? delivered : protectedBy,
    "Ready",
  );
  const all: (Finding | undefined)[] = [
    ready,
    protectedBy,
    modules(decision),
    delivered,
    licence(decision),
    health(decision, reported.reports),
    ready.status === "False" ? viewOf(ready, isStalled(protectedBy) ? "Stalled" : "Reconciling", "True") : undefined,
    conflict(decision),
    optOut(entry, decision),
    agentUnsupported(entry),
    affinityIgnored(entry, decision),
  ];
  return all.filter((finding) => finding !== undefined);
}

function protection(entry: VmEntry, { split, required, fallbackInstalls }: Decision): Finding {
  const type = "Protected";
  const lost = entry.wanted & ~(split.appliance | split.agent);
  if (lost !== 0) {
    return { type, status: "False", reason: "FeaturesUnprotected", message: `Nobody protects ${names(lost)}` };
  }
  if (required !== 0) {
    const advice =
      fallbackInstalls === 0
        ? ""
        : `; to avoid an install after a fallback, install the module beforehand or choose ApplianceOnly (${names(fallbackInstalls)})`;
    const message = `Not installed on the agent yet: ${names(required)}${advice}`;
    return { type, status: "False", reason: "InstallPending", message };
  }
  return { type, status: "True", reason: "AllFeaturesActive", message: "Every wanted feature is protected" };
}

/** A person must act only where a feature has no source; installs and deliveries are somebody's work in progress. */
function isStalled({ reason }: Finding): boolean {
  return reason === "FeaturesUnprotected";
}

function modules({ required }: Decision): Finding {
  const type = "ModulesInstalled";
  return required === 0
    ? { type, status: "True", reason: "NothingToInstall", message: "No module is missing" }
    : { type, status: "False", reason: "InstallRequired", message: `To be installed on the agent: ${names(required)}` };
}

function delivery({ revision, deliver, delivered }: Reported): Finding | undefined {
  if (delivered?.revision == null) return undefined;
  const type = "PolicyDelivered";
  if (!deliver) return { type, status: "True", reason: "Delivered", message: "No delivery is outstanding" };
  const message = `Revision ${revision} is to be delivered; in force is ${delivered.revision}`;
  return { type, status: "False", reason: "DeliveryPending", message };
}

/** SPEC R10. */
function licence({ unlicensed }: Decision): Finding | undefined {
  if (unlicensed === undefined) return undefined;
  const type = "LicenseCompliant";
  return unlicensed === 0
    ? { type, status: "True", reason: "Licensed", message: "A licence covers every feature that the agent protects" }
    : { type, status: "False", reason: "NotLicensed", message: `No licence lets the agent do ${names(unlicensed)}` };
}

/** SPEC R11: only reports on a source in use count, for All or a feature that it protects. */
function health({ split }: Decision, reports: Reported["reports"]): Finding | undefined {
  const sources = [
    { source: "Appliance", uses: split.appliance },
    { source: "Agent", uses: split.agent },
  ];
  let counted = false;
  const broken: string[] = [];
  for (const { source, uses } of sources) {
    const counting = (reports ?? []).filter(
      (report) => report.source === source && (report.feature === "All" ? uses : setOf([report.feature]) & uses) !== 0,
    );
    counted ||= counting.length > 0;
    const bad = counting.filter((report) => report.health === "Error" || report.health === "Offline");
    if (bad.length === 0) continue;
    const all = bad.some((report) => report.feature === "All") ? ["All"] : [];
    const some = listOf(setOf(bad.flatMap((report) => (report.feature === "All" ? [] : [report.feature]))));
    broken.push(`${source}: ${[...all, ...some].join(", ")}`);
  }
  if (!counted) return undefined;
  const type = "Healthy";
  if (broken.length === 0) {
    return { type, status: "True", reason: "NoErrorReported", message: "No source in use reports an error" };
  }
  const message = `${broken.join("; ")}, and protection does not move on errors`;
  return { type, status: "False", reason: "SourceInError", message };
}

/** SPEC R5: a tie that the name decided. */
function conflict({ affinities }: Decision): Finding | undefined {
  const ties = affinities.flatMap(({ group, policy, rivals }) =>
    policy === undefined || rivals.length === 0
      ? []
      : [
          `${group}: ${policy.name} decides over ${someOf(rivals.map(({ name }) => name))} at priority ${policy.priority}`,
        ],
  );
  if (ties.length === 0) return undefined;
  return { type: "PolicyConflict", status: "True", reason: "SamePriority", message: ties.join("; ") };
}

/** SPEC R12. */
function optOut(entry: VmEntry, { mode }: Decision): Finding | undefined {
  if (!entry.optOut || mode !== "Combined") return undefined;
  const message =
    "In combined mode the appliance cannot be switched off for one VM; set AgentOnly in spec.affinity for what the agent is to protect";
  return { type: "ApplianceOptOutRefused", status: "True", reason: "CombinedMode", message };
}

function agentUnsupported(entry: VmEntry): Finding | undefined {
  if (entry.agentState !== "Activated" || entry.agentAvailable) return undefined;
  const message = `The agent's version ${entry.agentVersion ?? ""} is below ${FIRST_SUPPORTED}: it protects nothing`;
  return { type: "AgentUnsupported", status: "True", reason: "UnsupportedVersion", message };
}

function affinityIgnored(entry: VmEntry, { configurable }: Decision): Finding | undefined {
  const own = entry.affinity !== undefined && Object.values(entry.affinity).some((affinity) => affinity != null);
  if (configurable || !own) return undefined;
  const message = `Affinities can be set from manager version ${FIRST_CONFIGURABLE} on; the defaults hold`;
  return { type: "AffinityIgnored", status: "True", reason: "AffinityNotConfigurable", message };
}

function names(set: number): string {
  return listOf(set).join(", ");
}
