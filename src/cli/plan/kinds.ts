import type { FeatureRow } from "../../api/kinds.ts";

/** What happens to the protection of a VM by one feature; the gravest first, which is the order of every output. */
export const FEATURE_CHANGES = [
  "Lost",
  "AddedUnprotected",
  "ToInstall",
  "Removed",
  "ToAgent",
  "ToAppliance",
  "OtherAppliance",
  "Gained",
  "Added",
  "Installed",
  "RemovedUnprotected",
  "Redecided",
] as const;

export type FeatureChangeKind = (typeof FEATURE_CHANGES)[number];

/** The row of a feature in a status, but for its time. */
export type Row = Omit<FeatureRow, "name" | "lastTransitionTime">;

/**
 * What it is that differs between two rows of a feature; undefined if nothing.
 * @param otherAppliance whether another appliance is in charge of the VM
 */
export function kindOf(
  from: Row | undefined,
  to: Row | undefined,
  otherAppliance: boolean,
): FeatureChangeKind | undefined {
  if (from === undefined) return to === undefined ? undefined : to.source === "None" ? "AddedUnprotected" : "Added";
  if (to === undefined) return from.source === "None" ? "RemovedUnprotected" : "Removed";
  if (from.source !== to.source) {
    if (to.source === "None") return "Lost";
    if (from.source === "None") return "Gained";
    return to.source === "Agent" ? "ToAgent" : "ToAppliance";
  }
  if (from.state !== to.state) return to.state === "InstallPending" ? "ToInstall" : "Installed";
  if (to.source === "Appliance" && otherAppliance) return "OtherAppliance";
  const same =
    from.affinity === to.affinity &&
    from.decidedBy === to.decidedBy &&
    from.reason === to.reason &&
    from.message === to.message;
  return same ? undefined : "Redecided";
}

/** One is what the other undoes. */
export const OPPOSITE: Readonly<Record<FeatureChangeKind, FeatureChangeKind>> = {
  Lost: "Gained",
  AddedUnprotected: "RemovedUnprotected",
  ToInstall: "Installed",
  Removed: "Added",
  ToAgent: "ToAppliance",
  ToAppliance: "ToAgent",
  OtherAppliance: "OtherAppliance",
  Gained: "Lost",
  Added: "Removed",
  Installed: "ToInstall",
  RemovedUnprotected: "AddedUnprotected",
  Redecided: "Redecided",
};
