/*
 * What one VM costs etcd and the API server, measured on a control plane of its own: `node test/scale/measure.ts`, about
 * two minutes. Some hundred VMs are settled by the controller itself; copies of them go into etcd while the API server is down.
 */
import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import type { ProtectedVM } from "../../src/api/kinds.ts";
import type { Entry } from "../bench/estate-stored.ts";
import { putAll } from "../bench/etcd-load.ts";
import { processCpu, residentMemory } from "../bench/usage.ts";
import { Admin } from "../cluster/admin.ts";
import { type BuiltControlPlane, startControlPlane } from "../cluster/control-plane.ts";
import { ControllerProcess } from "../cluster/controller-process.ts";
import { applyFolder, BASE, CONTROLLER_IN_CLUSTER, installCrds } from "../cluster/install.ts";
import { spell } from "../cluster/say.ts";
import { untilSettled } from "../cluster/settled.ts";
import { align } from "../cluster/table.ts";
import { until } from "../cluster/until.ts";
import { appliance, createAll, inParallel, policy, vm } from "../fault/estate.ts";
import { bytesInUse, readStored } from "./etcd-store.ts";
import { RawList } from "./raw-list.ts";

const PREFIX = "/registry/tandem.dev/protectedvms/";
const NAMESPACE = "scale";
const APPLIANCES = 10;
const SAMPLE = 400;
const MIB = 1024 * 1024;

const { values: flags } = parseArgs({ options: { sizes: { type: "string", default: "10000,50000" } } });
const sizes = flags.sizes.split(",").map(Number);
const startedAt = performance.now();
const say = (line: string): void => void process.stderr.write(`[${spell(performance.now() - startedAt)}] ${line}\n`);

/** What a row of the second table shows, at so many VMs. */
interface Footprint {
  readonly vms: number;
  /** MiB. */
  readonly etcdFile: number;
  readonly etcdMemory: number;
  readonly liveHeap: number;
  readonly memory: number;
  readonly peak: number;
  /** Milliseconds of a first list, with which the server fills its cache, of one more, and in pages of 500. */
  readonly first: number;
  readonly again: number;
  readonly pages: number;
  /** Milliseconds of the server's CPU for the first, its own start included, and for the second. */
  readonly firstCpu: number;
  readonly againCpu: number;
}

/** VMs settled by the real controller, their policies delivered, with one report each. */
async function settle(admin: Admin): Promise<void> {
  const range = (length: number) => Array.from({ length }, (_, n) => n);
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  await createAll(admin, range(APPLIANCES).map(appliance));
  await createAll(admin, [
    policy("everywhere", { priority: 1, affinity: { network: "AppliancePreferred" } }),
    ...range(5).map((n) =>
      policy(`app-${n}`, { priority: 10, affinity: { antiMalware: "AgentPreferred" }, app: `app-${n}` }),
    ),
  ]);
  await createAll(
    admin,
    range(SAMPLE).map((n) => vm(NAMESPACE, n, APPLIANCES)),
  );
  await using controller = new ControllerProcess(admin.kubeconfig);
  const { vms } = await untilSettled(admin, { signal: controller.died });
  await inParallel(vms, (one) => report(admin, one));
  const isDelivered = ({ status }: ProtectedVM): boolean =>
    (status?.actions ?? []).every(({ type }) => type !== "DeliverPolicy");
  for (;;) {
    const settled = await untilSettled(admin, { signal: controller.died });
    if (settled.vms.every(isDelivered)) break;
  }
  await controller.stop();
}

async function report(admin: Admin, { metadata, status }: ProtectedVM): Promise<void> {
  const time = "2026-03-01T10:00:00Z";
  const reports = [{ source: "Agent", feature: "All", health: "Healthy", message: "", observedTime: time }];
  const delivered = { revision: status?.revision ?? "", time };
  const object = {
    apiVersion: "tandem.dev/v1alpha1",
    kind: "ProtectedVM",
    metadata: { name: metadata.name, namespace: NAMESPACE },
    status: { reports, delivered },
  };
  await admin.apply(object, { fieldManager: "policy-delivery", subresource: "status" });
}

/** Mean bytes a VM of what is stored, sent to a watcher, and sent by the controller. */
async function bytesOfOne(plane: BuiltControlPlane, admin: Admin): Promise<[string, number][]> {
  const stored = await readStored(plane.etcdEndpoint, PREFIX);
  await using list = new RawList(plane.kubeconfig);
  const watched = await list.watchList();
  const vms = await admin.list<ProtectedVM & { metadata: { managedFields?: unknown } }>("ProtectedVM");
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const json = (of: (one: (typeof vms)[number]) => unknown): number =>
    mean(vms.map((one) => Buffer.byteLength(JSON.stringify(of(one)))));
  return [
    ["etcd: key", mean(stored.map(({ key }) => key.length))],
    ["etcd: value", mean(stored.map(({ value }) => Buffer.byteLength(value)))],
    ["  of it status", json(({ status }) => status)],
    ["  of it managedFields", json(({ metadata }) => metadata.managedFields)],
    ["one line of a watch", watched.bytes / vms.length],
    ["JSON.parse of that line: CPU µs", parseMicros(vms)],
    [
      "body of one status write",
      json(({ metadata, status }) => ({
        apiVersion: "tandem.dev/v1alpha1",
        kind: "ProtectedVM",
        metadata: {
          name: metadata.name,
          namespace: metadata.namespace,
          uid: metadata.uid,
          resourceVersion: metadata.resourceVersion,
        },
        status,
      })),
    ],
  ];
}

