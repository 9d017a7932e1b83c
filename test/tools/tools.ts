import { execFileSync } from "node:child_process";
import { goPrograms } from "../cluster/build.ts";
import type { Say } from "../cluster/say.ts";

/** By the name of the program: our own small ones, whose first lines say what they do, and those of others. */
const PACKAGES = {
  kstatus: "./kstatus",
  "argocd-health": "./argocd-health",
  actionlint: "github.com/rhysd/actionlint/cmd/actionlint",
} as const;

type Tools = Readonly<Record<keyof typeof PACKAGES, string>>;

/** Paths of the tools of the field, built once a machine, or why they cannot be. Throws `BuildFailed`. */
export async function tools(say: Say = stderr): Promise<Tools | { skipped: string }> {
  const module = import.meta.dirname;
  const programs = { what: "the tools of test/tools", module, cache: "tools", packages: PACKAGES, takes: TAKES };
  return await goPrograms(programs, { say });
}

const TAKES = "about a minute on two cores";

function stderr(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What a tool prints for objects: one JSON document a line for each. */
export function run<T>(command: readonly [string, ...string[]], objects: readonly object[]): T[] {
  const [file, ...args] = command;
  const input = objects.map((object) => JSON.stringify(object)).join("\n");
  const output = execFileSync(file, args, { input, encoding: "utf8", maxBuffer: 64 * 2 ** 20 });
  return output
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
}
