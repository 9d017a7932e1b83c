/*
 * How fast the rules are, without an API server: `make bench-resolve`. The estate is the same in each run. CPU time is
 * measured, so that a busy machine disturbs little; it ticks coarsely, so what is short is done many times.
 */
import { cpus } from "node:os";
import type { AffinityPolicy, Appliance, Feature, ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import {
  applianceStatus,
  type Decision,
  decide,
  type Owner,
  policyStatus,
  Tally,
  type Touched,
  type VmEntry,
  vmStatus,
  World,
} from "../../src/resolve/index.ts";
import { heapUsed } from "../controller/measure.ts";

const VMS = 100_000;
const HOSTS = 1_000;
const APPS = 1_000;
const POLICIES = 200;
const MANY_POLICIES = 1_000;
const NAMESPACES = 50;
const ROUNDS = 5;
const NOW = "2026-03-01T10:00:00Z";

const FEATURES: Feature[] = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
];
const AFFINITIES = ["AppliancePreferred", "AgentPreferred", "ApplianceOnly", "AgentOnly"] as const;
const TIERS = ["web", "app", "db", "pci"];
const OWNERS = Array.from({ length: 20 }, (_, n) => `team-${n}`);

/** Mulberry32: the same numbers from the same seed. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const next = random(20260301);
function pick<T>(items: readonly [T, ...T[]] | readonly T[]): T {
  const item = items[Math.floor(next() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
const some = (share: number) => FEATURES.filter(() => next() < share);

function vmAt(n: number): ProtectedVM {
  const features = some(0.6);
  return {
    metadata: {
      name: `vm-${n}`,
      namespace: `ns-${n % NAMESPACES}`,
      generation: 1,
      labels: { app: `app-${n % APPS}`, tier: pick(TIERS), owner: pick(OWNERS), zone: `z${n % 3}` },
    },
    spec: {
      hostName: `esx-${Math.floor(n / (VMS / HOSTS))}.lab.example`,
      guestOS: next() < 0.6 ? "Windows" : "Linux",
      features: features.length > 0 ? features : ["AntiMalware"],
      ...(next() < 0.7 && {
        agent: { state: next() < 0.9 ? "Activated" : "Deactivated", version: "20.0.0.8137", modules: some(0.5) },
      }),
      ...(next() < 0.05 && { affinity: { network: pick(AFFINITIES) } }),
    },
  };
}

function applianceAt(n: number, activation: "Activated" | "Deactivated" = "Activated"): Appliance {
  const license = { metric: "PerCPU", features: FEATURES } as const;
  const hostName = `esx-${n}.lab.example`;
  return { metadata: { name: `dsva-${n}`, generation: 1 }, spec: { hostName, activation, version: "20.0.1", license } };
}

/**
 * By application (a hundred VMs each), by team, by tier, by a label that must be there or not, and for everything: as many
 * of each kind for each 200.
 */
function policyAt(n: number, count: number): AffinityPolicy {
  const kind = Math.floor((n * 200) / count);
  const affinity = {
    ...(n % 2 === 0 && { antiMalware: pick(AFFINITIES) }),
    ...(n % 3 === 0 && { network: pick(AFFINITIES) }),
    ...(n % 5 === 0 && { integrityMonitoring: pick(AFFINITIES) }),
  };
  const metadata = { name: `policy-${n}`, generation: 1 };
  const namespaceSelector = { matchLabels: { env: n % 2 === 0 ? "prod" : "test" } };
  const spec = { priority: n % 10, affinity };
  if (kind < 150) return { metadata, spec: { ...spec, vmSelector: { matchLabels: { app: `app-${n}` } } } };
  if (kind < 170) return { metadata, spec: { ...spec, vmSelector: { matchLabels: { owner: `team-${kind - 150}` } } } };
  if (kind < 186) {
    const values = [pick(TIERS), pick(TIERS)];
    const matchExpressions = [{ key: "tier", operator: "In" as const, values }];
    return { metadata, spec: { ...spec, vmSelector: { matchExpressions }, namespaceSelector } };
  }
  const operator = n % 2 === 0 ? ("Exists" as const) : ("DoesNotExist" as const);
  if (kind < 194)
    return { metadata, spec: { ...spec, vmSelector: { matchExpressions: [{ key: `k${n}`, operator }] } } };
  return { metadata, spec: { ...spec, vmSelector: {}, namespaceSelector } };
}