/** What any reader pays at least for a watch event, also of a VM that it does not want. */
function parseMicros(objects: readonly object[]): number {
  const lines = objects.map((object) => JSON.stringify({ type: "MODIFIED", object }));
  const times = 20;
  const before = process.threadCpuUsage();
  for (let n = 0; n < times; n++) for (const line of lines) JSON.parse(line);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / (times * lines.length);
}

/** Copies with names and uids of their own, in 100 namespaces. */
function* copies(originals: readonly Entry[], { from, to }: { from: number; to: number }): Generator<Entry> {
  for (let n = from; n < to; n++) {
    const original = originals[n % originals.length];
    if (original === undefined) throw new Error("there is no VM to copy");
    const object: ProtectedVM = JSON.parse(original.value);
    const metadata = { ...object.metadata, name: `vm-${n}`, namespace: `ns-${n % 100}`, uid: randomUUID() };
    yield { key: `${PREFIX}ns-${n % 100}/vm-${n}`, value: JSON.stringify({ ...object, metadata }) };
  }
}

async function footprint(plane: BuiltControlPlane, admin: Admin, vms: number): Promise<Footprint> {
  await plane.apiServer.start();
  await using list = new RawList(plane.kubeconfig);
  const startedAt = performance.now();
  await until(() => list.watchList(), { what: "the server's cache is filled", timeoutMs: 120_000 });
  const first = { ms: performance.now() - startedAt };
  const before = processCpu(plane.apiServer.pid ?? 0);
  const again = await list.watchList();
  const againCpu = processCpu(plane.apiServer.pid ?? 0) - before;
  // Makes the server collect its garbage first, so what it holds is known; twice, as what has a finalizer goes in the second.
  for (let n = 0; n < 2; n++) await admin.request({ method: "GET", path: "/debug/pprof/heap", query: { gc: 1 } });
  const { body } = await admin.request({ method: "GET", path: "/metrics" });
  const liveHeap = Number(/^go_memstats_heap_alloc_bytes (\S+)/m.exec(String(body))?.[1]);
  const memory = residentMemory(plane.apiServer.pid ?? 0);
  const pages = await list.pages();
  const etcd = await bytesInUse(plane.etcdEndpoint);
  const found: Footprint = {
    vms,
    etcdFile: etcd / MIB,
    etcdMemory: residentMemory(plane.etcd.pid ?? 0).now / MIB,
    liveHeap: liveHeap / MIB,
    memory: memory.now / MIB,
    peak: memory.peak / MIB,
    first: first.ms,
    again: again.ms,
    pages: pages.ms,
    firstCpu: before,
    againCpu,
  };
  say(JSON.stringify(found));
  return found;
}

await using plane = await startControlPlane({ say, preferExisting: false });
await using admin = new Admin(plane.kubeconfig);
await installCrds(admin);
await applyFolder(admin, BASE, CONTROLLER_IN_CLUSTER);
await settle(admin);
say(`${SAMPLE} VMs settled`);
const bytes = await bytesOfOne(plane, admin);
const originals = await readStored(plane.etcdEndpoint, PREFIX);
process.stdout.write(
  `${align([["bytes a VM", "mean"], ...bytes.map(([name, value]) => [name, value.toFixed(0)])]).join("\n")}\n\n`,
);

const rows: Footprint[] = [];
let there = SAMPLE;
for (const size of [SAMPLE, ...sizes]) {
  await plane.apiServer.kill();
  await putAll(plane.etcdEndpoint, copies(originals, { from: there, to: size }), () => {});
  there = size;
  say(`${size} VMs are in etcd`);
  rows.push(await footprint(plane, admin, size));
}

/** `per`: how many KiB or µs the unit of the column is. */
const COLUMNS: readonly { readonly title: string; readonly of: (row: Footprint) => number; readonly per: number }[] = [
  { title: "etcd MiB", of: (row) => row.etcdFile, per: 1024 },
  { title: "etcd RSS", of: (row) => row.etcdMemory, per: 1024 },
  { title: "API server live heap", of: (row) => row.liveHeap, per: 1024 },
  { title: "RSS", of: (row) => row.memory, per: 1024 },
  { title: "peak RSS", of: (row) => row.peak, per: 1024 },
  { title: "first list s", of: (row) => row.first / 1000, per: 1e6 },
  { title: "CPU s", of: (row) => row.firstCpu / 1000, per: 1e6 },
  { title: "next list s", of: (row) => row.again / 1000, per: 1e6 },
  { title: "CPU s", of: (row) => row.againCpu / 1000, per: 1e6 },
  { title: "in pages s", of: (row) => row.pages / 1000, per: 1e6 },
];
const [least, most] = [rows[0], rows.at(-1)];
/** Between the fewest and the most VMs: KiB or µs a VM more. */
const growth = ({ of, per }: (typeof COLUMNS)[number]): string =>
  least === undefined || most === undefined ? "" : (((of(most) - of(least)) * per) / (most.vms - least.vms)).toFixed(1);
process.stdout.write(
  `${align([
    ["VMs", ...COLUMNS.map(({ title }) => title)],
    ...rows.map((row) => [
      row.vms.toLocaleString("en"),
      ...COLUMNS.map(({ of }) => of(row).toFixed(of(row) < 10 ? 1 : 0)),
    ]),
    ["a VM more, KiB or µs", ...COLUMNS.map(growth)],
  ]).join("\n")}\n`,
);
