import { expect, test } from "vitest";
import type { ControllerObserver } from "../../src/controller/controller.ts";
import { appliance, policy, vm } from "../resolve/estate.ts";
import { refusal } from "./api-server.ts";
import { controllerOn } from "./controller-bench.ts";

/** What a controller on some objects tells an observer within ten seconds in which the server refuses some statuses. */
async function told(objects: Parameters<typeof controllerOn>[0], refused: readonly string[] = []) {
  const bench = controllerOn(objects);
  bench.onPut = ({ kind, metadata: { name } }) => {
    if (refused.includes(`${kind} ${name}`)) throw refusal(422, "Invalid");
  };
  const written: string[] = [];
  const stuck: string[] = [];
  const kept: object[] = [];
  const queues: string[] = [];
  const observer: ControllerObserver = {
    onWritten(kind, before, after) {
      written.push(`${kind} ${before.metadata.name} ${"status" in after}`);
      kept.push(before.metadata, after.metadata);
    },
    onStuck: (kind, { metadata }, { type }) => stuck.push(`${kind} ${metadata.name} ${type}`),
    queueObserver(name) {
      queues.push(name);
      return { onAdded() {}, onRetried() {}, onTaken() {} };
    },
  };
  // One that wants to know nothing is allowed, too.
  const { controller } = bench.run({ observers: [{}, observer] });
  await bench.clock.advance(10_000);
  bench.stop.abort();
  await bench.clock.advance(3_000);
  return { written: written.toSorted(), stuck: stuck.toSorted(), kept, queues, unsettled: controller.unsettled };
}

test("each write is told, with the object before and after it, and both queues are", async () => {
  const { written, stuck, queues, unsettled } = await told({
    Appliance: [appliance("x")],
    AffinityPolicy: [policy("x")],
    ProtectedVM: [vm("x")],
  });
  expect(written).toEqual(["AffinityPolicy x true", "Appliance x true", "ProtectedVM x true"]);
  expect([stuck, unsettled]).toEqual([[], 0]);
  expect(queues).toEqual(["protectedvm", "owner"]);
});

test("of no object managedFields or annotations are kept", async () => {
  const managedFields = [{ manager: "somebody" }];
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "{}" };
  const heavy = <T extends { metadata: object }>(object: T): T => ({
    ...object,
    metadata: { ...object.metadata, managedFields, annotations },
  });
  const { kept } = await told({ Appliance: [heavy(appliance("x"))], ProtectedVM: [heavy(vm("x"))] });
  expect(kept).toHaveLength(4);
  for (const metadata of kept) expect(JSON.stringify(metadata)).not.toMatch(/managedFields|annotations|somebody/);
});

test("what is refused for good is told with its kind, and counted, each of two kinds with one name by itself", async () => {
  const { stuck, unsettled, written } = await told(
    { Appliance: [appliance("x")], AffinityPolicy: [policy("x")], ProtectedVM: [vm("x"), vm("y")] },
    ["Appliance x", "AffinityPolicy x", "ProtectedVM x"],
  );
  expect(stuck).toEqual(["AffinityPolicy x refused", "Appliance x refused", "ProtectedVM x refused"]);
  expect(unsettled).toBe(3);
  expect(written).toEqual(["ProtectedVM y true"]);
});

test("an object on which the rules fail is told, and counted", async () => {
  // What nobody can write under our schema: a null among the conditions.
  const broken = { ...vm("x"), status: { conditions: [null] } } as unknown as ReturnType<typeof vm>;
  const { stuck, unsettled } = await told({ ProtectedVM: [broken, vm("y")] });
  expect(new Set(stuck)).toEqual(new Set(["ProtectedVM x failed"]));
  expect(unsettled).toBe(1);
});
