import type { AcceptanceChange } from "./acceptance.ts";
import type { ConflictChange } from "./conflicts.ts";
import type { FeatureChangeKind } from "./kinds.ts";
import type { VmFacts } from "./vm-facts.ts";

/** Each figure that a guard can hold, and what it counts; the gravest first. */
export const FIGURES = {
  losses: "wanted features that lose their protection",
  unprotected: "features that are newly wanted and that nobody protects",
  installs: "modules to install that did not have to be (one a VM and module)",
  conflicts: "pairs of policies that come to disagree at the same priority (one a group)",
  rejected: "policies and appliances that are newly not accepted",
  stalled: "VMs for which a person must newly act",
  unlicensed: "features that the agent newly protects without a licence",
  optouts: "VMs whose opt-out of the appliance is newly refused",
  exposed: "features that stay protected, and that a deactivation of the appliance would newly take away",
  removals: "protected features whose VM goes, or that are no longer wanted",
  moves: "features that move between agent and appliance, or to another appliance",
  gains: "wanted features that were not protected and now are",
  additions: "features that are newly wanted, and protected",
  redecided: "features that are decided in another way, with the same protection",
  deliveries: "VMs to which a new revision of the policy must be delivered",
  vms: "VMs of whose status anything changes",
  changes: "features of VMs that change in any of these ways",
} as const;

export type Figure = keyof typeof FIGURES;

/** What ends: of each of these as many are no more as the figure of the same name says of those that begin. */
const ENDINGS = [
  "unprotected",
  "installs",
  "conflicts",
  "rejected",
  "stalled",
  "unlicensed",
  "optouts",
  "exposed",
] as const;

type Ending = (typeof ENDINGS)[number];

export interface Counts extends Record<Figure, number> {
  /** Moves by where they go. */
  readonly movesTo: { agent: number; appliance: number; otherAppliance: number };
  /** VMs that are there on both sides, in another mode. */
  modes: number;
  readonly ended: Record<Ending, number>;
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}

export function noCounts(): Counts {
  return {
    ...zeros(Object.keys(FIGURES) as Figure[]),
    movesTo: { agent: 0, appliance: 0, otherAppliance: 0 },
    modes: 0,
    ended: zeros(ENDINGS),
  };
}

/** Adds what changes for one VM. */
export function countVm(counts: Counts, facts: VmFacts): void {
  counts.vms++;
  for (const { change } of facts.features) countFeature(counts, change);
  counts.installs += facts.installs.length;
  counts.unlicensed += facts.unlicensed.length;
  counts.exposed += facts.exposed.length;
  counts.ended.installs += facts.installsEnded.length;
  counts.ended.unlicensed += facts.unlicensedEnded.length;
  counts.ended.exposed += facts.exposedEnded.length;
  if (facts.delivery) counts.deliveries++;
  if (facts.change === "Changed" && facts.mode !== undefined) counts.modes++;
  for (const { type, from, to } of facts.conditions) {
    const figure = type === "Stalled" ? "stalled" : type === "ApplianceOptOutRefused" ? "optouts" : undefined;
    if (figure === undefined) continue;
    if (from === undefined) counts[figure]++;
    if (to === undefined) counts.ended[figure]++;
  }
}

function countFeature(counts: Counts, change: FeatureChangeKind): void {
  counts.changes++;
  switch (change) {
    case "Lost":
      counts.losses++;
      break;
    case "AddedUnprotected":
      counts.unprotected++;
      break;
    case "RemovedUnprotected":
      counts.ended.unprotected++;
      break;
    case "Removed":
      counts.removals++;
      break;
    case "ToAgent":
      counts.moves++;
      counts.movesTo.agent++;
      break;
    case "ToAppliance":
      counts.moves++;
      counts.movesTo.appliance++;
      break;
    case "OtherAppliance":
      counts.moves++;
      counts.movesTo.otherAppliance++;
      break;
    case "Gained":
      counts.gains++;
      break;
    case "Added":
      counts.additions++;
      break;
    case "Redecided":
      counts.redecided++;
      break;
    case "ToInstall":
    case "Installed":
      break; // counted as installs, among those that come with a move
  }
}

/** Adds what is no VM's alone. */
export function countOthers(
  counts: Counts,
  { conflicts, acceptance }: { conflicts: readonly ConflictChange[]; acceptance: readonly AcceptanceChange[] },
): void {
  counts.conflicts = conflicts.filter(({ appears }) => appears.count > 0).length;
  counts.ended.conflicts = conflicts.filter(({ ends }) => ends.count > 0).length;
  counts.rejected = acceptance.filter(({ from }) => from === undefined).length;
  counts.ended.rejected = acceptance.filter(({ to }) => to === undefined).length;
}
