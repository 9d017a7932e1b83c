import { command, INPUT, MANAGER_VERSION, output } from "../command.ts";
import type { LintOptions } from "./lint.ts";

const EXAMPLES = `
Examples:
  tandem lint -f manifests/ -R                       what is legal and suspicious, with its place
  tandem lint -f estate.yaml -o wide                 also why it matters and what to do
  tandem lint -f manifests/ -R -o sarif > lint.sarif
  tandem lint --from-git HEAD -o github              annotations of a GitHub workflow
  tandem lint --context lab --only TL120,TL203
  tandem lint --explain TL120                        the page of one code

A comment in the YAML silences a finding: on its line, on the line above, or first in the document for the whole object:
  # tandem:ignore TL120 the Linux databases move in May

Exit code 0: no finding of --min-severity or worse, 1: findings, 2: wrong usage or a failure. What comments silence does not
count.`;

export const LINT = command<LintOptions>({
  name: "lint",
  summary: "find what is legal and suspicious in manifests",
  description:
    "Finds what is legal and suspicious: policies that select nothing, decide nothing or contradict each other, and VMs that nobody protects. Needs no cluster.",
  options: [
    ...INPUT,
    output("table", "wide", "json", "yaml", "sarif", "github", "gitlab", "markdown"),
    {
      flags: "--min-severity <severity>",
      meaning: "what is shown and counts for the exit code, from this on",
      choices: ["error", "warning", "note"],
      default: "warning",
    },
    { flags: "--only <codes>", meaning: "only these codes, separated by commas; may be repeated", repeats: true },
    { flags: "--skip <codes>", meaning: "all but these codes; may be repeated", repeats: true },
    { flags: "--show-ignored", meaning: "also what a tandem:ignore comment silences" },
    MANAGER_VERSION,
    { flags: "--list", meaning: "print the code, severity and title of every finding there is, and read nothing" },
    { flags: "--explain <code>", meaning: "print the page of one code, and read nothing" },
  ],
  examples: EXAMPLES,
  run: async (options, _, io) => (await import("./lint.ts")).lint(options, io),
});
