/**
 * Mutation testing: how many small changes of the code does no test notice? `node test/mutation/run.ts [ROOM…]` tries them
 * all on one room of `src/` after the other, prints a table, and exits 1 below the thresholds. It takes long: the three
 * rooms have thousands of mutants. The whole result of a room is in reports/mutation/ROOM.json.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { align } from "../cluster/table.ts";

const ROOT = join(import.meta.dirname, "..", "..");
/** Per cent of the mutants that have to be noticed. */
const THRESHOLDS: Readonly<Record<string, number>> = { resolve: 90, cache: 80, controller: 80 };

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>;
}

interface Score {
  readonly killed: number;
  readonly survived: number;
}

async function mutate(room: string): Promise<Report> {
  const stryker = spawn(
    join(ROOT, "node_modules", ".bin", "stryker"),
    ["run", join("test", "mutation", "stryker.config.mjs")],
    {
      cwd: ROOT,
      env: { ...process.env, TANDEM_TEST_MUTATION_ROOM: room },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  const [code] = await once(stryker, "exit");
  if (code !== 0) throw new Error(`stryker ended with ${code}`);
  return JSON.parse(readFileSync(join(ROOT, "reports", "mutation", `${room}.json`), "utf8"));
}

/** A mutant that makes the tests run without end is noticed, too; one that nothing runs is not. */
function scoreOf(mutants: readonly { readonly status: string }[]): Score {
  const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length;
  return { killed: count("Killed", "Timeout"), survived: count("Survived", "NoCoverage") };
}

function percent({ killed, survived }: Score): number {
  return killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);
}

const rooms = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(THRESHOLDS);
const rows = [["FILE", "NOTICED", "SURVIVED", "SCORE"]];
let missed = false;
for (const room of rooms) {
  const { files } = await mutate(room);
  const row = (name: string, score: Score) => [
    name,
    `${score.killed}`,
    `${score.survived}`,
    `${percent(score).toFixed(1)} %`,
  ];
  for (const [file, { mutants }] of Object.entries(files)) rows.push(row(file, scoreOf(mutants)));
  const all = scoreOf(Object.values(files).flatMap(({ mutants }) => mutants));
  const least = THRESHOLDS[room] ?? 0;
  rows.push(row(`src/${room} (at least ${least} %)`, all));
  if (percent(all) < least) missed = true;
}
process.stdout.write(`\n${align(rows).join("\n")}\n`);
process.exitCode = missed ? 1 : 0;
