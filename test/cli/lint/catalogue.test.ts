import { expect, test } from "vitest";
import { CATALOGUE, RULES, SILENCEABLE } from "../../../src/cli/lint/catalogue.ts";
import { codes, lint } from "./lint.ts";

test("codes are in order, and each is there once", () => {
  const all = CATALOGUE.map(({ code }) => code);
  expect(all).toEqual([...new Set(all)].sort());
  for (const code of all) expect(code).toMatch(/^TL\d{3}$/);
  expect([...SILENCEABLE]).toEqual(RULES.map(({ code }) => code));
});

test.each(CATALOGUE.map((rule) => [rule.code, rule] as const))(
  "%s: the example has exactly it, and put right has nothing",
  async (code, { bad, good, severity, args = [] }) => {
    const found = await lint(bad, ...args);
    expect([...new Set(codes(found))]).toEqual([code]);
    // Two policies that contradict each other both have it.
    expect(found.findings.map((one) => one.severity)).toEqual(found.findings.map(() => severity));
    const after = await lint(good, ...args);
    expect(codes(after)).toEqual([]);
  },
);

test("texts are sentences", () => {
  for (const { title, why, advice } of CATALOGUE) {
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    for (const text of [why, advice]) expect(text).toMatch(/^[A-Z].*[.`]$/);
  }
});
