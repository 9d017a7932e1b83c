import { type Aim, atMost, times, withSpread } from "./figure.ts";
import type { Measured, Row } from "./row.ts";
import { count } from "./rows.ts";
import type { ScaleResults, SizeResult } from "./scale-results.ts";
import { table } from "./scale-table.ts";
import { quantile, spreadOf } from "./statistics.ts";

const MIB = 1024 * 1024;
const NONE: Aim = { text: "none", met: ({ tandem }) => tandem === 0 };
const MEBIBYTES = { unit: "MiB", digits: 0 };

/** What `scale.ts --json` has written: the rows of its largest estate, and all its sizes side by side. */
export function ofScale(results: ScaleResults): Measured {
  const largest = results.sizes.reduce((one, other) => (other.vms > one.vms ? other : one));
  const { vms, appliances, policies } = largest;
  const sizes = results.sizes.map((size) => size.vms).join(",");
  return {
    title: `${count(vms)} VMs, ${count(appliances)} appliances, ${count(policies)} policies`,
    command: `node test/bench/scale.ts --sizes ${sizes}${results.quick ? " --quick" : ""}`,
    rows: [startRow(largest), ...lagRows(largest), ...memoryRows(largest), ...idleRows(largest)],
    text: table(results),
  };
}

function startRow({ starts, readings }: SizeResult): Row {
  const [own, reading] = [starts.map(({ ms }) => ms / 1000), readings.map(({ ms }) => ms / 1000)];
  const ratios = spreadOf(own.flatMap((seconds, n) => (reading[n] === undefined ? [] : seconds / reading[n])));
  const seconds = (values: readonly number[]): string => spread(values, { unit: "s", digits: 2 });
  const { text, met } = times(1.3);
  return {
    what: "Start to settled, with nothing to write; baseline: reading the same lists and parsing each object",
    tandem: seconds(own),
    baseline: seconds(reading),
    ratio: withSpread(ratios.median, { ...ratios, digits: 2, unit: "" }),
    aim: text,
    met: met({ tandem: quantile(own, 0.5), bare: quantile(reading, 0.5), ratio: ratios.median }),
  };
}

function lagRows({ starts }: SizeResult): Row[] {
  const late = (of: (lag: SizeResult["starts"][number]["lag"]) => number): number[] => starts.map(({ lag }) => of(lag));
  const lag = { unit: "ms", digits: 0 };
  return [
    alone("&nbsp;&nbsp;event loop late, p99", { values: late(({ p99 }) => p99), ...lag, aim: below(50, "ms") }),
    alone("&nbsp;&nbsp;event loop late, most", { values: late(({ max }) => max), ...lag, aim: atMost(200, "ms") }),
  ];
}

function memoryRows({ starts, rested, mass }: SizeResult): Row[] {
  const most = Math.max(mass.peak, ...starts.map(({ peak }) => peak));
  const aim = atMost(350, "MiB");
  return [
    alone("Resident memory, 5 s after a start", { values: [rested / MIB], ...MEBIBYTES, aim }),
    alone(`Resident memory, after ${count(mass.vms)} VMs changed`, {
      values: [mass.resident / MIB],
      ...MEBIBYTES,
      aim,
    }),
    alone("Resident memory, peak", { values: [most / MIB], ...MEBIBYTES, aim: atMost(500, "MiB") }),
  ];
}

function idleRows({ idle }: SizeResult): Row[] {
  const all = Object.entries(idle.requests).map(([method, n]) => `${n} ${method}`);
  const cpu = (idle.cpuMs / idle.ms) * 100;
  return [
    alone(`Idle for ${(idle.ms / 1000).toFixed(0)} s: CPU`, {
      values: [cpu],
      unit: "%",
      digits: 2,
      aim: below(1, "%"),
    }),
    alone("&nbsp;&nbsp;status writes", { values: [idle.writes], unit: "", digits: 0, aim: NONE }),
    { what: "&nbsp;&nbsp;requests", tandem: all.join(", "), baseline: "-", ratio: "-", aim: "" },
  ];
}

function alone(
  what: string,
  { values, aim, ...how }: { values: readonly number[]; unit: string; digits: number; aim: Aim },
): Row {
  const worst = Math.max(...values);
  const met = aim.met({ tandem: worst, bare: Number.NaN, ratio: Number.NaN });
  return { what, tandem: spread(values, how), baseline: "-", ratio: "-", aim: aim.text, met };
}

function below(limit: number, unit: string): Aim {
  return { text: `< ${limit} ${unit}`, met: ({ tandem }) => tandem < limit };
}

function spread(values: readonly number[], how: { unit: string; digits: number }): string {
  const { median, min, max } = spreadOf(values);
  return withSpread(median, { min, max, ...how });
}
