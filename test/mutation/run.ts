/**
 * Mutation testing: how many small changes of the code does no test notice? `node test/mutation/run.ts [ROOM…]` tries them
 * all on one room of `src/` after the other, prints a table, and exits 1 below the thresholds. It takes long: the three
 * rooms have thousands of mutants. The whole result of a room is in reports/mutation/ROOM.json, the table of all in
 * summary.json, and what survived, a line each, in ROOM.txt.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { align } from "../cluster/table.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const REPORTS = join(ROOT, "reports", "mutation");
/** Per cent of the mutants that have to be noticed. */
const THRESHOLDS: Readonly<Record<string, number>> = { resolve: 90, cache: 80, controller: 80 };

interface Mutant {
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}

interface Score {
  readonly name: string;
  readonly killed: number;
  /** The tests ran without end, which is noticed, too. */
  readonly timedOut: number;
  readonly survived: number;
  /** No test runs that code. */
  readonly notRun: number;
  /** Per cent noticed. */
  readonly score: number;
}

async function mutate(room: string): Promise<Report> {
  const stryker = join(ROOT, "node_modules", "@stryker-mutator", "core", "bin", "stryker.js");
  const child = spawn(process.execPath, [stryker, "run", join("test", "mutation", "stryker.config.mjs")], {
    cwd: ROOT,
    env: { ...process.env, TANDEM_TEST_MUTATION_ROOM: room },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`stryker ended with ${code}`);
  return JSON.parse(readFileSync(join(REPORTS, `${room}.json`), "utf8"));
}

function scoreOf(name: string, mutants: readonly Mutant[]): Score {
  const count = (status: string) => mutants.filter((mutant) => mutant.status === status).length;
  const [killed, timedOut, survived, notRun] = [
    count("Killed"),
    count("Timeout"),
    count("Survived"),
    count("NoCoverage"),
  ];
  const noticed = killed + timedOut;
  const all = noticed + survived + notRun;
  return { name, killed, timedOut, survived, notRun, score: all === 0 ? 100 : (100 * noticed) / all };
}

function survivors({ files }: Report): string[] {
  return Object.entries(files).flatMap(([file, { mutants }]) =>
    mutants
      .filter(({ status }) => status === "Survived" || status === "NoCoverage")
      .map(({ status, mutatorName, replacement = "", location: { start } }) => {
        const change = replacement.replaceAll(/\s+/g, " ");
        return `${file}:${start.line}:${start.column} ${status} ${mutatorName}: ${change}`;
      }),
  );
}

const rooms = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(THRESHOLDS);
const results: { room: string; least: number; total: Score; files: Score[] }[] = [];
for (const room of rooms) {
  const report = await mutate(room);
  writeFileSync(join(REPORTS, `${room}.txt`), `${survivors(report).join("\n")}\n`);
  const sorted = Object.entries(report.files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const files = sorted.map(([file, { mutants }]) => scoreOf(file, mutants));
  const all = Object.values(report.files).flatMap(({ mutants }) => mutants);
  const least = THRESHOLDS[room] ?? 0;
  results.push({ room, least, total: scoreOf(`src/${room} (at least ${least} %)`, all), files });
}
writeFileSync(join(REPORTS, "summary.json"), `${JSON.stringify(results, undefined, 2)}\n`);
const row = ({ name, killed, timedOut, survived, notRun, score }: Score) => [
  name,
  ...[killed, timedOut, survived, notRun].map(String),
  `${score.toFixed(1)} %`,
];
const header = ["FILE", "KILLED", "TIMED OUT", "SURVIVED", "NOT RUN", "SCORE"];
const rows = results.flatMap(({ files, total }) => [...files.map(row), row(total)]);
process.stdout.write(`\n${align([header, ...rows]).join("\n")}\n`);
process.exitCode = results.some(({ total, least }) => total.score < least) ? 1 : 0;
