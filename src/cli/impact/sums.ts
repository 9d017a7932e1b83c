import type { Feature } from "../../api/kinds.ts";
import { getOrSet } from "../../resolve/buckets.ts";
import type { Cause, Change, Consequence } from "../../resolve/explain/consequences.ts";
import { FEATURES } from "../../resolve/index.ts";
import type { VmImpact } from "./what-if.ts";

/** What adds up. Features of VMs each, but for `vms`. */
export interface Sums {
  /** VMs with a move or a loss, as in an appliance's `status.impact`. */
  vms: number;
  losses: number;
  moves: number;
  /** Modules that moves need first. */
  installs: number;
  /** From one appliance to another: nothing to do, but a new policy is delivered. */
  takeovers: number;
  /** Protected then, and not now. */
  gains: number;
}

/** Modules to install before: then moves leave nothing waiting. */
export interface Before {
  readonly namespace: string;
  readonly modules: readonly Feature[];
  /** Names. */
  readonly vms: readonly string[];
}

/** Losses for one reason, and what there is against it. */
export interface LossReason extends Cause {
  readonly vms: number;
  readonly losses: number;
  readonly features: readonly Feature[];
  readonly remedy: string;
}

export function noSums(): Sums {
  return { vms: 0, losses: 0, moves: 0, installs: 0, takeovers: 0, gains: 0 };
}

const FIELD = { Loss: "losses", Move: "moves", Takeover: "takeovers", Gain: "gains" } as const satisfies Record<
  Change,
  keyof Sums
>;

/** Adds features of one VM. */
function add(sums: Sums, features: readonly Consequence[]): void {
  let counts = false;
  for (const { change, install } of features) {
    sums[FIELD[change]]++;
    if (install) sums.installs++;
    if (change === "Loss" || change === "Move") counts = true;
  }
  if (counts) sums.vms++;
}

export function sumOf(impacts: Iterable<VmImpact>): Sums {
  const sums = noSums();
  for (const { features } of impacts) add(sums, features);
  return sums;
}

/** Those with anything to say, in feature order. */
export function byFeature(impacts: readonly VmImpact[]): ({ feature: Feature } & Sums)[] {
  const rows = FEATURES.map((feature) => ({ feature, ...noSums() }));
  for (const { features } of impacts) {
    for (const one of features) {
      const row = rows[FEATURES.indexOf(one.feature)];
      if (row !== undefined) add(row, [one]);
    }
  }
  return rows.filter((row) => row.losses + row.moves + row.takeovers + row.gains > 0);
}

/** Who loses most first, then who has most to install, then by name. */
export function byNamespace(impacts: readonly VmImpact[]): ({ namespace: string } & Sums)[] {
  const rows = new Map<string, { namespace: string } & Sums>();
  for (const { namespace, features } of impacts)
    add(
      getOrSet(rows, namespace, () => ({ namespace, ...noSums() })),
      features,
    );
  const order = (a: { namespace: string } & Sums, b: typeof a) =>
    b.losses - a.losses || b.installs - a.installs || b.moves - a.moves || (a.namespace < b.namespace ? -1 : 1);
  return [...rows.values()].sort(order);
}

/** By namespace and set of modules; the most VMs first, then by name. */
export function before(impacts: readonly VmImpact[]): Before[] {
  const rows = new Map<string, Before & { vms: string[] }>();
  for (const { namespace, name, features } of impacts) {
    const modules = features.filter(({ install }) => install).map(({ feature }) => feature);
    if (modules.length === 0) continue;
    getOrSet(rows, `${namespace}/${modules}`, () => ({ namespace, modules, vms: [] })).vms.push(name);
  }
  const sorted = [...rows].sort(([a, one], [b, other]) => other.vms.length - one.vms.length || (a < b ? -1 : 1));
  return sorted.map(([, row]) => row);
}

const AGENT_REMEDIES: Readonly<Record<NonNullable<Cause["agent"]>, string>> = {
  NotInstalled: "an agent with these modules",
  Deactivated: "activate the agent, with these modules",
  UnsupportedVersion: "an agent of 9.6 or later, with these modules",
};

function remedyFor({ applianceOnly, agent }: Cause): string {
  const parts = [
    ...(applianceOnly === undefined ? [] : ["another affinity"]),
    ...(agent === undefined ? [] : [AGENT_REMEDIES[agent]]),
  ];
  return parts.join(", and ");
}

/** The most losses first. */
export function lossReasons(impacts: readonly VmImpact[]): LossReason[] {
  const rows = new Map<string, { cause: Cause; vms: Set<VmImpact>; losses: number; features: Set<Feature> }>();
  for (const impact of impacts) {
    for (const { cause, feature } of impact.features) {
      if (cause === undefined) continue;
      const key = `${cause.applianceOnly ?? ""} ${cause.agent ?? ""}`;
      const row = getOrSet(rows, key, () => ({ cause, vms: new Set(), losses: 0, features: new Set() }));
      row.vms.add(impact);
      row.losses++;
      row.features.add(feature);
    }
  }
  const sorted = [...rows].sort(([a, one], [b, other]) => other.losses - one.losses || (a < b ? -1 : 1));
  return sorted.map(([, { cause, vms, losses, features }]) => ({
    ...cause,
    vms: vms.size,
    losses,
    features: FEATURES.filter((feature) => features.has(feature)),
    remedy: remedyFor(cause),
  }));
}
