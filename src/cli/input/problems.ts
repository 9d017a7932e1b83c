import { formatProblem, type Problem } from "../../api/manifest/index.ts";

/** Everything that is wrong with the input, a line each, and how many; for stderr, with nothing on stdout and exit code 2. */
export function listing(problems: readonly Problem[]): string {
  const files = new Set(problems.map(({ file }) => file)).size;
  const count = `${problems.length} problem${problems.length === 1 ? "" : "s"} in ${files} file${files === 1 ? "" : "s"}`;
  return `${problems.map(formatProblem).join("\n")}\n${count}\n`;
}
