import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keyOf } from "../../src/api/object.ts";
import { decide, Tally, vmStatus, World } from "../../src/resolve/index.ts";
import type { Admin } from "../cluster/admin.ts";
import { type EstateSize, estateOf, hasAgent, type MassPolicy, NAMESPACES, vmKey } from "./estate-objects.ts";
import type { ScaleController } from "./scale-controller.ts";
import { MeasuredProcess } from "./scale-process.ts";
import type { Edits, Idle, Mass, Reading, Start } from "./scale-results.ts";
import { quantile } from "./statistics.ts";
import { processCpu } from "./usage.ts";

const READER = join(import.meta.dirname, "scale-reader.ts");
/** Milliseconds between two edits: each is followed alone. */
const EDIT_EVERY = 30;
/** Milliseconds in which counts are written after the VMs. */
const COUNTS = 3_000;
/** CPU milliseconds over which what is short is repeated. */
const RESOLVE_FOR = 500;

export async function measureStart(controller: ScaleController, vms: number): Promise<Start> {
  const { ms, scrape } = await controller.untilSettled(vms);
  const cpuMs = processCpu(controller.pid);
  const { now: resident, peak } = controller.memory;
  return { ms, cpuMs, resident, peak, lag: await controller.lag(), writes: scrape.writes };
}

export async function measureReading(kubeconfig: string): Promise<Reading> {
  await using reader = new MeasuredProcess("the reader", () => ({ args: [READER, kubeconfig] }));
  const { code, output, log } = await reader.ended();
  const ms = performance.now() - reader.startedAt;
  if (code !== 0) throw new Error(`the reader ended with ${code}. ${log}`);
  return { ms, ...(JSON.parse(output) as Omit<Reading, "ms">) };
}

export async function measureIdle(controller: ScaleController, forMs: number): Promise<Idle> {
  const before = await controller.scrape();
  const [start, cpu] = [performance.now(), processCpu(controller.pid)];
  await sleep(forMs);
  const cpuMs = processCpu(controller.pid) - cpu;
  const ms = performance.now() - start;
  const after = await controller.scrape();
  const requests = [...after.by("rest_client_requests_total", "method")].map(([method, count]) => [
    method,
    count - (before.by("rest_client_requests_total", "method").get(method) ?? 0),
  ]);
  return { ms, cpuMs, writes: after.writes - before.writes, requests: Object.fromEntries(requests) };
}

/** Deactivates the agents of some VMs, which changes the mode of each. */
export async function measureEdits(
  controller: ScaleController,
  { admin, vms, times, idle }: { admin: Admin; vms: number; times: number; idle: Idle },
): Promise<Edits> {
  const before = await controller.scrape();
  const start = performance.now();
  const step = Math.floor(vms / times);
  let edits = 0;
  for (let n = 0; edits < times && n < vms; n += Math.max(1, step)) {
    // One beside it if it has no agent.
    const at = hasAgent(n) ? n : n + 1;
    await admin.mergePatch({ kind: "ProtectedVM", ...vmKey(at) }, { spec: { agent: { state: "Deactivated" } } });
    edits += 1;
    await sleep(EDIT_EVERY);
  }
  await controller.untilScrape(`${edits} edits are followed`, (one) => one.vmWrites >= before.vmWrites + edits);
  await sleep(COUNTS);
  const after = await controller.scrape();
  const idleMs = (idle.cpuMs / idle.ms) * (performance.now() - start);
  return { edits, vmWrites: after.vmWrites - before.vmWrites, cpuMs: (after.cpuMs - before.cpuMs - idleMs) / edits };
}

/** Changes what a policy says that wins for the VMs that it selects. */
export async function measureMass(
  controller: ScaleController,
  { admin, vms, policy }: { admin: Admin; vms: number; policy: MassPolicy },
): Promise<Mass> {
  const ref = { kind: "AffinityPolicy", name: policy.name };
  const { spec } = await admin.get<{ metadata: { name: string }; spec: { affinity: { antiMalware: string } } }>(ref);
  const antiMalware = spec.affinity.antiMalware === "AgentOnly" ? "ApplianceOnly" : "AgentOnly";
  const before = await controller.scrape();
  const selected = Math.floor((vms - 1 - policy.value) / policy.parts) + 1;
  const start = performance.now();
  await admin.mergePatch(ref, { spec: { affinity: { antiMalware } } });
  const after = await controller.untilScrape(
    `${selected} VMs are written`,
    (one) => one.vmWrites >= before.vmWrites + selected && one.isSettled(vms),
  );
  const ms = performance.now() - start;
  const { now: resident, peak } = controller.memory;
  return {
    vms: selected,
    ms,
    cpuMs: after.cpuMs - before.cpuMs,
    vmWrites: after.vmWrites - before.vmWrites,
    resident,
    peak,
    lag: await controller.lag(),
  };
}

/** The rules alone, in this thread: CPU milliseconds of a world from nothing to every VM's status. */
export function measureResolve(size: EstateSize): number {
  const estate = estateOf(size);
  const now = "2026-03-01T10:00:00Z";
  const passes: number[] = [];
  let total = 0;
  while (total < RESOLVE_FOR || passes.length < 3) {
    const start = process.threadCpuUsage();
    const world = new World("20.0");
    const tally = new Tally();
    for (const { name, labels } of NAMESPACES) world.setNamespace(name, { ...labels });
    for (const policy of estate.policies) world.setPolicy(policy);
    for (const appliance of estate.appliances) world.setAppliance(appliance);
    for (const vm of estate.vms) world.setVm(vm);
    for (const vm of estate.vms) {
      const entry = world.vms.get(keyOf(vm));
      if (entry === undefined) throw new Error(`${keyOf(vm)} is not in the world that it was put into`);
      const decision = decide(world, entry);
      tally.put(entry.key, decision);
      vmStatus(vm, { entry, decision }, now);
    }
    const { user, system } = process.threadCpuUsage(start);
    passes.push((user + system) / 1000);
    total += (user + system) / 1000;
  }
  return quantile(passes, 0.5);
}
