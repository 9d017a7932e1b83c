import { expect, test } from "vitest";
import { Page } from "./page.ts";

test.each(["integrate.md", "operations.md"])("%s: every script is run by a test, or says why not", (name) => {
  const { blocks } = new Page(name);
  const silent = blocks.filter((block) => block.language !== "text" && (block.test ?? block.untested) === undefined);
  expect(silent.map(({ code }) => code)).toEqual([]);
  const names = blocks.flatMap(({ test }) => test ?? []);
  expect(names.length).toBeGreaterThan(5);
  expect(new Set(names).size).toBe(names.length);
});

test.each(["integrate.md", "operations.md"])("%s: every link leads to something", (name) => {
  expect(new Page(name).brokenLinks()).toEqual([]);
});
