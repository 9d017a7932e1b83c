import { expect, test } from "vitest";
import { atMost, type Figure, type Pair, rowOf, times } from "./figure.ts";
import type { Turn } from "./turn.ts";

/** Only what the figures below look at. */
function pair(tandem: readonly number[], bare: readonly number[]): Pair {
  const turn = (idleEdits: readonly number[]) => ({ idleEdits }) as unknown as Turn;
  return { tandem: turn(tandem), bare: turn(bare) };
}

const first: Figure = { what: "a figure", of: ({ idleEdits }) => idleEdits[0] ?? 0, unit: "s", digits: 1 };
const samples: Figure = { ...first, of: ({ idleEdits }) => idleEdits };

test("a server that slows down between rounds does no harm, as each round has a ratio of its own", () => {
  const rounds = [pair([10], [10]), pair([40], [20]), pair([30], [25])];
  const row = rowOf(rounds, { ...first, aim: times(1.2) });
  expect(row).toMatchObject({ tandem: "30.0 s (10.0 to 40.0)", baseline: "20.0 s (10.0 to 25.0)" });
  expect(row).toMatchObject({ ratio: "1.20 (1.00 to 2.00)", met: true });
});

test("of samples the quantile of all rounds together counts, and the spread is that of the rounds", () => {
  const rounds = [pair([1, 1, 1], [1, 1, 1]), pair([1, 3, 9], [1, 1, 1])];
  const row = rowOf(rounds, { ...samples, p: 1, aim: times(8) });
  expect(row).toMatchObject({ tandem: "9.0 s (1.0 to 9.0)", ratio: "9.00 (1.00 to 9.00)", aim: "≤ 8 x", met: false });
});

test("an aim with milliseconds on top allows for them", () => {
  const rounds = [pair([3.1, 3.1], [1, 1])];
  const met = (aim: Figure["aim"]) => rowOf(rounds, { ...samples, ...(aim && { aim }) }).met;
  expect(met(times(1.2, 2))).toBe(true);
  expect(met(times(1.2, 1.8))).toBe(false);
  expect(met(atMost(3.1, "ms"))).toBe(true);
  expect(met(atMost(3, "ms"))).toBe(false);
  expect(met(undefined)).toBeUndefined();
});

test("what the baseline has none of has no ratio", () => {
  expect(rowOf([pair([5], [0])], first).ratio).toBe("-");
});
