import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { seededBugs } from "./patches.ts";

const ROOT = join(import.meta.dirname, "..", "..");

test("there are at least twenty seeded bugs, and each says what is wrong", () => {
  const bugs = seededBugs();
  expect(bugs.length).toBeGreaterThanOrEqual(20);
  for (const { name, what } of bugs) expect(what, name).toMatch(/^[A-Z].{20,}\.$/);
});

test.each(seededBugs())("the patch still applies: $name", ({ path }) => {
  const { status, stderr } = spawnSync("git", ["apply", "--check", path], { cwd: ROOT, encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