const vms = new Map(Array.from({ length: VMS }, (_, n) => vmAt(n)).map((vm) => [keyOf(vm), vm]));
const appliances = new Map(Array.from({ length: HOSTS }, (_, n) => applianceAt(n)).map((one) => [keyOf(one), one]));
const policiesOf = (count: number) =>
  new Map(Array.from({ length: count }, (_, n) => policyAt(n, count)).map((one) => [keyOf(one), one]));
const policies = policiesOf(POLICIES);

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not in the estate");
  return value;
}

function median(values: number[]): number {
  return found(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]);
}

/** Milliseconds of this thread's CPU that it takes, whoever else is busy on the machine, and what it gives. */
function timed<T>(work: () => T): [number, T] {
  const start = process.threadCpuUsage();
  const result = work();
  const { user, system } = process.threadCpuUsage(start);
  return [(user + system) / 1000, result];
}

const PHASES = ["world", "decide", "tally", "VM status", "VM status again", "owner statuses"] as const;
type Phase = (typeof PHASES)[number];

/** One pass over everything. `again` is with the status that is there, as after a restart. */
function fromScratch(policies: ReadonlyMap<string, AffinityPolicy>): { ms: number[]; world: World; tally: Tally } {
  const [worldMs, world] = timed(() => {
    const world = new World("20.0");
    for (let n = 0; n < NAMESPACES; n++) world.setNamespace(`ns-${n}`, { env: n % 2 === 0 ? "prod" : "test" });
    for (const policy of policies.values()) world.setPolicy(policy);
    for (const appliance of appliances.values()) world.setAppliance(appliance);
    for (const vm of vms.values()) world.setVm(vm);
    return world;
  });
  const entries = [...vms.keys()].map((key) => found(world.vms.get(key)));
  const [decideMs, decisions] = timed(() => entries.map((entry) => decide(world, entry)));
  const tally = new Tally();
  const [tallyMs] = timed(() => {
    entries.forEach(({ key }, n) => {
      tally.put(key, found(decisions[n]));
    });
  });
  const status = (vm: ProtectedVM, entry: VmEntry, decision: Decision): VmStatus =>
    vmStatus(vm, { entry, decision }, NOW);
  const objects = [...vms.values()];
  const [statusMs, statuses] = timed(() => objects.map((vm, n) => status(vm, found(entries[n]), found(decisions[n]))));
  const settled = objects.map((vm, n) => {
    const current = found(statuses[n]);
    return { ...vm, status: { ...current, delivered: { revision: found(current.revision) } } };
  });
  const [againMs] = timed(() => settled.map((vm, n) => status(vm, found(entries[n]), found(decisions[n]))));
  const [ownersMs] = timed(() => {
    for (const [name, policy] of policies) policyStatus(world, { policy, counts: tally.policy(name) }, NOW);
    for (const name of appliances.keys()) ownerStatus(world, tally, { kind: "Appliance", name });
  });
  return { ms: [worldMs, decideMs, tallyMs, statusMs, againMs, ownersMs], world, tally };
}

function ownerStatus(world: World, tally: Tally, { kind, name }: Owner): object {
  return kind === "Appliance"
    ? applianceStatus(world, { appliance: found(appliances.get(name)), counts: tally.appliance(name) }, NOW)
    : policyStatus(world, { policy: found(policies.get(name)), counts: tally.policy(name) }, NOW);
}

/** What a change costs with all that follows from it: VMs decided again, sums, statuses of VMs and owners. */
function follow({ world, tally }: { world: World; tally: Tally }, touched: Touched): { vms: number; owners: number } {
  const owners = new Map<string, Owner>();
  for (const name of touched.appliances) owners.set(`Appliance ${name}`, { kind: "Appliance", name });
  const keys = new Set(touched.vms);
  for (const key of keys) {
    const entry = found(world.vms.get(key));
    const decision = decide(world, entry);
    for (const owner of tally.put(key, decision)) owners.set(`${owner.kind} ${owner.name}`, owner);
    vmStatus(found(vms.get(key)), { entry, decision }, NOW);
  }
  for (const owner of owners.values()) ownerStatus(world, tally, owner);
  return { vms: keys.size, owners: owners.size };
}

