import type { CliTimes } from "./cli.ts";
import { atMost, exactly, type Figure, rowOf, times } from "./figure.ts";
import type { Results } from "./results.ts";
import type { Row } from "./row.ts";
import type { Turn } from "./turn.ts";

/** The rows about writing and about the command line, in the order in which they are shown. */
export function rowsOf({ vms, rounds, cli }: Results): Row[] {
  const all = count(vms);
  const figures = [...massFigures(vms), ...applianceFigures(), ...editFigures(all)];
  return [
    ...figures.map((figure) => rowOf(rounds, figure)),
    ...cliRows("", cli.released),
    ...cliRows(", from a checkout", cli.checkout),
  ];
}

function massFigures(vms: number): Figure[] {
  const aVm = (of: (turn: Turn) => number) => (turn: Turn) => of(turn) / vms;
  const requests = ({ mass }: Turn, chosen: RegExp): number =>
    [...mass.requests].reduce((sum, [name, n]) => (chosen.test(name) ? sum + n : sum), 0);
  return [
    {
      what: `${count(vms)} VMs settled after a policy that selects all changed`,
      of: ({ mass }) => mass.ms / 1000,
      unit: "s",
      digits: 2,
      aim: times(1.03),
    },
    {
      what: "&nbsp;&nbsp;from the first write seen to the last",
      of: ({ mass }) => mass.writing / 1000,
      unit: "s",
      digits: 2,
      aim: times(1.03),
    },
    {
      what: "&nbsp;&nbsp;CPU of the whole machine a written VM",
      of: aVm(({ mass }) => mass.machineCpu),
      unit: "ms",
      digits: 2,
      aim: times(1.08),
    },
    {
      what: "&nbsp;&nbsp;&nbsp;&nbsp;API server and etcd",
      of: aVm(({ mass }) => mass.serverCpu),
      unit: "ms",
      digits: 2,
    },
    {
      what: "&nbsp;&nbsp;&nbsp;&nbsp;the one who writes",
      of: aVm(({ mass }) => mass.writerCpu),
      unit: "ms",
      digits: 2,
      aim: atMost(0.5, "ms"),
    },
    {
      what: "&nbsp;&nbsp;&nbsp;&nbsp;others (controller-manager, kernel, strangers)",
      of: aVm(({ mass }) => mass.machineCpu - mass.serverCpu - mass.writerCpu),
      unit: "ms",
      digits: 2,
    },
    {
      what: "&nbsp;&nbsp;writes of VM statuses / VMs whose status changed",
      of: aVm((turn) => requests(turn, /protectedvms\/status$/)),
      unit: "",
      digits: 2,
      aim: exactly(1),
    },
    {
      what: "&nbsp;&nbsp;writes of policies' and appliances' counts",
      of: (turn) => requests(turn, /(policies|appliances)\/status$/),
      unit: "",
      digits: 0,
    },
    { what: "&nbsp;&nbsp;writes of Events", of: (turn) => requests(turn, /events$/), unit: "", digits: 0 },
  ];
}

function applianceFigures(): Figure[] {
  const at = (of: (arrivals: Turn["deactivated"][number]) => number) => (turn: Turn) => turn.deactivated.map(of);
  return [
    {
      what: "Appliance of 100 VMs deactivated: from the answer to the last VM written",
      of: at(({ last }) => last),
      unit: "ms",
      digits: 0,
      aim: times(1.2),
    },
    { what: "&nbsp;&nbsp;to the first VM", of: at(({ first }) => first), unit: "ms", digits: 1 },
    { what: "&nbsp;&nbsp;to the 40th", of: at(({ fortieth }) => fortieth), unit: "ms", digits: 0 },
  ];
}

function editFigures(all: string): Figure[] {
  const kinds = [
    {
      name: "One VM edited: from the answer to its status seen",
      of: (turn: Turn) => turn.idleEdits,
      aim: times(1.2, 2),
    },
    { name: `The same while ${all} VMs are being rewritten`, of: (turn: Turn) => turn.busyEdits, aim: times(1.2) },
  ];
  return kinds.flatMap(({ name, of, aim }) =>
    [0.5, 0.99].map((p) => ({ what: `${name}, p${p * 100}`, of, p, unit: "ms" as const, digits: 1, aim })),
  );
}

function cliRows(where: string, { node, render, help }: CliTimes): Row[] {
  const row = (command: string, ms: number, plus: number): Row => ({
    what: `${command}${where}`,
    tandem: `${ms.toFixed(0)} ms`,
    baseline: `${node.toFixed(0)} ms`,
    ratio: `+ ${(ms - node).toFixed(0)} ms`,
    aim: `+ ${plus} ms`,
    met: ms - node <= plus,
  });
  return [row("`tandem render` of 10 objects", render, 150), row("`tandem --help`", help, 60)];
}

export function count(n: number): string {
  return n.toLocaleString("en");
}
