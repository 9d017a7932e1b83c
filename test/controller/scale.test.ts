import { expect, test } from "vitest";
import type { StoredAppliance, StoredPolicy, StoredVm } from "../../src/controller/changes.ts";
import { Engine } from "../../src/controller/engine.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import { settle, VirtualClock } from "../kube/virtual-clock.ts";
import { appliance, policy, vm } from "../resolve/estate.ts";
import { refusal } from "./api-server.ts";
import { cpuTime, heapUsed } from "./measure.ts";

let version = 0;
function stored<T extends StoredObject>(object: { metadata: object; spec: object }, generation = 1): T {
  const metadata = { uid: `uid-${version}`, ...object.metadata, generation, resourceVersion: String(++version) };
  return { ...object, metadata } as unknown as T;
}

/** An engine on a server that takes everything, or (`refuse`) nothing. */
function rig({ refuse = false } = {}) {
  const clock = new VirtualClock();
  let writes = 0;
  const engine: Engine = new Engine({
    clock,
    managerVersion: "20.0",
    concurrency: 16,
    put: async (resource, { metadata, status }) => {
      writes++;
      if (refuse) throw refusal(422, "Invalid");
      const { vms, policies, appliances } = engine.stores;
      const store = { ProtectedVM: vms, AffinityPolicy: policies, Appliance: appliances }[resource.kind];
      const object = store?.get(
        metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`,
      );
      if (object === undefined) throw refusal(404, "NotFound");
      const answer = { ...object, status, metadata: { ...object.metadata, resourceVersion: String(++version) } };
      return answer;
    },
    isOpen: () => true,
    observers: [],
  });
  return { clock, engine, writes: () => writes };
}

/** VMs on hosts of 100, each host with an appliance, and policies for one tier each. */
async function estate(vms: number, policies: number) {
  const one = rig();
  const { appliances, policies: policyStore, vms: vmStore } = one.engine.stores;
  for (let host = 0; host * 100 < vms; host++) {
    appliances.apply(stored<StoredAppliance>(appliance(`appliance-${host}`, { hostName: `esx-${host}` })));
  }
  for (let index = 0; index < policies; index++) {
    const spec = { vmSelector: { matchLabels: { tier: `tier-${index}` } }, priority: index % 10 };
    policyStore.apply(stored<StoredPolicy>(policy(`policy-${index}`, spec)));
  }
  for (let index = 0; index < vms; index++) {
    const object = vm(
      `vm-${index}`,
      { hostName: `esx-${Math.floor(index / 100)}` },
      { tier: `tier-${index % policies}` },
    );
    vmStore.apply(stored<StoredVm>(object));
  }
  one.engine.start();
  await one.clock.advance(60_000);
  return one;
}

/** Milliseconds for edits of single VMs, until their statuses are written. */
async function timeOfEdits({ engine, writes }: Awaited<ReturnType<typeof estate>>, edits: number): Promise<number> {
  const before = writes();
  const started = cpuTime();
  for (let edit = 0; edit < edits; edit++) {
    const old = engine.stores.vms.get(`shop/vm-${edit % 1_000}`);
    if (old === undefined) throw new Error("no such VM");
    const spec = {
      ...old.spec,
      agent: { state: edit % 2_000 < 1_000 ? ("Activated" as const) : ("Deactivated" as const) },
    };
    engine.stores.vms.apply(stored<StoredVm>({ ...old, spec }, (old.metadata.generation ?? 0) + 1));
    if (edit % 100 === 99) await settle();
  }
  const time = cpuTime() - started;
  expect(writes() - before).toBeGreaterThanOrEqual(edits);
  return time;
}

test("an edit of one VM costs the same among 1,000 VMs and among 30,000", { timeout: 30_000 }, async () => {
  const small = await estate(1_000, 10);
  const large = await estate(30_000, 300);
  await timeOfEdits(small, 2_000);
  await timeOfEdits(large, 2_000);
  const ratios: number[] = [];
  for (let round = 0; round < 3; round++) {
    ratios.push((await timeOfEdits(large, 2_000)) / (await timeOfEdits(small, 2_000)));
  }
  expect(Math.min(...ratios)).toBeLessThan(4);
});

test("the order in which kinds arrive at the start does not matter: policies after VMs cost no more than before them", {
  timeout: 30_000,
}, () => {
  const time = (policiesLast: boolean): number => {
    const { policies, vms } = rig().engine.stores;
    const takePolicies = () => {
      for (let index = 0; index < 400; index++) {
        policies.apply(stored<StoredPolicy>(policy(`policy-${index}`, { vmSelector: {} })));
      }
    };
    const takeVms = () => {
      for (let index = 0; index < 5_000; index++) vms.apply(stored<StoredVm>(vm(`vm-${index}`)));
    };
    const started = cpuTime();
    for (const take of policiesLast ? [takeVms, takePolicies] : [takePolicies, takeVms]) take();
    return cpuTime() - started;
  };
  time(false);
  const first = time(false);
  const last = time(true);
  // Before the engine starts every VM is queued anyway.
  expect(last).toBeLessThan(5 * first + 50);
});

test.each([
  ["written", false],
  ["refused", true],
])("objects that come and go leave nothing behind (their statuses are %s)", { timeout: 30_000 }, async (_, refuse) => {
  const { clock, engine } = rig({ refuse });
  const { vms, policies, appliances } = engine.stores;
  engine.start();
  let serial = 0;
  const churn = async (rounds: number): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      const objects = Array.from({ length: 100 }, () => {
        // Long names: each that is kept somewhere costs some 500 bytes.
        const id = `${"n".repeat(200)}-${serial++}`;
        return {
          policy: stored<StoredPolicy>(policy(id, { vmSelector: { matchLabels: { tier: id.slice(-60) } } })),
          appliance: stored<StoredAppliance>(appliance(id, { hostName: id })),
          vm: stored<StoredVm>(vm(id, { hostName: id }, { tier: id.slice(-60) })),
        };
      });
      for (const one of objects) {
        policies.apply(one.policy);
        appliances.apply(one.appliance);
        vms.apply(one.vm);
      }
      await clock.advance(2_500);
      for (const one of objects) {
        // Some of the time while a roll-out is on.
        if (round % 2 === 0) policies.apply(stored<StoredPolicy>({ ...one.policy, spec: { vmSelector: {} } }, 2));
        vms.delete({ ...one.vm, metadata: { ...one.vm.metadata, resourceVersion: String(++version) } });
        policies.delete({ ...one.policy, metadata: { ...one.policy.metadata, resourceVersion: String(++version) } });
        appliances.delete({
          ...one.appliance,
          metadata: { ...one.appliance.metadata, resourceVersion: String(++version) },
        });
      }
      await clock.advance(2_500);
    }
  };
  // The stores remember some thousand uids, on purpose: fill that first.
  await churn(45);
  const before = heapUsed();
  await churn(40);
  expect(engine.sizes).toEqual({ vms: 0, policies: 0, appliances: 0, namespaces: 0 });
  // 4,000 names of each of three kinds: one map that keeps one kind's would be 2 MB.
  expect(heapUsed() - before).toBeLessThan(1_000_000);
  expect(clock.pending).toBe(0);
});
