/*
 * What each choice in the CRD of ProtectedVM costs the API server: `make bench-schema`, about three minutes. Every variant is
 * installed under a group of its own on one control plane; the same statuses are written to each, in turns.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/object.ts";
import { keyOf } from "../../src/api/object.ts";
import { Admin } from "../cluster/admin.ts";
import { startControlPlane } from "../cluster/control-plane.ts";
import { readFolder } from "../cluster/install.ts";
import { spell } from "../cluster/say.ts";
import { align } from "../cluster/table.ts";
import { until } from "../cluster/until.ts";
import { appliance, inParallel, policy, vm } from "../fault/estate.ts";
import { seeded, shuffled } from "../fault/random.ts";
import { resolve } from "../resolve/estate.ts";
import { BareLoop } from "./bare-loop.ts";
import { type Part, VARIANTS, type Variant } from "./schema-variants.ts";
import { quantile } from "./statistics.ts";
import { processCpu } from "./usage.ts";

const CRDS = join(import.meta.dirname, "..", "..", "crds");
const NAMESPACE = "default";
const VMS = 160;
const HOSTS = 4;
const CONNECTIONS = 8;
const MARKS = ["<!-- bench-schema -->", "<!-- /bench-schema -->"] as const;

// One collection costs the server as much as some hundred writes and falls on whoever writes then: let it be rare. What it
// would cost is told by what was allocated.
process.env.GOGC = "400";

const { values: flags } = parseArgs({
  options: { rounds: { type: "string", default: "20" }, write: { type: "string" } },
});
const rounds = Number(flags.rounds);
const startedAt = performance.now();
const say = (line: string): void => void process.stderr.write(`[${spell(performance.now() - startedAt)}] ${line}\n`);

/** The statuses of all VMs where all policies say the one or the other: each VM's differ. */
function statusesOf(vms: ProtectedVM[], affinity: "AppliancePreferred" | "AgentPreferred"): Map<string, VmStatus> {
  const generation = { generation: 1 };
  const everywhere = policy("everywhere", { priority: 1, affinity: { network: affinity, antiMalware: affinity } });
  return resolve({
    vms,
    policies: [{ ...everywhere, metadata: { ...everywhere.metadata, ...generation } }],
    appliances: Array.from({ length: HOSTS }, (_, n) => appliance(n)).map((one) => ({
      ...one,
      metadata: { ...one.metadata, ...generation },
    })),
  }).vms;
}

const groupOf = ({ id }: Variant): string => `${id}.schema.example`;
const pathOf = (variant: Variant): string => `/apis/${groupOf(variant)}/v1alpha1/namespaces/${NAMESPACE}/protectedvms`;

/** Installs the variant, and creates its VMs. */
async function install(admin: Admin, variant: Variant): Promise<void> {
  const found = readFolder(CRDS).find(({ metadata }) => metadata.name.startsWith("protectedvms"));
  const crd: KubeObject & { spec: { group: string; versions: Part[]; names: object } } = copy(found);
  const { spec } = crd;
  spec.group = groupOf(variant);
  spec.names = { plural: "protectedvms", singular: "protectedvm", kind: "ProtectedVM", listKind: "ProtectedVMList" };
  for (const version of spec.versions) variant.change?.(version);
  await admin.create({ ...crd, metadata: { name: `protectedvms.${groupOf(variant)}` } });
  const path = pathOf(variant);
  await until(async () => (await admin.request({ method: "GET", path })).status === 200, { what: `${path} is served` });
  const vms = Array.from({ length: VMS }, (_, n) => vm(NAMESPACE, n, HOSTS));
  await inParallel(vms, async (one) => {
    const body = { ...one, apiVersion: `${groupOf(variant)}/v1alpha1` };
    const { status, body: answer } = await admin.request({ method: "POST", path, body });
    if (status !== 201) throw new Error(`${path}: ${status} ${JSON.stringify(answer)}`);
  });
}

/** Of the API server, since its start. */
async function allocatedBytes(admin: Admin): Promise<number> {
  const { body } = await admin.request({ method: "GET", path: "/metrics", accept: "text/plain" });
  return Number(/^go_memstats_alloc_bytes_total (\S+)/m.exec(String(body))?.[1]);
}

/** Plain JSON that may be changed. */
function copy(object: object | undefined) {
  return JSON.parse(JSON.stringify(object));
}

/** What one round of writes took, a write. */
interface Sample {
  /** Milliseconds of the API server's CPU. */
  readonly cpu: number;
  /** Bytes that it allocated, for the collector to find again. */
  readonly allocated: number;
  readonly milliseconds: number;
  readonly bodyBytes: number;
  /** Of the objects before it, managedFields included. */
  readonly objectBytes: number;
}

