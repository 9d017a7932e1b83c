import type { Affinity, AffinitySpec, FeatureRow, Group } from "../api/kinds.ts";
import { getOrSet } from "./buckets.ts";
import { AGENT_ONLY, type FeatureSet, GROUPS } from "./features.ts";
import { kept } from "./kept.ts";
import type { PolicyEntry } from "./policy-entry.ts";

/** The affinity of one group for one VM, and who says so (SPEC R5). */
export interface GroupAffinity {
  readonly group: Group;
  readonly affinity: Affinity;
  readonly decidedBy: FeatureRow["decidedBy"];
  /** The policy that decides, if one does. */
  readonly policy: PolicyEntry | undefined;
  /** Other selecting policies of its priority that set the group differently. */
  readonly rivals: readonly PolicyEntry[];
}

const NOBODY: readonly PolicyEntry[] = Object.freeze([]);

export const DEFAULTS: readonly GroupAffinity[] = Object.freeze(
  GROUPS.map(({ name, default: affinity }) =>
    Object.freeze({ group: name, affinity, decidedBy: "Default" as const, policy: undefined, rivals: NOBODY }),
  ),
);

/** What a spec says, a group each; undefined where it says nothing. */
export type Opinions = readonly (GroupAffinity | undefined)[];

/** What a policy says. */
export function opinionsOf(policy: PolicyEntry, spec: AffinitySpec): Opinions {
  return opinions(spec, `Policy/${policy.name}`, policy);
}

const OWN = new Map<string, Opinions>();

/** What a VM says itself, or undefined if nothing: one object for all VMs that say the same, and few things can be said. */
export function ownOpinions(spec: AffinitySpec | null | undefined): Opinions | undefined {
  const words = GROUPS.map(({ name }) => spec?.[name] ?? "");
  if (spec == null || words.every((word) => word === "")) return undefined;
  return getOrSet(OWN, words.join(" "), () => opinions(spec, "VM", undefined));
}

function opinions(spec: AffinitySpec, decidedBy: FeatureRow["decidedBy"], policy: PolicyEntry | undefined): Opinions {
  const opinion = (group: Group) => {
    const affinity = spec[group];
    return affinity == null ? undefined : Object.freeze({ group, affinity, decidedBy, policy, rivals: NOBODY });
  };
  return Object.freeze(GROUPS.map(({ name }) => opinion(name)));
}

/**
 * SPEC R5 but for what the VM itself says, for each group in order: the first policy that speaks, else the default.
 * @param selecting the policies that select a VM, in the order in which they are asked
 */
export function affinitiesBy(selecting: readonly PolicyEntry[]): readonly GroupAffinity[] {
  if (selecting.length === 0) return DEFAULTS;
  const affinities = DEFAULTS.map((byDefault, index) => decidedBy(selecting, index) ?? byDefault);
  return affinities.every((one, index) => one === DEFAULTS[index]) ? DEFAULTS : affinities;
}

function decidedBy(selecting: readonly PolicyEntry[], index: number): GroupAffinity | undefined {
  let decision: GroupAffinity | undefined;
  let rivals: PolicyEntry[] | undefined;
  for (const other of selecting) {
    if (decision !== undefined && other.priority !== decision.policy?.priority) break;
    const theirs = other.opinions[index];
    if (theirs === undefined) continue;
    if (decision === undefined) decision = theirs;
    else if (theirs.affinity !== decision.affinity) {
      if (rivals === undefined) rivals = [other];
      else rivals.push(other);
    }
  }
  if (decision === undefined || rivals === undefined) return decision;
  // Not by a spread, which takes ten times as long.
  const { group, affinity, decidedBy, policy } = decision;
  return { group, affinity, decidedBy, policy, rivals };
}

/** SPEC R5: what a VM says itself goes before what the policies and the defaults say. */
export function withOwn(own: Opinions, others: readonly GroupAffinity[]): readonly GroupAffinity[] {
  return others.map((other, index) => own[index] ?? other);
}

/** Which features have which affinity: SPEC R6 is then logic on sets. */
export interface Preferences extends Readonly<Record<Affinity, FeatureSet>> {
  /** Another number for other affinities, below 125. */
  readonly code: number;
}

const AFFINITIES: readonly Affinity[] = ["AppliancePreferred", "AgentPreferred", "ApplianceOnly", "AgentOnly"];

/** A digit a group: 1 to 4 by its affinity, 0 for a word that is none (an object written under another schema). */
const preferences = kept((code): Preferences => {
  const digits = [Math.floor(code / 25), Math.floor(code / 5) % 5, code % 5];
  const having = (affinity: Affinity): FeatureSet =>
    GROUPS.reduce(
      (set, { features }, index) => (AFFINITIES[(digits[index] ?? 0) - 1] === affinity ? set | features : set),
      0,
    );
  return {
    code,
    AppliancePreferred: having("AppliancePreferred"),
    AgentPreferred: having("AgentPreferred"),
    ApplianceOnly: having("ApplianceOnly"),
    AgentOnly: having("AgentOnly") | AGENT_ONLY,
  };
});

export function preferencesOf(affinities: readonly GroupAffinity[]): Preferences {
  let code = 0;
  for (const { affinity } of affinities) code = code * 5 + AFFINITIES.indexOf(affinity) + 1;
  return preferences(code);
}
