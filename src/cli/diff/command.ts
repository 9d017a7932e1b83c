import { command, MANAGER_VERSION, SIDES } from "../command.ts";
import type { DiffOptions } from "./diff.ts";

const EXAMPLES = `
Examples:
  tandem diff --from-git main -f manifests/                 what this branch does to every status
  tandem diff --from old.yaml --to new.yaml --stat          how much of each, a line an object
  tandem diff --from cluster --to manifests/ -R --spec      what people declare too
  tandem diff --from-git main -f manifests/ -U 0 | less -R

Shown are the statuses that the controller would write on either side, as YAML, a file an object. Times and observedGeneration
are left out: they say nothing about protection. An object of --to without a status, as manifests have none, keeps what was
reported of the one of --from (reports, delivered). Characters that nobody sees are shown as escapes.

Exit code 0: no status differs, 1: some do, 2: wrong usage, bad input or a failure.`;

export const DIFF = command<DiffOptions>({
  name: "diff",
  summary: "what changes between two estates, as a unified diff of statuses",
  description:
    "Prints how the statuses of all objects change if one estate replaces another, as diff -u would. Nothing is written anywhere.",
  options: [
    ...SIDES,
    { flags: "-U, --unified <lines>", meaning: "lines of context", default: "3" },
    { flags: "--stat", meaning: "only how many lines of each object change" },
    { flags: "--spec", meaning: "also labels and spec" },
    MANAGER_VERSION,
  ],
  examples: EXAMPLES,
  run: async (options, _, io) => (await import("./diff.ts")).diff(options, io),
});
