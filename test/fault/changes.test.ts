import { expect, test } from "vitest";
import { vm } from "./estate.ts";
import { CALM, NAMESPACE, range, signal, useRig } from "./rig.ts";

const HOSTS = 20;
const MANY = 1_000;
const rig = useRig();

/** Deletes a VM and creates another one of its name, which wants something else, again and again. */
async function recreate(n: number, times: number): Promise<void> {
  const { admin } = rig();
  const name = `vm-${n}`;
  for (const time of range(times)) {
    await admin.delete({ kind: "ProtectedVM", namespace: NAMESPACE, name });
    const other = vm(NAMESPACE, n + time + 1, HOSTS);
    await admin.create({ ...other, metadata: { ...other.metadata, name } });
  }
}

test("F23: an object deleted and recreated 20 times while the controller is at work", async () => {
  await rig().populate(10);
  await rig().startController();
  await rig().right(15_000);
  await Promise.all([recreate(3, 20), recreate(4, 20)]);
  await rig().right(2_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F23: an object deleted and recreated 20 times while the controller looks away", async () => {
  await rig().populate(10);
  const controller = await rig().startController();
  await rig().right(15_000);
  signal(controller, "SIGSTOP");
  await recreate(3, 20);
  await rig().admin.delete({ kind: "ProtectedVM", namespace: NAMESPACE, name: "vm-5" });
  signal(controller, "SIGCONT");
  await rig().right(2_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F26: a policy that 1,000 VMs use is deleted: 1,000 writes, each once", async () => {
  const { admin, auditor } = rig();
  await rig().populate(MANY, HOSTS);
  await rig().startController();
  await rig().right(60_000);
  auditor.clear();
  await admin.delete({ kind: "AffinityPolicy", name: "everywhere" });
  await rig().right(60_000);
  const written = auditor.decisions("ProtectedVM").map(({ id }) => id);
  expect(written.length, "writes").toBe(MANY);
  expect(new Set(written).size, "VMs written").toBe(MANY);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});
