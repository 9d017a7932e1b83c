import type { Subject } from "./subjects.ts";
import type { Sums } from "./sums.ts";

/** What a subject alone does. */
export interface Load {
  readonly subject: Subject;
  readonly sums: Sums;
}

/** What is down at the same time. */
export class Group {
  readonly loads = new Set<Load>();
  readonly #hosts = new Map<string, Load>();
  losses = 0;

  put(load: Load): void {
    this.loads.add(load);
    this.#hosts.set(load.subject.host, load);
    this.losses += load.sums.losses;
  }

  take(load: Load): void {
    this.loads.delete(load);
    this.#hosts.delete(load.subject.host);
    this.losses -= load.sums.losses;
  }

  /** Whether it can have it in place of one of its own. */
  admits({ subject }: Load, instead: Load): boolean {
    const mate = this.#hosts.get(subject.host);
    return mate === undefined || mate === instead;
  }
}

/**
 * Hosts with several subjects first: each of these goes to another one of the groups with the fewest members, so that groups
 * stay as large as each other and room for them never ends. Then all others, the one with the most losses first, each to the
 * group with the fewest losses that has room. Then two change places as long as that lowers the peak.
 */
export function divide(loads: readonly Load[], batch: number): Group[] {
  const byHost = Map.groupBy(loads, ({ subject }) => subject.host);
  const mates = [...byHost.values()].filter(({ length }) => length > 1);
  mates.sort((a, b) => b.length - a.length || most(b) - most(a));
  const count = Math.max(Math.ceil(loads.length / batch), mates[0]?.length ?? 0);
  const groups = Array.from({ length: count }, () => new Group());
  for (const ofHost of mates) {
    const emptiest = groups.toSorted((a, b) => a.loads.size - b.loads.size || a.losses - b.losses);
    ofHost.sort(heavierFirst).forEach((load, index) => {
      emptiest[index]?.put(load);
    });
  }
  const singles = loads.filter(({ subject }) => byHost.get(subject.host)?.length === 1);
  for (const load of singles.sort(heavierFirst)) {
    let best: Group | undefined;
    for (const group of groups) {
      if (group.loads.size < batch && (best === undefined || isBetter(group, best))) best = group;
    }
    best?.put(load);
  }
  while (lowerPeak(groups)) {}
  return groups;
}

/** Lets a load of the group with the most losses change places with a lighter one. @returns whether there was such a pair */
function lowerPeak(groups: readonly Group[]): boolean {
  const [peak, ...others] = groups.toSorted((a, b) => b.losses - a.losses);
  if (peak === undefined) return false;
  for (const other of others.reverse()) {
    for (const heavy of peak.loads) {
      for (const light of other.loads) {
        const less = heavy.sums.losses - light.sums.losses;
        if (less <= 0 || other.losses + less >= peak.losses) continue;
        if (!other.admits(heavy, light) || !peak.admits(light, heavy)) continue;
        peak.take(heavy);
        other.take(light);
        peak.put(light);
        other.put(heavy);
        return true;
      }
    }
  }
  return false;
}

function isBetter(a: Group, b: Group): boolean {
  return a.losses < b.losses || (a.losses === b.losses && a.loads.size < b.loads.size);
}

function heavierFirst(a: Load, b: Load): number {
  return b.sums.losses - a.sums.losses || (a.subject.name < b.subject.name ? -1 : 1);
}

function most(loads: readonly Load[]): number {
  return loads.reduce((sum, { sums }) => Math.max(sum, sums.losses), 0);
}
