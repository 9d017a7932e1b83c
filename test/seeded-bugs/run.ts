/**
 * Does the suite catch anything? Each seeded bug is applied alone to a copy of this checkout, and the tests run on it until
 * the first one fails: those without an API server first, the faults on real processes only if none of those noticed.
 * `node test/seeded-bugs/run.ts [NAME…]` exits 1 if one is not caught.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { align } from "../cluster/table.ts";
import { type SeededBug, seededBugs } from "./patches.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** What a fresh clone does not have. */
const LEFT_OUT = new Set([".git", "node_modules", "dist", "coverage", "reports"]);
/** Which tests, in this order. */
const STAGES = [
  ["--project", "unit"],
  ["--project", "fault"],
];
/** Milliseconds for the tests of a stage: a bug can also make them hang. */
const DEADLINE = 900_000;

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** The first test that failed; undefined if all passed. */
async function firstFailure(copy: string, stage: readonly string[]): Promise<string | undefined> {
  const file = join(copy, "report.json");
  rmSync(file, { force: true });
  const args = ["run", ...stage, "--bail", "1", "--reporter", "json", "--outputFile", file];
  const vitest = spawn(join(ROOT, "node_modules", ".bin", "vitest"), args, { cwd: copy, stdio: "ignore" });
  const timer = setTimeout(() => vitest.kill("SIGKILL"), DEADLINE);
  const [code] = await once(vitest, "exit");
  clearTimeout(timer);
  if (code === 0) return undefined;
  if (!existsSync(file)) return `the tests did not end by themselves within ${DEADLINE / 60_000} minutes`;
  const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report;
  for (const { assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === "failed");
    if (failed !== undefined) return failed.fullName.trim();
  }
  const broken = testResults.find(({ status }) => status === "failed");
  throw new Error(`no test failed, and yet: ${broken?.name} ${broken?.message}`);
}

async function caughtBy(copy: string, { path }: SeededBug): Promise<string | undefined> {
  apply(copy, [path]);
  try {
    for (const stage of STAGES) {
      const failure = await firstFailure(copy, stage);
      if (failure !== undefined) return failure;
    }
    return undefined;
  } finally {
    apply(copy, ["--reverse", path]);
  }
}

function apply(copy: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync("git", ["apply", ...args], { cwd: copy, encoding: "utf8" });
  if (status !== 0) throw new Error(`git apply ${args.join(" ")}: ${stderr}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const wanted = process.argv.slice(2);
const bugs = seededBugs().filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const copy = mkdtempSync(join(tmpdir(), "tandem-seeded-"));
try {
  for (const name of readdirSync(ROOT)) {
    if (!LEFT_OUT.has(name)) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  // Patches are for src: in the copy the test that they still apply would only be in the way.
  rmSync(join(copy, "test", "seeded-bugs"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const healthy = await firstFailure(copy, STAGES[0] ?? []);
  if (healthy !== undefined) throw new Error(`without any bug a test fails already: ${healthy}`);
  const rows: string[][] = [["BUG", "CAUGHT AFTER", "BY"]];
  let missed = 0;
  for (const [index, bug] of bugs.entries()) {
    const began = performance.now();
    const test = await caughtBy(copy, bug);
    if (test === undefined) missed += 1;
    const seconds = `${Math.round((performance.now() - began) / 1000)} s`;
    rows.push([bug.name, test === undefined ? "NOT CAUGHT" : seconds, test ?? bug.what]);
    say(
      `${index + 1}/${bugs.length} ${bug.name}: ${test === undefined ? "NOT CAUGHT" : `caught after ${seconds} by ${test}`}`,
    );
  }
  say(`\n${align(rows).join("\n")}\n\n${bugs.length - missed} of ${bugs.length} caught`);
  process.exitCode = missed > 0 ? 1 : 0;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
