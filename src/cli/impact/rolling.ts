import { divide, type Load } from "./batches.ts";
import { noSums, type Sums } from "./sums.ts";

/** What is down at one time. */
export interface Step extends Sums {
  /** From 1. */
  readonly step: number;
  readonly names: readonly string[];
}

/**
 * One after the other, each activated again before the next.
 *
 * Only the one appliance in charge of a host has an effect, and hosts know nothing of each other (SPEC R1). So each VM is hit by
 * one step at most, and no order and no division into batches changes a sum over the steps. What can be chosen is who is down
 * together, which makes the peak, and who comes first.
 */
export interface Rolling extends Sums {
  /** At most so many at a time. */
  readonly batch: number;
  /** Of lost features at one time. */
  readonly peak: number;
  /** No division into so many steps can have a lower peak. */
  readonly lowestPeak: number;
  readonly steps: readonly Step[];
}

/**
 * The steps: as few as there can be, two subjects of one host in different ones; of them with a low peak of losses; those with
 * the fewest losses first, so that a mistake shows where it costs least (then fewest installs, moves, then by name).
 * @param loads what each subject alone does
 * @param batch at least 1
 */
export function rolling(loads: readonly Load[], batch: number): Rolling {
  const groups = divide(loads, batch);
  const unordered = groups.map(({ loads }) => ({
    names: [...loads].map(({ subject }) => subject.name).sort((a, b) => (a < b ? -1 : 1)),
    sums: total(loads),
  }));
  const first = (names: readonly string[]) => names[0] ?? "";
  unordered.sort(
    (a, b) =>
      a.sums.losses - b.sums.losses ||
      a.sums.installs - b.sums.installs ||
      a.sums.moves - b.sums.moves ||
      (first(a.names) < first(b.names) ? -1 : 1),
  );
  const all = total(loads);
  const largest = loads.reduce((most, { sums }) => Math.max(most, sums.losses), 0);
  return {
    batch,
    ...all,
    peak: unordered.reduce((peak, { sums }) => Math.max(peak, sums.losses), 0),
    lowestPeak: Math.max(largest, Math.ceil(all.losses / Math.max(groups.length, 1))),
    steps: unordered.map(({ names, sums }, index) => ({ step: index + 1, names, ...sums })),
  };
}

function total(loads: Iterable<Load>): Sums {
  const all = noSums();
  for (const { sums } of loads) {
    for (const field of Object.keys(all) as (keyof Sums)[]) all[field] += sums[field];
  }
  return all;
}
