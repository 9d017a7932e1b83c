import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../manifests/kustomize.ts";

export const RUNBOOK = readFileSync(join(ROOT, "docs", "runbook.md"), "utf8");

/** Each with its heading, the name of an alert. */
export const SECTIONS = RUNBOOK.split(/^## /m)
  .slice(1)
  .map((body) => ({ title: body.split("\n")[0] ?? "", body }));

/** The commands of each section, a line each. */
export const COMMANDS = SECTIONS.flatMap(({ title, body }) =>
  [...body.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = ""]) =>
    block
      .trimEnd()
      .split("\n")
      .map((command) => ({ title, command })),
  ),
);

/** Where a command is tried that was written for a cluster with nodes. */
export interface Stage {
  readonly kubeconfig: string;
  /** What `kubectl logs` would print. */
  readonly log: string;
  /** Of the probes. */
  readonly port: number;
  /** `NAMESPACE/NAME` of the runbook. */
  readonly vm: string;
}

/**
 * A script for bash that runs a command of the runbook where no Pod runs: logs come from a file, the port of the probes is
 * open already, and nobody has metrics of Pods.
 */
export function staged(command: string, { kubeconfig, log, port, vm }: Stage): string {
  return `set -euo pipefail
export KUBECONFIG='${kubeconfig}'
kubectl() {
  case " $* " in
    *" logs "*) cat '${log}' ;;
    *" port-forward "* | *" top "*) ;;
    *) command kubectl "$@" ;;
  esac
}
tandem() { '${join(ROOT, "bin", "tandem")}' "$@"; }
${command.replace("localhost:8081", `127.0.0.1:${port}`).replace("NAMESPACE/NAME", vm)}
`;
}
