import fc from "fast-check";
import { expect, test } from "vitest";
import { compareResourceVersions, isResourceVersion } from "../../src/kube/resource-version.ts";

const digits = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n }).map(String),
  fc.stringMatching(/^0{0,3}[0-9]{1,20}$/),
  fc.constantFrom("0", "00", "9", "10", "9007199254740992", "9007199254740993"),
);

test("resourceVersions compare as the numbers that they are, also where a JavaScript number is too short", () => {
  fc.assert(
    fc.property(digits, digits, (a, b) => {
      const expected = BigInt(a) < BigInt(b) ? -1 : BigInt(a) > BigInt(b) ? 1 : 0;
      expect(Math.sign(compareResourceVersions(a, b))).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
});

test("only digits are a resourceVersion", () => {
  expect(["1", "0", "18446744073709551615"].every(isResourceVersion)).toBe(true);
  expect(["", "-1", "1e3", "0x1", " 1", "1\n", 1, null, undefined, "9".repeat(65)].some(isResourceVersion)).toBe(false);
});
