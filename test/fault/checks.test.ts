import { expect, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { Explainer } from "./explain.ts";
import { NAMESPACE, useRig } from "./rig.ts";

/** What the rig would say of a controller that does wrong: here the administrator writes in its place. */
const rig = useRig();
const REF = { kind: "ProtectedVM", namespace: NAMESPACE, name: "vm-1" };

interface Vm extends KubeObject {
  spec: { hostName: string };
  status: { coverage: string; conditions: { type: string; status: string }[]; reports?: object[]; mode: string };
}

/** A settled estate whose controller is gone. Answers a VM of it, of which somebody reports the health. */
async function settled(): Promise<Vm> {
  await rig().populate(5);
  const controller = await rig().startController();
  await rig().right(15_000);
  await rig().crash(controller);
  return await rig().admin.get<Vm>(REF);
}

/** All that the checks find of what has happened so far; the end of the scenario then finds it no more. */
async function found(written: KubeObject): Promise<string[]> {
  const { auditor, admin } = rig();
  await auditor.caughtUp([written]);
  const explainer = new Explainer();
  explainer.addNamespaces(await admin.list("Namespace"));
  const unexplained = auditor.drain().flatMap((version) => explainer.take(version, undefined));
  return [...unexplained, ...auditor.faults.splice(0)];
}

/** What is found when this is done to a settled VM and its status written back. */
async function foundOf(change: (vm: Vm) => void): Promise<string[]> {
  const vm = await settled();
  change(vm);
  return await found(await rig().admin.replace(vm, "status"));
}

test("nothing is found of a controller that does right", async () => {
  expect(await found(await settled())).toEqual([]);
});

test("S1: a status that no state of the inputs gives", async () => {
  const faults = await foundOf((vm) => {
    vm.status.mode = vm.status.mode === "Combined" ? "Agentless" : "Combined";
  });
  expect(faults).toEqual([expect.stringMatching(/vm-1 at \d+: .*\(S1\)/)]);
});

test("S3: a status with times of another object", async () => {
  const faults = await foundOf((vm) => {
    for (const condition of vm.status.conditions)
      Object.assign(condition, { lastTransitionTime: "2001-01-01T00:00:00Z" });
  });
  expect(faults).toContainEqual(expect.stringMatching(/\(S3\)/));
});

test("S4: a decision that takes others' reports away", async () => {
  const faults = await foundOf((vm) => {
    expect(vm.status.reports).toHaveLength(1);
    delete vm.status.reports;
    vm.status.coverage = "0/9";
  });
  expect(faults).toContainEqual(expect.stringMatching(/\(S4\)/));
});

test("S5: conditions out of order, and one that may only be there while True", async () => {
  const faults = await foundOf((vm) => {
    vm.status.conditions.reverse();
    for (const condition of vm.status.conditions) if (condition.type === "Reconciling") condition.status = "False";
  });
  expect(faults).toContainEqual(expect.stringMatching(/out of order \(S5\)/));
  expect(faults).toContainEqual(expect.stringMatching(/\(S1\)/));
});
