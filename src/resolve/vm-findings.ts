import { type Finding, someOf, viewOf } from "../api/conditions.ts";
import type { VmStatus } from "../api/kinds.ts";
import type { Decision } from "./decide.ts";
import { ALL, type FeatureSet, listOf, setOf } from "./features.ts";
import { kept } from "./kept.ts";
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
  const { ready, open } =
    protectedBy.finding.status === "True" && delivered?.status === "False" ? viewsOf(delivered) : protectedBy;
  const findings = [ready, protectedBy.finding, modules(decision.required)];
  const add = (finding: Finding | undefined): void => {
    if (finding !== undefined) findings.push(finding);
  };
  add(delivered);
  add(decision.unlicensed === undefined ? undefined : licence(decision.unlicensed));
  add(health(decision, reported.reports));
  add(open);
  add(conflict(decision));
  add(optOut(entry, decision));
  add(agentUnsupported(entry));
  add(affinityIgnored(entry, decision));
  return findings;
}

/** A finding and the views of it: `Ready`, and `Stalled` or `Reconciling` where it is False. */
interface Views {
  readonly finding: Finding;
  readonly ready: Finding;
  readonly open: Finding | undefined;
}

/** A person must act only where a feature has no source; installs and deliveries are somebody's work in progress. */
function viewsOf(finding: Finding): Views {
  const open = finding.reason === "FeaturesUnprotected" ? "Stalled" : "Reconciling";
  return {
    finding: Object.freeze(finding),
    ready: Object.freeze(viewOf(finding, "Ready")),
    open: finding.status === "False" ? Object.freeze(viewOf(finding, open, "True")) : undefined,
  };
}

function protection({ wanted }: VmEntry, { split, required, fallbackInstalls }: Decision): Views {
  const lost = wanted & ~(split.appliance | split.agent);
  if (lost !== 0) return unprotected(lost);
  return required === 0 ? PROTECTED : installPending((required << BITS) | fallbackInstalls);
}

const PROTECTED = viewsOf({
  type: "Protected",
  status: "True",
  reason: "AllFeaturesActive",
  message: "Every wanted feature is protected",
});

const unprotected = kept((lost) => {
  const message = `Nobody protects ${names(lost)}`;
  return viewsOf({ type: "Protected", status: "False", reason: "FeaturesUnprotected", message });
});

const BITS = 7;

/** By what is required and, of that, what only after a fallback. */
const installPending = kept((packed) => {
  const [required, fallbackInstalls] = [packed >> BITS, packed & ALL];
  const advice =
    fallbackInstalls === 0
      ? ""
      : `; to avoid an install after a fallback, install the module beforehand or choose ApplianceOnly (${names(fallbackInstalls)})`;
  const message = `Not installed on the agent yet: ${names(required)}${advice}`;
  return viewsOf({ type: "Protected", status: "False", reason: "InstallPending", message });
});

const modules = kept((required): Finding => {
  const type = "ModulesInstalled";
  return required === 0
    ? { type, status: "True", reason: "NothingToInstall", message: "No module is missing" }
    : { type, status: "False", reason: "InstallRequired", message: `To be installed on the agent: ${names(required)}` };
});

const DELIVERED: Finding = Object.freeze({
  type: "PolicyDelivered",
  status: "True",
  reason: "Delivered",
  message: "No delivery is outstanding",
});

function delivery({ revision, deliver, delivered }: Reported): Finding | undefined {
  if (delivered?.revision == null) return undefined;
  if (!deliver) return DELIVERED;
  const message = `Revision ${revision} is to be delivered; in force is ${delivered.revision}`;
  return { type: "PolicyDelivered", status: "False", reason: "DeliveryPending", message };
}

/** SPEC R10. */
const licence = kept((unlicensed): Finding => {
  const type = "LicenseCompliant";
  return unlicensed === 0
    ? { type, status: "True", reason: "Licensed", message: "A licence covers every feature that the agent protects" }
    : { type, status: "False", reason: "NotLicensed", message: `No licence lets the agent do ${names(unlicensed)}` };
});

type Report = NonNullable<VmStatus["reports"]>[number];

/** SPEC R11: whether a report counts. Only one on a source in use does, for All or a feature that it protects. */
export function countsForHealth(report: Report, { split }: Pick<Decision, "split">): boolean {
  return isAbout(report, report.source === "Appliance" ? split.appliance : split.agent);
}

function isAbout({ feature }: Report, uses: FeatureSet): boolean {
  return (feature === "All" ? uses : setOf([feature]) & uses) !== 0;
}

/** SPEC R11: what the reports that count say; undefined where none counts. */
export function health({ split }: Pick<Decision, "split">, reports: Reported["reports"]): Finding | undefined {
  if (reports == null || reports.length === 0) return undefined;
  const sources = [
    { source: "Appliance", uses: split.appliance },
    { source: "Agent", uses: split.agent },
  ];
  let counted = false;
  const broken: string[] = [];
  for (const { source, uses } of sources) {
    const counting = reports.filter((report) => report.source === source && isAbout(report, uses));
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
  for (const { rivals } of affinities) if (rivals.length > 0) return tied(affinities);
  return undefined;
}

/** Many VMs have the same affinities from the same policies, and then they are one object. */
const tied = kept((affinities: Decision["affinities"]): Finding => {
  const ties = affinities.flatMap(({ group, policy, rivals }) =>
    policy === undefined || rivals.length === 0
      ? []
      : [
          `${group}: ${policy.name} decides over ${someOf(rivals.map(({ name }) => name))} at priority ${policy.priority}`,
        ],
  );
  return { type: "PolicyConflict", status: "True", reason: "SamePriority", message: ties.join("; ") };
}, 1_000);

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
  if (configurable || entry.affinity === undefined) return undefined;
  const message = `Affinities can be set from manager version ${FIRST_CONFIGURABLE} on; the defaults hold`;
  return { type: "AffinityIgnored", status: "True", reason: "AffinityNotConfigurable", message };
}

function names(set: number): string {
  return listOf(set).join(", ");
}
