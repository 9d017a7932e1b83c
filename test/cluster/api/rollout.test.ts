import { beforeAll, expect, test } from "vitest";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../../../src/api/kinds.ts";
import type { Ref } from "../kinds.ts";
import { untilObject } from "../until.ts";
import {
  appliance,
  type Commit,
  eightAtATime,
  isBefore,
  policy,
  Recorder,
  untilQuiet,
  useController,
  vm,
} from "./support.ts";

const { admin, namespace } = useController();
const VMS = 300;
const NAMES = Array.from({ length: VMS }, (_, index) => `vm-${index}`);
const POLICY = { kind: "AffinityPolicy", name: "rollout" };
const APPLIANCE = { kind: "Appliance", name: "rollout" };

type Owner = AffinityPolicy | Appliance;

/** What was committed because of a change, once nothing more comes. */
interface Rollout {
  readonly vms: readonly Commit<ProtectedVM>[];
  /** The first status of the owner for its new generation. */
  readonly done: Owner;
  readonly writes: Map<string, number>;
}

/** Changes the spec of an owner, and records what follows from it. */
async function rollOut(owner: Ref, change: object): Promise<Rollout> {
  await using vms = await Recorder.start<ProtectedVM>(admin, "ProtectedVM", namespace);
  await using owners = await Recorder.start<Owner>(admin, owner.kind);
  const { metadata } = await admin.mergePatch<Owner>(owner, { spec: change });
  const isDone = ({ status }: Owner) => status?.observedGeneration === metadata.generation;
  await untilObject<Owner>(admin, owner, { what: "rolled out", condition: isDone, timeoutMs: 30_000 });
  await untilQuiet(admin);
  const done = owners.commits.find(({ object }) => isDone(object))?.object;
  if (done === undefined) throw new Error("the owner's status was not seen");
  return { vms: [...vms.commits], done, writes: vms.writes() };
}

beforeAll(async () => {
  await admin.apply(appliance("rollout", { hostName: "rollout" }));
  await admin.apply(policy("rollout", { vmSelector: {}, affinity: { network: "AgentPreferred" } }));
  const agent = { state: "Activated" as const, modules: ["Firewall" as const] };
  const spec: ProtectedVM["spec"] = { guestOS: "Linux", hostName: "rollout", features: ["Firewall"], agent };
  await eightAtATime(NAMES, (name) => admin.create(vm(namespace, name, spec)));
  await untilQuiet(admin);
});

const everyVmOnce = new Map(NAMES.map((name) => [name, 1]));
const sorted = (writes: Map<string, number>) =>
  new Map([...everyVmOnce.keys()].map((name) => [name, writes.get(name)]));

test("the status of a policy's generation comes after all its VMs, each written once", async () => {
  const { vms, done, writes } = await rollOut(POLICY, { affinity: { network: "AppliancePreferred" } });
  expect(writes.size).toBe(VMS);
  expect(sorted(writes)).toEqual(everyVmOnce);
  expect(vms.filter(({ object }) => object.status?.features?.[0]?.source !== "Appliance")).toEqual([]);
  expect(vms.filter(({ object }) => !isBefore(object, done))).toEqual([]);
  expect(done.status?.vms).toEqual({ matched: VMS, effective: VMS });
});

test("that of an appliance too", async () => {
  const { vms, done, writes } = await rollOut(APPLIANCE, { activation: "Deactivated" });
  expect(sorted(writes)).toEqual(everyVmOnce);
  expect(vms.filter(({ object }) => object.status?.mode !== "AgentBased")).toEqual([]);
  expect(vms.filter(({ object }) => !isBefore(object, done))).toEqual([]);
  expect(done.status).toMatchObject({ vms: VMS, protects: 0, impact: { vms: 0, moves: 0, installs: 0, losses: 0 } });
});

test("a change that moves nothing is observed, and writes no VM", async () => {
  const { vms, done } = await rollOut(POLICY, { priority: 9 });
  expect(vms).toEqual([]);
  expect(done.status).toMatchObject({ vms: { matched: VMS } });
});

test("F26: a deleted policy that 300 VMs use is one write each", async () => {
  await using recorder = await Recorder.start<ProtectedVM>(admin, "ProtectedVM", namespace);
  await admin.delete(POLICY);
  const objects = await untilQuiet(admin);
  expect(sorted(recorder.writes())).toEqual(everyVmOnce);
  const deciders = objects.flatMap((one) => (one.kind === "ProtectedVM" ? [JSON.stringify(one.status)] : []));
  expect(deciders.filter((status) => !status.includes('"decidedBy":"Default"'))).toEqual([]);
});

test("B17: a spec that changes a hundred times in a second ends with the last one, and never goes back", async () => {
  const ref = { kind: "ProtectedVM", namespace, name: "vm-0" };
  await using recorder = await Recorder.start<ProtectedVM>(admin, "ProtectedVM", namespace);
  let last = 0;
  for (let round = 0; round < 100; round++) {
    const modules = round % 2 === 0 ? [] : ["Firewall"];
    const { metadata } = await admin.mergePatch<ProtectedVM>(ref, { spec: { agent: { modules } } });
    last = metadata.generation ?? 0;
  }
  await untilObject<ProtectedVM>(admin, ref, {
    what: "the last generation is observed",
    condition: ({ status }) => status?.observedGeneration === last,
    timeoutMs: 2_000,
  });
  await untilQuiet(admin);
  const observed = recorder.commits.map(({ object }) => object.status?.observedGeneration ?? -1);
  expect(observed).toEqual(observed.toSorted((a, b) => a - b));
  const final = await admin.get<ProtectedVM>(ref);
  expect(final.status?.features?.[0]).toMatchObject({ source: "Agent", state: "Active" });
  expect(final.status?.observedGeneration).toBe(final.metadata.generation);
});
