import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Editing, editVm } from "./edits.ts";
import { inParallel } from "./estate.ts";
import { compact } from "./etcd.ts";
import { CALM, logged, NAMESPACE, range, signal, untilLogged, useRig } from "./rig.ts";

const VMS = 100;
/** From the moment at which the API server is ready again. Milliseconds. */
const AFTER_READY = 5_000;

const rig = useRig();

test("F52: API server killed and restarted four times while VMs are edited", async () => {
  const { admin, plane } = rig();
  await rig().populate(VMS);
  const controller = await rig().startController();
  await rig().right(15_000);
  for (const round of [1, 2, 3, 4]) {
    const editing = new Editing(admin, { namespace: NAMESPACE, vms: VMS });
    await sleep(400);
    await plane.apiServer.kill();
    const before = editing.done;
    await sleep(300);
    await plane.apiServer.start();
    await editing.stop();
    expect(before, "edits before the end").toBeGreaterThan(10);
    await rig().right(AFTER_READY, `every status is right after restart ${round}`);
    expect(await rig().writesWithin(CALM), `writes at rest after restart ${round}`).toEqual([]);
  }
  expect(logged(controller, /./).length, "log lines for four outages").toBeLessThan(500);
});

test("F03, F55: etcd compacted and the API server restarted while the controller looks away: 410, and all is listed again", async () => {
  const { admin, plane } = rig();
  await rig().populate(VMS);
  const controller = await rig().startController();
  await rig().right(15_000);
  signal(controller, "SIGSTOP");
  await inParallel(range(VMS), (n) => editVm(admin, { namespace: NAMESPACE, n }, n + 1));
  await admin.delete({ kind: "ProtectedVM", namespace: NAMESPACE, name: "vm-7" });
  await admin.delete({ kind: "Appliance", name: "dsva-3" });
  await compact(plane.etcdEndpoint);
  await plane.apiServer.kill();
  await plane.apiServer.start();
  signal(controller, "SIGCONT");
  await rig().right(AFTER_READY);
  // What its sockets still held may have sufficed to be right before it watches again.
  await untilLogged(controller, /too old resource version|compacted/i);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F55: etcd compacted again and again under load: nobody who watches notices", async () => {
  const { admin, plane } = rig();
  await rig().populate(VMS);
  await rig().startController();
  await rig().right(15_000);
  const editing = new Editing(admin, { namespace: NAMESPACE, vms: VMS });
  for (const _ of range(5)) {
    await compact(plane.etcdEndpoint);
    await sleep(200);
  }
  await editing.stop();
  await rig().right(2_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F43: no API server for the first eight seconds of the controller's life", async () => {
  const { plane } = rig();
  await rig().populate(VMS);
  await plane.apiServer.kill();
  const controller = await rig().startController();
  await untilLogged(controller, /list failed/);
  await sleep(8_000);
  expect(controller.died.aborted, "it ended").toBe(false);
  await plane.apiServer.start();
  await rig().right(AFTER_READY);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});
