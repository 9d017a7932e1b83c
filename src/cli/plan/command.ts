import { command, MANAGER_VERSION, output, SIDES } from "../command.ts";
import type { PlanOptions } from "./run.ts";

const EXAMPLES = `
Examples:
  tandem plan --from main/ --to branch/                        two folders
  tandem plan --from-git origin/main -f manifests/             what your branch changes
  tandem plan --from cluster --to manifests/ -o wide           what applying them would do, VM by VM
  kubectl kustomize overlays/prod | tandem plan --from cluster --to - --apply
  tandem plan --from-git origin/main -f manifests/ -o markdown --fail-on losses,conflicts,installs>100

Guards (--fail-on): losses, unprotected, installs, conflicts, rejected, stalled, unlicensed, optouts, exposed, removals,
moves, gains, additions, redecided, deliveries, vms, changes; each alone, or with the most that is allowed: moves>50.

Exit code 0: nothing changes, 1: something does; with --fail-on 1 only if a guard fails. 2: wrong usage, bad input or a failure.`;

export const PLAN = command<PlanOptions>({
  name: "plan",
  summary: "what changes for protection if B replaces A",
  description:
    "Says what changes for the protection of VMs if one set of objects takes the place of another: features that are lost, move or are gained, modules to install, conflicts that appear, and which edit is behind each. Needs no cluster, and writes nothing.",
  options: [
    ...SIDES,
    output("table", "wide", "markdown", "json", "yaml"),
    {
      flags: "--fail-on <guards>",
      meaning: "exit with 1 only if one of these fails: words with commas between, each with >N if some are allowed",
      repeats: true,
    },
    MANAGER_VERSION,
  ],
  examples: EXAMPLES,
  run: async (options, _, io) => (await import("./run.ts")).run(options, io),
});
