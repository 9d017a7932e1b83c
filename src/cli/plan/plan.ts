import type { Feature } from "../../api/kinds.ts";
import { isSameDecision } from "../../resolve/explain/same-decision.ts";
import { FEATURES } from "../../resolve/index.ts";
import { type AcceptanceChange, acceptanceChanges } from "./acceptance.ts";
import { type Cause, Causes } from "./cause.ts";
import { type ConflictChange, ConflictChanges } from "./conflicts.ts";
import { type Counts, countOthers, countVm, noCounts } from "./counts.ts";
import { Edits } from "./edits.ts";
import { type Group, Groups } from "./groups.ts";
import { Reasons } from "./reasons.ts";
import { VmSample } from "./sample.ts";
import { type Side, sideOf } from "./side.ts";
import { VmChange } from "./vm-change.ts";
import type { VmFacts } from "./vm-facts.ts";

/** VMs by a feature, in the order of the features. */
export type ByFeature = ReadonlyMap<Feature, VmSample>;

/** What changes for protection if one estate takes the place of another. */
export interface Plan {
  /** How many objects the sides have, and how many of them are VMs. */
  readonly from: Size;
  readonly to: Size;
  /** The objects that differ, whether or not anything follows from it. */
  readonly edits: Edits;
  /** The same, those that are alike together. */
  readonly causes: readonly Cause[];
  /** In byte order of their names. */
  readonly vms: readonly VmChange[];
  /** All changes of features of all VMs, those that are alike together; the gravest first. */
  readonly groups: readonly Group[];
  /** Modules that are to be installed and did not have to be. */
  readonly installs: ByFeature;
  /** What the agent newly protects without a licence. */
  readonly unlicensed: ByFeature;
  /** What a deactivation of the appliance would newly take away. */
  readonly exposed: ByFeature;
  /** VMs whose opt-out of the appliance is newly refused. */
  readonly optOuts: VmSample;
  readonly conflicts: readonly ConflictChange[];
  readonly acceptance: readonly AcceptanceChange[];
  readonly counts: Counts;
}

interface Size {
  readonly objects: number;
  readonly vms: number;
}

/** Decides both estates by the resolver's rules and compares what comes out (SPEC R1 to R13). */
export function plan(from: Side["estate"], to: Side["estate"], managerVersion: string): Plan {
  return compare(sideOf(from, managerVersion), sideOf(to, managerVersion));
}

/** Takes time by the number of objects, and looks closely only at VMs whose decisions differ. */
export function compare(from: Side, to: Side): Plan {
  const edits = new Edits(from.estate, to.estate);
  const causes = new Causes(edits.all());
  const reasons = new Reasons(edits);
  const sums = new Sums(causes);
  const [before, after] = [from.resolved.decisions, to.resolved.decisions];
  for (const vm of namesOf(before, after)) {
    const [one, other] = [before.get(vm), after.get(vm)];
    if (one !== undefined && other !== undefined && isSameDecision(one, other)) continue;
    const change = new VmChange(vm, { before: one, after: other }, reasons);
    const facts = change.facts();
    if (facts !== undefined) sums.add(change, facts);
  }
  const conflicts = sums.conflicts.all();
  const acceptance = acceptanceChanges(from, to);
  countOthers(sums.counts, { conflicts, acceptance });
  return {
    from: sizeOf(from),
    to: sizeOf(to),
    edits,
    causes: causes.all,
    vms: sums.vms,
    groups: sums.groups.all(),
    installs: sums.installs,
    unlicensed: sums.unlicensed,
    exposed: sums.exposed,
    optOuts: sums.optOuts,
    conflicts,
    acceptance,
    counts: sums.counts,
  };
}

/** Whether nothing changes: also not for objects that nobody's protection depends on today. */
export function isEmpty({ vms, conflicts, acceptance }: Plan): boolean {
  return vms.length === 0 && conflicts.length === 0 && acceptance.length === 0;
}

function sizeOf({ estate, resolved }: Side): Size {
  return { objects: estate.objects.length, vms: resolved.decisions.size };
}

/** The names of both sides, in byte order. */
function namesOf(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): string[] {
  const names = [...after.keys()];
  for (const name of before.keys()) if (!after.has(name)) names.push(name);
  return names.sort();
}

/** What the VMs that change add up to; to be added in the order of their names. */
class Sums {
  readonly vms: VmChange[] = [];
  readonly groups = new Groups();
  readonly conflicts = new ConflictChanges();
  readonly installs = samples();
  readonly unlicensed = samples();
  readonly exposed = samples();
  readonly optOuts = new VmSample();
  readonly counts = noCounts();
  readonly #causes: Causes;

  constructor(causes: Causes) {
    this.#causes = causes;
  }

  add(change: VmChange, facts: VmFacts): void {
    const { vm } = change;
    const reasons = change.reasons();
    change.note(facts.features);
    this.vms.push(change);
    countVm(this.counts, facts);
    this.conflicts.add(vm, change.before, change.after);
    for (const feature of facts.installs) this.installs.get(feature)?.add(vm);
    for (const feature of facts.unlicensed) this.unlicensed.get(feature)?.add(vm);
    for (const feature of facts.exposed) this.exposed.get(feature)?.add(vm);
    const optOut = facts.conditions.find(({ type }) => type === "ApplianceOptOutRefused");
    if (optOut !== undefined && optOut.from === undefined) this.optOuts.add(vm);
    for (const cause of this.#causes.of(reasons.all)) cause.vms.add(vm);
    for (const one of facts.features) {
      const behind = this.#causes.of(reasons.of(one.feature));
      for (const cause of behind) cause.changes++;
      this.groups.add(vm, { facts, one }, behind);
    }
  }
}

function samples(): Map<Feature, VmSample> {
  return new Map(FEATURES.map((feature) => [feature, new VmSample()]));
}
