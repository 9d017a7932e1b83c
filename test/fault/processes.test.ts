import { expect, test } from "vitest";
import { until } from "../cluster/until.ts";
import { editVm } from "./edits.ts";
import { inParallel } from "./estate.ts";
import { CALM, NAMESPACE, range, useRig } from "./rig.ts";

const VMS = 500;
const CRASH_VMS = 300;
const rig = useRig();

/** Edits every VM once. */
async function burst(vms: number): Promise<void> {
  await inParallel(range(vms), (n) => editVm(rig().admin, { namespace: NAMESPACE, n }, 1 + (n % 2)));
}

async function untilWritten(count: number): Promise<void> {
  const written = () => rig().auditor.decisions("ProtectedVM").length;
  await until(() => written() >= count, { what: `${count} VMs are written`, timeoutMs: 30_000, state: written });
}

/** One write a VM, however many processes it took. */
function expectOneWriteEach(vms: number): void {
  const written = rig()
    .auditor.decisions("ProtectedVM")
    .map(({ id }) => id);
  expect(written.length, "writes").toBe(vms);
  expect(new Set(written).size, "VMs written").toBe(vms);
}

test("F72: SIGTERM in a burst of 500 changes: exit 0 within 5 s, and the next one does the rest", async () => {
  await rig().populate(VMS);
  const first = await rig().startController();
  await rig().right(60_000);
  rig().auditor.clear();
  const edits = burst(VMS);
  await untilWritten(VMS / 5);
  // It throws after 5 s.
  expect(await first.stop(), "exit code").toBe(0);
  await edits;
  expect(rig().auditor.decisions("ProtectedVM").length, "it was a burst").toBeLessThan(VMS);
  await rig().startController();
  await rig().right(60_000);
  expectOneWriteEach(VMS);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F70: SIGKILL in a burst of changes: the next one does the rest", async () => {
  await rig().populate(CRASH_VMS);
  const first = await rig().startController();
  await rig().right(60_000);
  rig().auditor.clear();
  const edits = burst(CRASH_VMS);
  await untilWritten(CRASH_VMS / 5);
  await rig().crash(first);
  await edits;
  expect(rig().auditor.decisions("ProtectedVM").length, "it was a burst").toBeLessThan(CRASH_VMS);
  await rig().startController();
  await rig().right(60_000);
  expectOneWriteEach(CRASH_VMS);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F73: two controllers at once: right at rest, each VM written once a change, no ping-pong", async () => {
  const { admin, auditor } = rig();
  await rig().populate(200);
  await rig().startController();
  await rig().startController();
  await rig().right(60_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
  auditor.clear();
  await burst(200);
  await rig().right(60_000);
  expectOneWriteEach(200);
  auditor.clear();
  await admin.mergePatch(
    { kind: "AffinityPolicy", name: "everywhere" },
    { spec: { affinity: { network: "AgentOnly" } } },
  );
  await rig().right(60_000);
  expectOneWriteEach(200);
  expect(await rig().writesWithin(5_000)).toEqual([]);
});
