import type { Random } from "../fault/random.ts";

/** Status writes a second that the API server takes. */
const SERVER_WRITES = 350;

export interface CountsOptions {
  readonly vms: number;
  readonly appliances: number;
  /** Whole seconds between two writes of one appliance's counts. */
  readonly every: number;
  /** The most writes of counts in a second. */
  readonly most: number;
  /** In which order the VMs are written: one host after the other, or as their names come. */
  readonly order: "by host" | "any";
  readonly random: Random;
}

/**
 * Writes of appliances' counts for each VM that is written, in a mass change of all VMs, second by second. A VM's write moves
 * the counts of its appliance; they are written when they have moved and `every` has passed since the last time.
 */
export function countWrites({ vms, appliances, every, most, order, random }: CountsOptions): number {
  const hostOf = (n: number): number => Math.floor((order === "any" ? random() : n / vms) * appliances);
  const moved = new Set<number>();
  const writtenAt = new Map<number, number>();
  let writes = 0;
  let next = 0;
  for (let second = 0; next < vms || moved.size > 0; second++) {
    let counts = 0;
    for (const appliance of moved) {
      if (counts === most) break;
      if (second - (writtenAt.get(appliance) ?? Number.NEGATIVE_INFINITY) < every) continue;
      moved.delete(appliance);
      writtenAt.set(appliance, second);
      counts += 1;
    }
    writes += counts;
    const end = Math.min(vms, next + SERVER_WRITES - counts);
    for (; next < end; next++) moved.add(hostOf(next));
  }
  return writes / vms;
}