const vms = Array.from({ length: VMS }, (_, n) => vm(NAMESPACE, n, HOSTS)).map((one) => ({
  ...one,
  metadata: { ...one.metadata, generation: 1 },
}));
const sides = [statusesOf(vms, "AppliancePreferred"), statusesOf(vms, "AgentPreferred")];

async function measure(): Promise<Map<Variant, Sample[]>> {
  await using plane = await startControlPlane({ say, preferExisting: false });
  await using admin = new Admin(plane.kubeconfig);
  await using bare = new BareLoop(plane.kubeconfig, CONNECTIONS);
  for (const variant of VARIANTS) await install(admin, variant);
  say(`${VARIANTS.length} variants, ${VMS} VMs each`);

  // Reading the count allocates, too: so much from one reading to the next.
  const readings: number[] = [];
  for (let n = 0; n <= 10; n++) readings.push(await allocatedBytes(admin));
  const ofReading = quantile(
    readings.slice(1).map((bytes, n) => bytes - (readings[n] ?? 0)),
    0.5,
  );

  const writeAll = async (variant: Variant, side: number): Promise<Sample> => {
    const { body } = await admin.request({ method: "GET", path: pathOf(variant) });
    const { items } = body as { items: KubeObject[] };
    const writes = items.map(({ metadata: { name, namespace = NAMESPACE, uid, resourceVersion } }) => {
      const status = copy(sides[side]?.get(keyOf({ metadata: { name, namespace } })));
      variant.status?.(status);
      const metadata = { name, namespace, uid, resourceVersion };
      const object = { apiVersion: `${groupOf(variant)}/v1alpha1`, kind: "ProtectedVM", metadata, status };
      return { path: `${pathOf(variant)}/${name}/status`, body: JSON.stringify(object) };
    });
    await bare.load(writes);
    const allocated = await allocatedBytes(admin);
    const before = processCpu(plane.apiServer.pid ?? 0);
    const from = performance.now();
    await bare.write(CONNECTIONS);
    const milliseconds = (performance.now() - from) / writes.length;
    const cpu = (processCpu(plane.apiServer.pid ?? 0) - before) / writes.length;
    return {
      cpu,
      milliseconds,
      allocated: ((await allocatedBytes(admin)) - allocated - ofReading) / writes.length,
      bodyBytes: writes.reduce((sum, write) => sum + write.body.length, 0) / writes.length,
      objectBytes: JSON.stringify(items).length / items.length,
    };
  };

  const samples = new Map<Variant, Sample[]>(VARIANTS.map((variant) => [variant, []]));
  const random = seeded(1);
  // The first two rounds warm everything up, and give each object the owners of its fields.
  for (let round = -2; round < rounds; round++) {
    for (const variant of shuffled(VARIANTS, random)) {
      const sample = await writeAll(variant, Math.abs(round) % 2);
      if (round >= 0) samples.get(variant)?.push(sample);
    }
  }
  return samples;
}

/** A row a variant; ratios are taken round by round. */
function rowsOf(samples: Map<Variant, Sample[]>): string[][] {
  const [present = []] = samples.values();
  return [...samples].map(([{ name }, some]) => {
    const ratio = (of: (sample: Sample) => number): number[] =>
      some.flatMap((sample, n) => (present[n] === undefined ? [] : of(sample) / of(present[n])));
    const bytes = (of: (sample: Sample) => number): string => quantile(some.map(of), 0.5).toFixed(0);
    return [
      name,
      show(some.map(({ cpu }) => cpu)),
      show(ratio(({ cpu }) => cpu)),
      show(
        some.map(({ allocated }) => allocated / 1024),
        0,
      ),
      show(ratio(({ allocated }) => allocated)),
      quantile(
        some.map(({ milliseconds }) => 1000 / milliseconds),
        0.5,
      ).toFixed(0),
      bytes(({ bodyBytes }) => bodyBytes),
      bytes(({ objectBytes }) => objectBytes),
    ];
  });
}

/** The median and the quartiles: a few rounds of a busy machine always have an extreme. */
function show(values: readonly number[], digits = 2): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((p) => quantile(values, p).toFixed(digits));
  return `${middle} (${low} to ${high})`;
}

const HEAD = [
  "variant",
  "CPU ms a write",
  "ratio",
  "allocated KiB a write",
  "ratio",
  "writes/s",
  "body bytes",
  "object bytes",
];

const rows = rowsOf(await measure());
process.stdout.write(`${align([HEAD, ...rows]).join("\n")}\n`);
if (flags.write !== undefined) {
  const text = readFileSync(flags.write, "utf8");
  const [before, rest] = text.split(MARKS[0]);
  const after = rest?.split(MARKS[1])[1];
  if (before === undefined || after === undefined) throw new Error(`${flags.write} has no ${MARKS.join(" … ")}`);
  const table = [HEAD, HEAD.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
  writeFileSync(flags.write, `${before}${MARKS[0]}\n${table}\n${MARKS[1]}${after}`);
}
