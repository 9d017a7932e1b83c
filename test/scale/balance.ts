import type { Namespace } from "./estates.ts";
import { ownerOf } from "./rendezvous.ts";

/** VMs of each shard, in the order of the shards. */
export function loadsOf(estate: readonly Namespace[], shards: readonly number[]): number[] {
  const loads = shards.map(() => 0);
  for (const { hash, vms } of estate) {
    const owner = ownerOf(hash, shards);
    loads[owner] = (loads[owner] ?? 0) + vms;
  }
  return loads;
}

/** The largest shard as a multiple of the mean: 1 is perfect, the number of shards is the worst. */
export function imbalance(loads: readonly number[]): number {
  const all = loads.reduce((sum, load) => sum + load, 0);
  return all === 0 ? 1 : Math.max(...loads) / (all / loads.length);
}

/** The parts (0 to 1) of namespaces and of VMs that have another owner under other shards. */
export function moved(
  estate: readonly Namespace[],
  before: readonly number[],
  after: readonly number[],
): { namespaces: number; vms: number } {
  const movers = estate.filter(({ hash }) => before[ownerOf(hash, before)] !== after[ownerOf(hash, after)]);
  const vmsOf = (some: readonly Namespace[]): number => some.reduce((sum, { vms }) => sum + vms, 0);
  return { namespaces: movers.length / estate.length, vms: vmsOf(movers) / vmsOf(estate) };
}
