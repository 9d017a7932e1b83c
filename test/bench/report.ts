import { cpus, totalmem } from "node:os";
import { version } from "../../src/cli/version.ts";
import { align } from "../cluster/table.ts";
import { POLICIES, VMS_OF_APPLIANCE } from "./bed.ts";
import { best } from "./connections.ts";
import { NOTES } from "./notes.ts";
import type { Results } from "./results.ts";
import type { Measured, Row } from "./row.ts";
import { count, rowsOf } from "./rows.ts";

const MIB = 1024 * 1024;
/** The kernel and the controller-manager are always among the others. */
const QUIET_BELOW = 0.1;
const HEAD = ["what", "Tandem", "baseline", "ratio (min to max)", "aim", "met"] as const;

/** For a terminal; and which aims are missed. */
export function summary(results: Results, others: readonly Measured[]): string {
  const rows = [...rowsOf(results), ...others.flatMap((other) => other.rows)];
  const missed = rows.filter(({ met }) => met === false);
  const lines = [
    ...align([HEAD, ...rows.map((row) => cells(row).map(plain))]).map((line) => line.trimEnd()),
    "",
    ...align(alsoMeasured(results).map((row) => row.map(plain))),
    "",
    ...(othersShare(results) < QUIET_BELOW ? [] : ["Others used the machine meanwhile: measure again."]),
    missed.length === 0 ? "Every aim is met." : `Missed: ${missed.length}`,
    ...missed.map(({ what, tandem, ratio, aim }) => `  ${plain(what).trim()}: ${tandem}, ${ratio}; aim ${aim}`),
  ];
  return lines.join("\n");
}

/** The whole of docs/performance.md. */
export function markdown(
  results: Results,
  { command, others }: { command: string; others: readonly Measured[] },
): string {
  const { vms, kubernetes, rounds } = results;
  const [cpu] = cpus();
  const facts = [
    ["Date", new Date().toISOString().slice(0, 10)],
    [
      "Machine",
      `${cpus().length} cores (${cpu?.model ?? "unknown"}), ${(totalmem() / 1024 ** 3).toFixed(0)} GiB, ${process.platform} ${process.arch}`,
    ],
    ["Versions", `Tandem ${version}, Node ${process.versions.node}, Kubernetes ${kubernetes}`],
    ["Estate", `${count(vms)} VMs in one namespace, ${vms / VMS_OF_APPLIANCE} appliances, ${POLICIES} policies`],
    ["Everything on this one machine", "etcd (no fsync), API server, controller-manager, controller, observer"],
  ];
  return `# Performance

Written by \`${command}\` from one run of ${rounds.length} rounds; do not edit. Median of the rounds or of all samples (smallest to
largest of a round). The baseline is a plain program that does only the unavoidable, in the same run on the same control plane.

${table(["", ""], facts)}

${table(HEAD, rowsOf(results).map(cells))}

## Also measured

${table(["what", "value"], alsoMeasured(results))}

${NOTES}
${others.map(section).join("")}`;
}

function section({ title, command, rows, text }: Measured): string {
  return `
## ${title}

Measured by \`${command}\`.
${rows.length === 0 ? "" : `\n${table(HEAD, rows.map(cells))}\n`}
\`\`\`text
${text}
\`\`\`
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function cells({ what, tandem, baseline, ratio, aim, met }: Row): string[] {
  return [what, tandem, baseline, ratio, aim, met === undefined ? "" : met ? "yes" : "**no**"];
}

/** For a terminal. */
function plain(cell: string): string {
  return cell.replaceAll("&nbsp;", " ").replaceAll("**", "");
}

/** Which part of the CPU neither the writer nor the server used during a mass change: the most of all. */
function othersShare({ rounds }: Results): number {
  const masses = rounds.flatMap(({ tandem, bare }) => [tandem.mass, bare.mass]);
  return Math.max(...masses.map(({ machineCpu, serverCpu, writerCpu }) => 1 - (serverCpu + writerCpu) / machineCpu));
}

function alsoMeasured(results: Results): string[][] {
  const { vms, rates, rounds, first, needlessWrites, memory } = results;
  const bareTimes = rounds.map(({ bare }) => bare.mass.ms / 1000);
  const drift = bareTimes.map((seconds) => seconds.toFixed(2)).join(", ");
  return [
    [
      "Writes a second of the bare loop by its connections",
      rates.map(({ connections, rate }) => `${connections}: ${rate.toFixed(0)}`).join(", "),
    ],
    [
      "&nbsp;&nbsp;and until the event of the last one is seen",
      rates.map(({ connections, lateMs }) => `${connections}: ${lateMs.toFixed(0)} ms`).join(", "),
    ],
    ["Connections that it was given", `${best(rates)}`],
    [`Drift: the bare loop's ${count(vms)} writes, round by round`, `${drift} s`],
    ["CPU that others used during a mass change, at most", `${(100 * othersShare(results)).toFixed(0)} %`],
    ["First start: everything listed", `${(first.listedMs / 1000).toFixed(1)} s`],
    [
      `First start: every VM's first status`,
      `${(first.settledMs / 1000).toFixed(1)} s, ${count(first.vmWrites)} writes`,
    ],
    ["Restarts with nothing to change: writes of VM statuses", `${needlessWrites}`],
    ["Resident memory without VMs", `${(memory.empty / MIB).toFixed(0)} MiB`],
    [`Resident memory at ${count(vms)} VMs, after two mass changes`, `${(memory.atEnd / MIB).toFixed(0)} MiB`],
    ["Resident memory, peak", `${(memory.peak / MIB).toFixed(0)} MiB`],
  ];
}
