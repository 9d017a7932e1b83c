import { align } from "../cluster/table.ts";
import { exponents, type Growth } from "./growth.ts";
import type { ScaleResults, SizeResult, Start } from "./scale-results.ts";
import { quantile, spreadOf } from "./statistics.ts";

const MIB = 1024 * 1024;

const median = (values: readonly number[]) => quantile(values, 0.5);
const medianOf = <T>(items: readonly T[], value: (item: T) => number) => median(items.map(value));

/** What must not grow faster than the estate. */
export function growths({ empty, sizes }: ScaleResults): Growth[] {
  const growth = (name: string, value: (result: SizeResult) => number): Growth => ({
    name,
    values: sizes.map((result) => ({ size: result.vms, value: value(result) })),
  });
  return [
    growth("start to settled", ({ starts }) => medianOf(starts, ({ ms }) => ms)),
    growth("CPU of a start", ({ starts }) => medianOf(starts, ({ cpuMs }) => cpuMs)),
    growth("memory above that without VMs", ({ rested }) => rested - empty),
    growth("CPU to follow one edit", ({ edits }) => edits.cpuMs),
    growth("CPU of the rules for all VMs", ({ resolveMs }) => resolveMs),
  ];
}

/** For a terminal. */
export function table(results: ScaleResults): string {
  const { sizes, empty } = results;
  const row = (name: string, text: (result: SizeResult) => string) => [name, ...sizes.map(text)];
  const lags = (of: (start: Start) => number) => (result: SizeResult) =>
    `${number(Math.max(...result.starts.map(of)))} ms`;
  const figures = [
    ["", ...sizes.map(({ vms }) => `${vms.toLocaleString("en")} VMs`)],
    row("appliances, policies", ({ appliances, policies }) => `${appliances}, ${policies}`),
    row("start to settled", ({ starts }) => seconds(starts.map(({ ms }) => ms))),
    row("  reading and parsing alone", ({ readings }) => seconds(readings.map(({ ms }) => ms))),
    row("  ratio of medians", ({ starts, readings }) =>
      ratio(
        medianOf(starts, ({ ms }) => ms),
        medianOf(readings, ({ ms }) => ms),
      ),
    ),
    row("  CPU", ({ starts }) => seconds(starts.map(({ cpuMs }) => cpuMs))),
    row("  CPU of reading alone", ({ readings }) => seconds(readings.map(({ cpuMs }) => cpuMs))),
    row("  status writes", ({ starts }) => `${starts.reduce((sum, { writes }) => sum + writes, 0)}`),
    row("  read", ({ readings }) => mib(medianOf(readings, ({ bytes }) => bytes))),
    row(
      "event loop late, p99",
      lags(({ lag }) => lag.p99),
    ),
    row(
      "event loop late, most",
      lags(({ lag }) => lag.max),
    ),
    row("resident when settled", ({ starts }) => mib(medianOf(starts, ({ resident }) => resident))),
    row("  most so far", ({ starts }) => mib(Math.max(...starts.map(({ peak }) => peak)))),
    row("  5 s later", ({ rested }) => mib(rested)),
    row("  a VM, above that without VMs", ({ rested, vms }) => `${number((rested - empty) / vms)} B`),
    row("idle: CPU", ({ idle }) => `${((idle.cpuMs / idle.ms) * 100).toFixed(2)} %`),
    row("  status writes", ({ idle }) => `${idle.writes}`),
    row("  requests", ({ idle }) => `${requests(idle.requests)} in ${(idle.ms / 1000).toFixed(0)} s`),
    row("one VM edited: CPU", ({ edits }) => `${edits.cpuMs.toFixed(2)} ms`),
    row("  VM writes an edit", ({ edits }) => (edits.vmWrites / edits.edits).toFixed(2)),
    row("mass change of VMs", ({ mass }) => mass.vms.toLocaleString("en")),
    row(
      "  until settled",
      ({ mass }) => `${(mass.ms / 1000).toFixed(1)} s, ${number((mass.vms * 1000) / mass.ms)} VMs/s`,
    ),
    row("  VM writes", ({ mass }) => `${mass.vmWrites}`),
    row("  CPU a VM", ({ mass }) => `${(mass.cpuMs / mass.vms).toFixed(2)} ms`),
    row("  resident after it", ({ mass }) => mib(mass.resident)),
    row("  most so far", ({ mass }) => mib(mass.peak)),
    row("  event loop late, most so far", ({ mass }) => `${number(mass.lag.max)} ms`),
    row("rules for all VMs, from nothing", ({ resolveMs, vms }) => `${((resolveMs * 1000) / vms).toFixed(2)} µs a VM`),
  ];
  const growth = growths(results).map((one) => [one.name, ...exponents(one).map((n) => n?.toFixed(2) ?? "-")]);
  const steps = sizes.slice(1).map(({ vms }, n) => `${sizes[n]?.vms} to ${vms}`);
  return [
    ...align(figures),
    `Resident without VMs: ${mib(empty)}`,
    ...(steps.length === 0 ? [] : ["", ...align([["exponent of growth", ...steps], ...growth])]),
  ].join("\n");
}

function seconds(ms: readonly number[]): string {
  const { median: middle, min, max } = spreadOf(ms.map((value) => value / 1000));
  return `${middle.toFixed(2)} s (${min.toFixed(2)} to ${max.toFixed(2)})`;
}

function ratio(value: number, to: number): string {
  return (value / to).toFixed(2);
}

function mib(bytes: number): string {
  return `${number(bytes / MIB)} MiB`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function requests(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).flatMap(([method, count]) => (count === 0 ? [] : `${count} ${method}`));
  return parts.length === 0 ? "none" : parts.join(", ");
}
