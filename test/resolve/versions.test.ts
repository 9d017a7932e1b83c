import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareVersions, isVersion } from "../../src/resolve/index.ts";

const parts = fc.array(fc.nat(999_999_999), { minLength: 1, maxLength: 8 });

describe("versions", () => {
  test.each([
    ["20.0.1", "20.0.10"],
    ["9.6", "10.0"],
    ["9.5", "9.6"],
    ["9.5.99999", "9.6"],
    ["9.6", "9.6.0.1"],
    ["0", "0.0.0.0.0.0.0.1"],
    ["999999998", "999999999"],
  ])("%s is before %s", (a, b) => {
    expect(compareVersions(a, b)).toBeLessThan(0);
    expect(compareVersions(b, a)).toBeGreaterThan(0);
  });

  test.each([
    ["9.6", "9.6.0"],
    ["20", "20.0.0.0"],
    ["9.06", "9.6"],
    ["0", "0.0"],
  ])("%s is %s", (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
    expect(compareVersions(b, a)).toBe(0);
  });

  test("missing parts are 0, and numbers decide, not text", () => {
    fc.assert(
      fc.property(parts, parts, (left, right) => {
        const width = Math.max(left.length, right.length);
        const padded = (numbers: number[]) =>
          Array.from({ length: width }, (_, i) => String(numbers[i] ?? 0).padStart(9, "0")).join(".");
        const [a, b] = [padded(left), padded(right)];
        const expected = a < b ? -1 : a > b ? 1 : 0;
        expect(Math.sign(compareVersions(left.join("."), right.join(".")))).toBe(expected);
      }),
    );
  });

  test.each(["1", "20.0.1", "20.0.0.8137", "1.999999999", "1.2.3.4.5.6.7.8", "999999999", "007"])(
    "%s is a version",
    (text) => {
      expect(isVersion(text)).toBe(true);
    },
  );

  test.each(["", "v1.2", "1.", ".1", "1..2", "1.2.3.4.5.6.7.8.9", "1234567890", "1 ", "1\n", "-1", "1e3", "1.x"])(
    "%j is no version",
    (text) => {
      expect(isVersion(text)).toBe(false);
    },
  );
});
