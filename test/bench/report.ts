import { cpus, totalmem } from "node:os";
import { version } from "../../src/cli/version.ts";
import { align } from "../cluster/table.ts";
import { APPLIANCES, CONCURRENCY, POLICIES } from "./bed.ts";
import type { MassChange } from "./mass.ts";
import type { Results } from "./results.ts";
import { quantile, spreadOf } from "./statistics.ts";

const MIB = 1024 * 1024;

/** Name and value of each figure, in the order in which they are shown. */
export function rowsOf(results: Results): [string, string][] {
  const { vms, first, memory, edits, bareWrites, cold, warm, bare, needlessWrites } = results;
  const rate = ({ ms }: MassChange): number => (vms * 1000) / ms;
  const seconds = (changes: readonly MassChange[]): string =>
    spread(
      changes.map(({ ms }) => ms / 1000),
      1,
      " s",
    );
  const perVm = (changes: readonly MassChange[], cpu: "writerCpu" | "serverCpu" | "machineCpu"): string =>
    spread(
      changes.map((change) => change[cpu] / vms),
      2,
      " ms",
    );
  const ratio = (of: (change: MassChange) => number): string =>
    spread(
      warm.flatMap((change, round) => (bare[round] === undefined ? [] : of(change) / of(bare[round]))),
      2,
      "",
    );
  return [
    [`First start: everything listed`, `${(first.listedMs / 1000).toFixed(1)} s`],
    [`First start: ${vms} VMs settled`, `${(first.settledMs / 1000).toFixed(1)} s, ${first.vmWrites} VM writes`],
    [`Restart with nothing to change: VM writes`, `${needlessWrites}`],
    [`One policy changes all ${vms} VMs`, seconds(warm)],
    [
      `  VM writes`,
      spread(
        warm.map(({ vmWrites }) => vmWrites),
        0,
        "",
      ),
    ],
    [
      `  writes of policies' and appliances' counts`,
      spread(
        warm.map(({ ownerWrites }) => ownerWrites),
        0,
        "",
      ),
    ],
    [`  VMs a second`, spread(warm.map(rate), 0, "")],
    [`  the same, first change after a start`, seconds(cold)],
    [`Bare loop: the same ${vms} writes`, seconds(bare)],
    [`  VMs a second`, spread(bare.map(rate), 0, "")],
    [`Controller's rate / bare loop's`, ratio(rate)],
    [`CPU a written VM: controller`, perVm(warm, "writerCpu")],
    [`CPU a written VM: bare loop`, perVm(bare, "writerCpu")],
    [`CPU a written VM: API server and etcd, controller at work`, perVm(warm, "serverCpu")],
    [`CPU a written VM: API server and etcd, bare loop at work`, perVm(bare, "serverCpu")],
    [`CPU a written VM: whole machine, controller at work`, perVm(warm, "machineCpu")],
    [`CPU a written VM: whole machine, bare loop at work`, perVm(bare, "machineCpu")],
    [`  ratio`, ratio(({ machineCpu }) => machineCpu)],
    [`Resident memory: no VMs`, `${(memory.empty / MIB).toFixed(0)} MiB`],
    [`Resident memory: ${vms} VMs, after a start`, `${(memory.full / MIB).toFixed(0)} MiB`],
    [`  a VM, garbage included`, `${((memory.full - memory.empty) / 1024 / vms).toFixed(1)} KiB`],
    [`Resident memory: ${vms} VMs, largest after two mass changes`, `${(memory.busy / MIB).toFixed(0)} MiB`],
    [`One VM edited: until its status is seen`, latency(edits.whole)],
    [`  of it, after the edit itself was seen`, latency(edits.reaction)],
    [`One bare status write: until it is seen`, latency(bareWrites)],
  ];
}

/** For a terminal. */
export function summary(results: Results): string {
  return align(rowsOf(results).map(([name, value]) => [name, value])).join("\n");
}

/** The whole of docs/performance.md. */
export function markdown(results: Results, command: string): string {
  const rows = rowsOf(results).map(
    ([name, value]) => `| ${name.replace(/^ +/, (blanks) => "&nbsp;".repeat(blanks.length))} | ${value} |`,
  );
  const { vms, kubernetes, warm, edits } = results;
  const [cpu] = cpus();
  return `# Performance

Written by \`${command}\` from one run; do not edit. Median (smallest to largest) of ${warm.length} rounds, or percentiles of
${edits.whole.length} samples.

| | |
| --- | --- |
| Date | ${new Date().toISOString().slice(0, 10)} |
| Machine | ${cpus().length} cores (${cpu?.model ?? "unknown"}), ${(totalmem() / 1024 ** 3).toFixed(0)} GiB, ${process.platform} ${process.arch} |
| Versions | Tandem ${version}, Node ${process.versions.node}, Kubernetes ${kubernetes} |
| Estate | ${vms} VMs, ${APPLIANCES} appliances, ${POLICIES} policies; 1 namespace |
| Everything on this one machine | etcd (no fsync), API server, controller-manager, controller, observer |

| Figure | Value |
| --- | --- |
${rows.join("\n")}

## What is measured

- **One policy changes all VMs**: from sending the change until an observer, which is a client of its own, has seen the last
  VM's new status. The policy says the one and the other in turn, so every round changes every VM. The controller writes
  ${CONCURRENCY} VMs at a time.
- **The bare loop** writes the same bodies, computed beforehand, over ${CONCURRENCY} connections and does nothing else. It holds the watches
  that the controller holds and drops what they bring, and the same observer looks on. Its rounds take turns with the
  controller's; the ratio is taken round by round. No controller can be faster than it.
- **CPU of the whole machine** counts everything that ran, the observer and strangers too.
- **Counts**: while VMs are being written, the status of each policy and appliance whose counts move is written about once a
  second.
- **One VM edited**: nothing else happens meanwhile. Before a controller can react the edit has to be committed and sent to
  it, so the floor of the whole is about two bare writes.
- **Resident memory** is what the kernel counts, run from source: Node itself, the Kubernetes client library that reads the
  kubeconfig, and garbage that was not collected yet are in it.
`;
}

function spread(values: readonly number[], digits: number, unit: string): string {
  const { median, min, max } = spreadOf(values);
  return `${median.toFixed(digits)}${unit} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

function latency(values: readonly number[]): string {
  return `p50 ${quantile(values, 0.5).toFixed(1)} ms, p99 ${quantile(values, 0.99).toFixed(1)} ms`;
}