/** One kind of change, again and again at another place: the means of CPU µs and of what it touched. */
function changes(name: string, times: number, change: (n: number) => Touched): string[] {
  const [ms, runs] = timed(() => Array.from({ length: times }, (_, n) => follow(state, change(n))));
  const mean = (field: "vms" | "owners") => runs.reduce((sum, run) => sum + run[field], 0) / times;
  return [name, ((ms * 1000) / times).toFixed(0), mean("vms").toFixed(0), mean("owners").toFixed(0)];
}

function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? title.length)),
  );
  const line = (row: string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ");
  return [head, widths.map((width) => "-".repeat(width)), ...rows].map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** The CPU ms of each phase, each the median of all rounds. */
function medians(policies: ReadonlyMap<string, AffinityPolicy>): (...names: Phase[]) => number {
  const rounds = Array.from({ length: ROUNDS }, () => fromScratch(policies).ms);
  const ms = PHASES.map((_, column) => median(rounds.map((ms) => found(ms[column]))));
  return (...names) => names.reduce((sum, name) => sum + found(ms[PHASES.indexOf(name)]), 0);
}

/** Bytes of the heap a VM that stay in use for the entries, indexes, decisions and sums; the objects are there anyway. */
function heapAVm(policies: ReadonlyMap<string, AffinityPolicy>): number {
  const before = heapUsed();
  const held = fromScratch(policies);
  const bytes = heapUsed() - before;
  return Math.round(bytes / held.world.vms.size);
}

const few = medians(policies);
const manyPolicies = policiesOf(MANY_POLICIES);
const many = medians(manyPolicies);
const row = (name: string, ms: number) => [
  name,
  ms.toFixed(0),
  ((ms * 1000) / VMS).toFixed(2),
  Math.round(VMS / (ms / 1000)).toLocaleString("en"),
];
process.stdout.write(
  `Node ${process.version}, ${cpus()[0]?.model ?? "unknown CPU"}\n` +
    `${VMS.toLocaleString("en")} VMs, ${HOSTS.toLocaleString("en")} appliances, ${POLICIES} policies; median of ${ROUNDS} rounds\n\n` +
    table(
      ["from scratch", "CPU ms", "µs a VM", "VMs a second"],
      [
        ...PHASES.map((name) => row(name, few(name))),
        row("decide + VM status", few("decide", "VM status")),
        row("all, once", few("world", "decide", "tally", "VM status", "owner statuses")),
        row(`decide, ${MANY_POLICIES.toLocaleString("en")} policies`, many("decide")),
        row(`decide + VM status, ${MANY_POLICIES.toLocaleString("en")} policies`, many("decide", "VM status")),
      ],
    ) +
    `\nHeap held for a VM (entry, indexes, decision, sums): ${heapAVm(policies)} bytes; ` +
    `with ${MANY_POLICIES.toLocaleString("en")} policies ${heapAVm(manyPolicies)} bytes\n`,
);

const state = fromScratch(policies);
const turns = (n: number) => Math.floor(n / 3) % 2 === 0;
const oneVm = (n: number): Touched => {
  const key = `ns-${n % NAMESPACES}/vm-${n}`;
  const vm = found(vms.get(key));
  const agent: ProtectedVM["spec"]["agent"] = { state: turns(n) ? "Activated" : "Deactivated" };
  const changed: ProtectedVM = { ...vm, spec: { ...vm.spec, agent } };
  vms.set(key, changed);
  return state.world.setVm(changed);
};
const onePolicy = (n: number): Touched => {
  const policy = found(policies.get(`policy-${n % 150}`));
  const antiMalware = turns(n) ? "AgentOnly" : "ApplianceOnly";
  return state.world.setPolicy({ ...policy, spec: { ...policy.spec, priority: 100, affinity: { antiMalware } } });
};
const oneAppliance = (n: number): Touched =>
  state.world.setAppliance(applianceAt(n % 3, turns(n) ? "Deactivated" : "Activated"));
// The policies of either environment let go of its VMs or take them.
const oneNamespace = (n: number): Touched => state.world.setNamespace("ns-0", { env: n % 2 === 0 ? "test" : "prod" });

process.stdout.write(
  `\nOne change with all that follows from it: statuses of the VMs and of the policies and appliances whose counts changed\n\n` +
    table(
      ["changed", "CPU µs", "VMs", "owners"],
      [
        changes("one VM", 3000, oneVm),
        changes("one policy that selects 100 VMs", 300, onePolicy),
        changes("one appliance of 100 VMs", 300, oneAppliance),
        changes("one namespace of 2,000 VMs", 30, oneNamespace),
      ],
    ),
);
