import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { installCrds } from "../cluster/install.ts";
import { deleteAndWait } from "../cluster/until.ts";
import { editVm } from "./edits.ts";
import { appliance, createAll, inParallel } from "./estate.ts";
import { CALM, FAIL_STATIC, NAMESPACE, range, untilLogged, useRig } from "./rig.ts";

const VMS = 40;
/** Attempts to list a missing kind grow rarer the longer it is missing: here it is a few seconds. Milliseconds. */
const AFTER_INSTALLED = 10_000;

const rig = useRig();

async function removeCrd(plural: string): Promise<void> {
  await deleteAndWait(rig().admin, { kind: "CustomResourceDefinition", name: `${plural}.tandem.dev` });
}

test("F43: CRDs installed only after the controller started: it gets to work by itself", async () => {
  await Promise.all(["protectedvms", "affinitypolicies", "appliances"].map(removeCrd));
  const controller = await rig().startController();
  await untilLogged(controller, /protectedvms: 404/);
  await sleep(2_000);
  expect(controller.died.aborted, "it ended").toBe(false);
  await installCrds(rig().admin);
  await rig().populate(VMS);
  await rig().right(AFTER_INSTALLED);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F37: the CRD of one kind deleted and installed again: nothing is decided without it", async () => {
  const { admin, auditor } = rig();
  await rig().populate(VMS);
  const controller = await rig().startController();
  await rig().right(15_000);
  await removeCrd("appliances");
  await untilLogged(controller, FAIL_STATIC);
  await sleep(500);
  auditor.clear();
  await inParallel(range(VMS), (n) => editVm(admin, { namespace: NAMESPACE, n }, 1 + (n % 2)));
  await admin.mergePatch(
    { kind: "AffinityPolicy", name: "everywhere" },
    { spec: { affinity: { network: "AgentOnly" } } },
  );
  await sleep(2_000);
  expect(auditor.decisions(), "decisions without a kind").toEqual([]);
  await installCrds(admin);
  await createAll(admin, range(10).map(appliance));
  await rig().right(AFTER_INSTALLED);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});
