import type { Style } from "../output/style.ts";
import { plural } from "../output/words.ts";
import type { Cause } from "./cause.ts";
import type { Counts } from "./counts.ts";
import type { FeatureChangeKind, Row } from "./kinds.ts";
import type { FeatureChange, VmFacts } from "./vm-facts.ts";

/** How a kind of change is called where there is room for a word. */
export const CHANGE_WORDS: Readonly<Record<FeatureChangeKind, string>> = {
  Lost: "lost",
  AddedUnprotected: "unprotected",
  ToInstall: "to install",
  Removed: "ends",
  ToAgent: "to agent",
  ToAppliance: "to appliance",
  OtherAppliance: "other appliance",
  Gained: "gained",
  Added: "begins",
  Installed: "installed",
  RemovedUnprotected: "not wanted",
  Redecided: "re-decided",
};

const STYLES: Readonly<Record<FeatureChangeKind, Style | undefined>> = {
  Lost: "red",
  AddedUnprotected: "red",
  ToInstall: "yellow",
  Removed: "red",
  ToAgent: undefined,
  ToAppliance: undefined,
  OtherAppliance: undefined,
  Gained: "green",
  Added: "green",
  Installed: "green",
  RemovedUnprotected: "dim",
  Redecided: "dim",
};

/** The colour of a change: what has to be installed first is not protected yet. */
export function styleOf({ change, to }: { change: FeatureChangeKind; to?: Pick<Row, "state"> }): Style | undefined {
  return to?.state === "InstallPending" ? "yellow" : STYLES[change];
}

/** `Appliance`, `Agent (to install)`, `None`; `-` where it is not wanted. */
export function standing(row: Pick<Row, "source" | "state"> | undefined): string {
  if (row === undefined) return "-";
  return row.state === "InstallPending" ? `${row.source} (to install)` : row.source;
}

/** Why a feature is protected as it then is; where nothing else changes, both whys. */
export function whyOf({ change, from, to }: FeatureChange, { change: ofVm, appliance }: VmFacts): string {
  switch (change) {
    case "Removed":
    case "RemovedUnprotected":
      return ofVm === "Removed" ? "the VM is removed" : "no longer wanted";
    case "OtherAppliance":
      return `${appliance?.from} -> ${appliance?.to}`;
    case "Redecided":
      return isSameAffinity(from, to)
        ? `${obstacle(from)} -> ${obstacle(to)} (${affinity(to)})`
        : `${affinity(from)} -> ${affinity(to)}`;
    default:
      return to === undefined || to.reason === "Preferred" ? affinity(to) : `${obstacle(to)} (${affinity(to)})`;
  }
}

function isSameAffinity(from: Row | undefined, to: Row | undefined): boolean {
  return from?.affinity === to?.affinity && from?.decidedBy === to?.decidedBy;
}

/** `NoSource: The VM is placed on no host; The agent is not installed`, `Preferred` */
function obstacle(row: Row | undefined): string {
  if (row === undefined) return "";
  return row.message === "" ? row.reason : `${row.reason}: ${row.message}`;
}

/** `AppliancePreferred by Policy/pci` */
function affinity(row: Row | undefined): string {
  if (row === undefined) return "";
  return row.decidedBy === "Fixed" ? `${row.affinity} by nature` : `${row.affinity} by ${row.decidedBy}`;
}

/** `AffinityPolicy/pci: priority 100 -> 500`, `12 ProtectedVMs (shop/a, shop/b, shop/c and 9 more): added` */
export function causeText({ kind, text, objects }: Cause, show: (name: string) => string = (name) => name): string {
  const [first = ""] = objects.first;
  if (objects.count === 1) return `${kind}/${show(first)}: ${show(text)}`;
  return `${plural(objects.count, kind, kind === "AffinityPolicy" ? "AffinityPolicies" : `${kind}s`)} (${objects.text(show)}): ${show(text)}`;
}

/** What the whole comes to, the gravest first: `2 features lose their protection, 5 move to the agent`. */
export function verdict(counts: Counts): string {
  const { movesTo } = counts;
  const parts = [
    some(counts.losses, "feature loses its protection", "features lose their protection"),
    some(counts.unprotected, "newly wanted feature has no protection", "newly wanted features have no protection"),
    some(counts.installs, "module to install", "modules to install"),
    some(counts.conflicts, "policy conflict appears", "policy conflicts appear"),
    some(counts.rejected, "object is not accepted", "objects are not accepted"),
    some(
      counts.removals,
      "protected feature ends (its VM removed, or no longer wanted)",
      "protected features end (their VMs removed, or no longer wanted)",
    ),
    some(movesTo.agent, "feature moves to the agent", "features move to the agent"),
    some(movesTo.appliance, "feature moves to the appliance", "features move to the appliance"),
    some(movesTo.otherAppliance, "feature moves to another appliance", "features move to another appliance"),
    some(counts.gains, "feature gains protection", "features gain protection"),
    some(counts.additions, "newly wanted feature is protected", "newly wanted features are protected"),
  ].flat();
  if (parts.length > 0) return parts.join(", ");
  if (counts.redecided > 0)
    return `the protection stays as it is; ${plural(counts.redecided, "feature is", "features are")} decided in another way`;
  if (counts.vms > 0) return `no feature moves; ${plural(counts.vms, "VM changes", "VMs change")} in other ways`;
  return counts.ended.rejected > 0
    ? "nothing changes for protection; what was not accepted is no more"
    : "nothing changes for protection";
}

function some(count: number, one: string, many: string): string[] {
  return count === 0 ? [] : [plural(count, one, many)];
}
