import fc from "fast-check";
import { expect, test } from "vitest";
import { rolling } from "../../../src/cli/impact/rolling.ts";
import { noSums } from "../../../src/cli/impact/sums.ts";

interface Item {
  readonly host: string;
  readonly losses: number;
}

/** Of the appliances of a host at most one is in charge and can lose anything. */
const items = fc
  .array(fc.record({ host: fc.constantFrom("a", "b", "c", "d", "e", "f", "g"), losses: fc.nat(9) }), { maxLength: 7 })
  .map((all) =>
    all.map((item, index) =>
      all.findIndex(({ host }) => host === item.host) === index ? item : { ...item, losses: 0 },
    ),
  );

function plan(all: readonly Item[], batch: number) {
  const loads = all.map(({ host, losses }, n) => ({
    subject: { name: `a${n}`, host, appliances: [`a${n}`] },
    sums: { ...noSums(), losses, vms: losses > 0 ? 1 : 0 },
  }));
  return rolling(loads, batch);
}

/** Tries every division: the fewest batches that there can be, and the lowest peak of so many. */
function best(all: readonly Item[], batch: number): { batches: number; peak: number } {
  for (let batches = 0; ; batches++) {
    let peak = Number.POSITIVE_INFINITY;
    const groups: Item[][] = Array.from({ length: batches }, () => []);
    const place = (index: number): void => {
      const item = all[index];
      if (item === undefined) {
        const losses = groups.map((group) => group.reduce((sum, one) => sum + one.losses, 0));
        peak = Math.min(peak, Math.max(0, ...losses));
        return;
      }
      for (const group of groups) {
        if (group.length === batch || group.some(({ host }) => host === item.host)) continue;
        group.push(item);
        place(index + 1);
        group.pop();
      }
    };
    place(0);
    if (peak < Number.POSITIVE_INFINITY) return { batches, peak };
  }
}

test("as few batches as there can be; the peak is never far from the lowest, and the bound never above it", () => {
  let lowest = 0;
  let all = 0;
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 4 }), (given, batch) => {
      const found = plan(given, batch);
      const { batches, peak } = best(given, batch);
      expect(found.steps).toHaveLength(batches);
      expect(found.lowestPeak).toBeLessThanOrEqual(peak);
      expect(found.peak).toBeGreaterThanOrEqual(peak);
      expect(found.peak).toBeLessThanOrEqual(1.5 * peak);
      all++;
      if (found.peak === peak) lowest++;
    }),
    { numRuns: 300 },
  );
  expect(lowest / all).toBeGreaterThan(0.9);
});

test("one at a time: no order has a lower peak", () => {
  fc.assert(
    fc.property(items, (given) => {
      const found = plan(given, 1);
      expect(found.peak).toBe(Math.max(0, ...given.map(({ losses }) => losses)));
      expect(found.lowestPeak).toBe(found.peak);
    }),
  );
});

test("everybody is in one step, nobody with another of the same host, the fewest losses first, and sums add up", () => {
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 4 }), (given, batch) => {
      const { steps, losses, vms, peak } = plan(given, batch);
      const hosts = steps.map(({ names }) => names.map((name) => given[Number(name.slice(1))]?.host));
      for (const step of hosts) expect(new Set(step).size).toBe(step.length);
      expect(steps.flatMap(({ names }) => names).sort()).toEqual(given.map((_, n) => `a${n}`));
      expect(steps.map(({ step }) => step)).toEqual(steps.map((_, index) => index + 1));
      const each = steps.map((step) => step.losses);
      expect(each).toEqual(each.toSorted((a, b) => a - b));
      expect(peak).toBe(Math.max(0, ...each));
      expect(losses).toBe(each.reduce((sum, one) => sum + one, 0));
      expect(vms).toBe(steps.reduce((sum, step) => sum + step.vms, 0));
    }),
  );
});
