import type { Random } from "../fault/random.ts";
import type { Namespace } from "./estates.ts";
import { ownerOf } from "./rendezvous.ts";

/**
 * Shards on which the VMs of one hypervisor host lie, mean over so many hosts. A host runs VMs of any namespace: the more VMs a
 * namespace has, the more likely. Each of those shards has a part of the appliance's counts.
 */
export function shardsOfHost(
  estate: readonly Namespace[],
  shards: readonly number[],
  { hosts, vmsOfHost, random }: { hosts: number; vmsOfHost: number; random: Random },
): number {
  const owners = estate.map(({ hash }) => ownerOf(hash, shards));
  const ends: number[] = [];
  let all = 0;
  for (const { vms } of estate) {
    all += vms;
    ends.push(all);
  }
  let sum = 0;
  for (let host = 0; host < hosts; host++) {
    const met = new Set<number | undefined>();
    for (let vm = 0; vm < vmsOfHost; vm++) {
      const place = random() * all;
      met.add(owners[firstAbove(ends, place)]);
    }
    sum += met.size;
  }
  return sum / hosts;
}

function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
