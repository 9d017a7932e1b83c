import fc from "fast-check";
import { expect, test } from "vitest";
import { exponents } from "./growth.ts";

const sizes = [1_000, 10_000, 100_000];
const of = (value: (size: number) => number) =>
  exponents({ name: "it", values: sizes.map((size) => ({ size, value: value(size) })) });

test("a power of the size has its exponent everywhere, whatever it is multiplied by", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 3, noNaN: true }),
      fc.double({ min: 0.001, max: 1000, noNaN: true }),
      (p, by) => {
        for (const exponent of of((size) => by * size ** p)) expect(exponent).toBeCloseTo(p, 6);
      },
    ),
  );
});

test("what was not measured has no exponent", () => {
  expect(of((size) => (size === 10_000 ? 0 : size))).toEqual([undefined, undefined]);
});
