import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { until } from "../cluster/until.ts";
import { Editing, editVm } from "./edits.ts";
import { inParallel } from "./estate.ts";
import { setFull } from "./etcd.ts";
import { CALM, NAMESPACE, range, useRig } from "./rig.ts";

const VMS = 20;
const rig = useRig();

async function editAll(round: number): Promise<void> {
  await inParallel(range(VMS), (n) => editVm(rig().admin, { namespace: NAMESPACE, n }, round + (n % 2)));
}

test("F54: etcd killed for three seconds under load: no decision from old reads, right five seconds after", async () => {
  const { admin, plane } = rig();
  await rig().populate(VMS);
  const { probes } = await rig().startController();
  await rig().right(15_000);
  const editing = new Editing(admin, { namespace: NAMESPACE, vms: VMS });
  await sleep(500);
  await plane.etcd.kill();
  await sleep(3_000);
  await plane.etcd.start();
  await until(async () => (await admin.request({ method: "GET", path: "/readyz" })).status === 200, {
    what: "the API server is ready",
    timeoutMs: 30_000,
  });
  await sleep(500);
  await editing.stop();
  await rig().right(6_000);
  expect(
    probes.samples.every(({ live }) => live === undefined || live === 200),
    "/livez in an outage",
  ).toBe(true);
  expect(await rig().writesWithin(CALM)).toEqual([]);
}, 60_000);

test("F56: etcd is full: writes are refused for a while, and made up for", async () => {
  const { plane } = rig();
  await rig().populate(VMS);
  await rig().startController();
  await rig().right(15_000);
  await rig().admin.mergePatch(
    { kind: "AffinityPolicy", name: "everywhere" },
    { spec: { affinity: { network: "AgentOnly" } } },
  );
  await setFull(plane.etcdEndpoint, true);
  await sleep(2_500);
  await setFull(plane.etcdEndpoint, false);
  await rig().right(8_000);
  await editAll(1);
  await rig().right(3_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
}, 60_000);

test("F57: etcd stalls for a second, and for four", async () => {
  const { plane } = rig();
  await rig().populate(VMS);
  await rig().startController();
  await rig().right(15_000);
  for (const [round, ms] of [1_000, 4_000].entries()) {
    const { pid } = plane.etcd;
    if (pid === undefined) throw new Error("etcd does not run");
    const edits = editAll(1 + round);
    process.kill(pid, "SIGSTOP");
    await sleep(ms);
    process.kill(pid, "SIGCONT");
    await edits;
    await rig().right(8_000);
  }
  expect(await rig().writesWithin(CALM)).toEqual([]);
}, 60_000);
