import { quantile } from "../bench/statistics.ts";
import { align } from "../cluster/table.ts";
import { seeded } from "../fault/random.ts";
import { imbalance, loadsOf, moved } from "./balance.ts";
import { countWrites } from "./counts.ts";
import { estateOf, type Namespace, SHAPES, type Shape } from "./estates.ts";
import { takeOver } from "./failover.ts";
import { shardsOfHost } from "./hosts.ts";
import { massChange, type Rates } from "./mass-change.ts";
import { shardsOf } from "./rendezvous.ts";

const SIZE = { vms: 1_000_000, namespaces: 1_000 };
/** Estates of one shape whose namespaces have other names. */
const ESTATES = 200;
const SHARDS = [2, 4, 8];
const CRASHES = 10_000;
const HOSTS = 200;
const VMS_OF_HOST = 100;
/** Status writes a second that an API server takes: the first is what two cores were measured to do. */
const SERVERS = [350, 1_000, 2_000, 4_000, 8_000];
/** Writes of counts a second that come through beside those of VMs: 4 of 12 that are under way at a time. */
const OWNERS_PART = 116;
/** Seconds of CPU: the bounds that the benchmark holds the controller to. */
const OWN_WRITE = 0.5e-3;
/** Seconds of CPU to read one watch line and drop it. */
const FOREIGN_EVENT = 0.05e-3;

/** All tables as text: the same for the same seed. */
export function simulation(seed: number): string {
  const estates = new Map(SHAPES.map((shape) => [shape, estatesOf(shape, seed)]));
  return [
    `1,000,000 VMs in 1,000 namespaces; ${ESTATES} estates of each shape; seed ${seed}`,
    title("Largest shard / mean: median (worst)", balanceTable(estates)),
    title(
      "Moved when one of the shards is lost, of all namespaces and of all VMs: median (worst)",
      movesTable(estates),
    ),
    title("Minutes until all VMs are written, by writes a second that the API server takes (use of the busiest core)", [
      ["shards", ...SERVERS.map((writes) => `${writes.toLocaleString("en")}/s`)],
      ...massRows(estates),
    ]),
    title("Seconds from a leader's crash until a warm standby holds the lease", failoverTable(seed)),
    title("Writes of appliances' counts for each VM written in a mass change at 350 writes/s", countsTable(seed)),
    title(`Shards that have VMs of one host of ${VMS_OF_HOST} VMs: mean of ${HOSTS} hosts`, hostsTable(estates, seed)),
  ].join("\n\n");
}

function estatesOf(shape: Shape, seed: number): Namespace[][] {
  return Array.from({ length: ESTATES }, (_, n) => estateOf(shape, SIZE, seed * ESTATES + n));
}

type Estates = ReadonlyMap<Shape, readonly Namespace[][]>;

function balanceTable(estates: Estates): string[][] {
  return table(estates, SHARDS, (some, count) => {
    const values = some.map((estate) => imbalance(loadsOf(estate, shardsOf(count))));
    return `${quantile(values, 0.5).toFixed(2)} (${Math.max(...values).toFixed(2)})`;
  });
}

function movesTable(estates: Estates): string[][] {
  return table(estates, SHARDS, (some, count) => {
    const shards = shardsOf(count);
    const moves = some.map((estate, n) => moved(estate, shards, shards.toSpliced(n % count, 1)));
    const part = (of: "namespaces" | "vms"): string => {
      const values = moves.map((move) => move[of] * 100);
      return `${quantile(values, 0.5).toFixed(0)} % (${Math.max(...values).toFixed(0)} %)`;
    };
    return `${part("namespaces")}, ${part("vms")}`;
  });
}

function massRows(estates: Estates): string[][] {
  const cell = (estate: readonly Namespace[], count: number, rates: Rates): string => {
    const { seconds, core } = massChange(loadsOf(estate, shardsOf(count)), rates);
    return `${(seconds / 60).toFixed(1)} (${(core * 100).toFixed(0)} %)`;
  };
  return [1, ...SHARDS].flatMap((count) =>
    SHAPES.filter((shape) => count > 1 || shape === "uniform").map((shape) => [
      count === 1 ? "1 process" : `${count}, ${shape}`,
      ...SERVERS.map((serverWrites) => {
        const [estate = []] = estates.get(shape) ?? [];
        return cell(estate, count, { serverWrites, ownWrite: OWN_WRITE, foreignEvent: FOREIGN_EVENT });
      }),
    ]),
  );
}

function failoverTable(seed: number): string[][] {
  const random = seeded(seed);
  const times = Array.from({ length: CRASHES }, () => takeOver(random));
  return [["shortest", "median", "99 %", "longest"], [0, 0.5, 0.99, 1].map((p) => quantile(times, p).toFixed(1))];
}

function countsTable(seed: number): string[][] {
  const ways = [
    { title: "any order, every 1 s", order: "any", every: 1, most: OWNERS_PART },
    { title: "every 10 s", order: "any", every: 10, most: OWNERS_PART },
    { title: "every 10 s, 2 in a second", order: "any", every: 10, most: 2 },
    { title: "every 10 s, host by host", order: "by host", every: 10, most: OWNERS_PART },
  ] as const;
  const rows = [10_000, 100_000, SIZE.vms].map((vms) => {
    const appliances = vms / VMS_OF_HOST;
    const cells = ways.map(({ title, ...way }) =>
      countWrites({ vms, appliances, ...way, random: seeded(seed) }).toFixed(2),
    );
    return [`${vms.toLocaleString("en")}, ${appliances.toLocaleString("en")}`, ...cells];
  });
  return [["VMs, appliances", ...ways.map(({ title }) => title)], ...rows];
}

function hostsTable(estates: Estates, seed: number): string[][] {
  return table(estates, SHARDS, ([estate = []], count) => {
    const random = seeded(seed);
    return shardsOfHost(estate, shardsOf(count), { hosts: HOSTS, vmsOfHost: VMS_OF_HOST, random }).toFixed(1);
  });
}

function table(
  estates: Estates,
  counts: readonly number[],
  cell: (estates: readonly Namespace[][], count: number) => string,
): string[][] {
  const rows = [...estates].map(([shape, some]) => [shape, ...counts.map((count) => cell(some, count))]);
  return [["namespaces", ...counts.map((count) => `${count} shards`)], ...rows];
}

function title(text: string, rows: readonly (readonly string[])[]): string {
  return [text, ...align(rows)].join("\n");
}
