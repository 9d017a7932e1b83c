import type { ConflictRow, Feature, Group } from "../api/kinds.ts";
import type { GroupAffinity } from "./affinity.ts";
import type { Decision } from "./decide.ts";
import { FEATURES, sizeOf } from "./features.ts";
import type { PolicyEntry, PolicyList } from "./policy-entry.ts";

/** What the decisions on VMs add up to for one policy. */
export interface PolicyCounts {
  matched: number;
  effective: number;
  /** VMs by `policy group`; the separator can be in no name. */
  readonly conflicts: Map<string, number>;
}

/** What they add up to for one appliance. */
export interface ApplianceCounts {
  /** VMs that it protects, by feature, in the order of FEATURES. */
  readonly features: number[];
  readonly impact: { vms: number; moves: number; installs: number; losses: number };
}

/** Who has counts: the two kinds whose status is a sum over VMs. */
export interface Owner {
  readonly kind: "AffinityPolicy" | "Appliance";
  readonly name: string;
}

/** The counts of one owner, and who that is. */
interface Sum<Counts> {
  readonly owner: Owner;
  readonly counts: Counts;
}

/**
 * The sums over the decisions on all VMs, kept by adding and taking away one decision at a time: a change of one VM costs
 * what that VM is part of.
 */
export class Tally {
  readonly #decisions = new Map<string, Decision>();
  readonly #policies = new Map<string, Sum<PolicyCounts>>();
  readonly #appliances = new Map<string, Sum<ApplianceCounts>>();

  /**
   * Takes the latest decision on a VM, or that it is gone.
   * @returns the owners whose counts this can have changed
   */
  put(key: string, decision: Decision | undefined): Owner[] {
    const before = this.#decisions.get(key);
    if (decision === undefined) this.#decisions.delete(key);
    else this.#decisions.set(key, decision);
    if (before !== undefined && decision !== undefined && addsTheSame(before, decision)) return [];
    // Adds before it takes away, so that no sum comes to nothing between the two and begins anew.
    const owners: Owner[] = [];
    if (decision !== undefined) this.#add(decision, 1, owners);
    if (before !== undefined) this.#add(before, -1, owners);
    return before !== undefined && decision !== undefined ? [...new Set(owners)] : owners;
  }

  /** How many VMs are in the sums. */
  get size(): number {
    return this.#decisions.size;
  }

  policy(name: string): PolicyCounts {
    return this.#policies.get(name)?.counts ?? noPolicyCounts();
  }

  appliance(name: string): ApplianceCounts {
    return this.#appliances.get(name)?.counts ?? noApplianceCounts();
  }

  #add(decision: Decision, by: 1 | -1, owners: Owner[]): void {
    const { selecting, affinities, inCharge } = decision;
    for (const policy of selecting) {
      const { owner, counts } = this.#policySum(policy.name);
      owners.push(owner);
      counts.matched += by;
      if (decides(policy, affinities)) counts.effective += by;
      if (counts.matched === 0) this.#policies.delete(policy.name);
    }
    for (const { group, policy, rivals } of affinities) {
      if (policy === undefined) continue;
      for (const rival of rivals) {
        this.#conflict(policy.name, rival.name, group, by);
        this.#conflict(rival.name, policy.name, group, by);
      }
    }
    if (inCharge !== undefined) {
      const { owner, counts } = this.#applianceSum(inCharge.name);
      owners.push(owner);
      addProtection(counts, decision, by);
      if (counts.impact.vms === 0 && counts.features.every((count) => count === 0)) {
        this.#appliances.delete(inCharge.name);
      }
    }
  }

  #policySum(name: string): Sum<PolicyCounts> {
    const known = this.#policies.get(name);
    if (known !== undefined) return known;
    const sum: Sum<PolicyCounts> = { owner: { kind: "AffinityPolicy", name }, counts: noPolicyCounts() };
    this.#policies.set(name, sum);
    return sum;
  }

  #applianceSum(name: string): Sum<ApplianceCounts> {
    const known = this.#appliances.get(name);
    if (known !== undefined) return known;
    const sum: Sum<ApplianceCounts> = { owner: { kind: "Appliance", name }, counts: noApplianceCounts() };
    this.#appliances.set(name, sum);
    return sum;
  }

  #conflict(policy: string, other: string, group: Group, by: 1 | -1): void {
    const counts = this.#policies.get(policy)?.counts;
    if (counts === undefined) return; // its last VM went a moment ago, and the row with it
    const row = `${other} ${group}`;
    const vms = (counts.conflicts.get(row) ?? 0) + by;
    if (vms === 0) counts.conflicts.delete(row);
    else counts.conflicts.set(row, vms);
  }
}

/** Whether it decides a group of the VM. */
function decides({ name }: PolicyEntry, affinities: readonly GroupAffinity[]): boolean {
  for (const { policy } of affinities) if (policy?.name === name) return true;
  return false;
}

function addProtection({ features, impact }: ApplianceCounts, decision: Decision, by: 1 | -1): void {
  const { split, applianceDeactivated } = decision;
  for (let feature = 0; feature < features.length; feature++) {
    if ((split.appliance >> feature) & 1) features[feature] = (features[feature] ?? 0) + by;
  }
  if (applianceDeactivated === undefined) return;
  const { moves, installs, losses } = applianceDeactivated;
  if ((moves | losses) !== 0) impact.vms += by;
  impact.moves += by * sizeOf(moves);
  impact.installs += by * sizeOf(installs);
  impact.losses += by * sizeOf(losses);
}

function noPolicyCounts(): PolicyCounts {
  return { matched: 0, effective: 0, conflicts: new Map() };
}

function noApplianceCounts(): ApplianceCounts {
  return { features: FEATURES.map(() => 0), impact: { vms: 0, moves: 0, installs: 0, losses: 0 } };
}

/** Whether two decisions on one VM add the same to every sum. */
function addsTheSame(a: Decision, b: Decision): boolean {
  return (
    a.inCharge?.name === b.inCharge?.name &&
    // Equal ones are the same object.
    a.split === b.split &&
    a.applianceDeactivated === b.applianceDeactivated &&
    sameNames(a.selecting, b.selecting) &&
    (a.affinities === b.affinities ||
      a.affinities.every((one, index) => {
        const other = b.affinities[index];
        return one.policy?.name === other?.policy?.name && sameNames(one.rivals, other?.rivals ?? []);
      }))
  );
}

function sameNames(a: PolicyList, b: PolicyList): boolean {
  return a === b || (a.length === b.length && a.every(({ name }, index) => name === b[index]?.name));
}

/** The rows of a policy's conflicts, in order of name, then group (SPEC 2.2). */
export function conflictRows({ conflicts }: PolicyCounts): ConflictRow[] {
  const rows = [...conflicts].map(([key, vms]): ConflictRow => {
    const [policy = "", group = ""] = key.split(" ");
    return { policy, group: group as Group, vms };
  });
  return rows.sort((a, b) => (a.policy === b.policy ? (a.group < b.group ? -1 : 1) : a.policy < b.policy ? -1 : 1));
}

/** The counts above zero, in feature order (SPEC 2.1). */
export function featureCounts({ features }: ApplianceCounts): { name: Feature; vms: number }[] {
  return FEATURES.flatMap((name, index) => {
    const vms = features[index] ?? 0;
    return vms > 0 ? [{ name, vms }] : [];
  });
}
