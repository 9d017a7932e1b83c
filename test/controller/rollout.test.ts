import fc from "fast-check";
import { expect, test } from "vitest";
import { Rollout } from "../../src/controller/rollout.ts";
import { heapUsed } from "./measure.ts";

const OWNERS = ["AffinityPolicy/p", "AffinityPolicy/q", "Appliance/p"];
const VMS = ["ns/a", "ns/b", "ns/c", "ns/d"];

const operation = fc.oneof(
  fc.record({
    type: fc.constant("begin" as const),
    owners: fc.subarray(OWNERS),
    vms: fc.subarray(VMS),
  }),
  fc.record({ type: fc.constant("settled" as const), vm: fc.constantFrom(...VMS) }),
);

test("an owner waits for exactly the VMs of its changes, each settled after the change began, and is told once", () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const done: string[] = [];
      const rollout = new Rollout((owner) => done.push(owner));
      // The naive model: one pair for each owner and VM that it still waits for.
      let pairs: { owner: string; vm: string }[] = [];
      const waiting = (owner: string) => pairs.some((pair) => pair.owner === owner);
      for (const op of operations) {
        done.length = 0;
        const before = OWNERS.filter(waiting);
        let expected: string[];
        if (op.type === "begin") {
          rollout.begin(op.owners, new Set(op.vms));
          for (const owner of op.owners) for (const vm of op.vms) pairs.push({ owner, vm });
          // Nothing to wait for: told at once, unless an earlier change still holds it back.
          expected = op.vms.length === 0 ? op.owners.filter((owner) => !waiting(owner)) : [];
        } else {
          rollout.settled(op.vm);
          pairs = pairs.filter((pair) => pair.vm !== op.vm);
          expected = before.filter((owner) => !waiting(owner));
        }
        expect(done.toSorted()).toEqual(expected.toSorted());
        for (const owner of OWNERS) expect(rollout.isWaiting(owner)).toBe(waiting(owner));
      }
    }),
    { numRuns: 500 },
  );
});

test("an owner that is told may begin its next change there and then", () => {
  const done: string[] = [];
  const rollout = new Rollout((owner) => {
    done.push(owner);
    if (done.length === 1) rollout.begin([owner], new Set(["ns/b"]));
  });
  rollout.begin(["p"], new Set(["ns/a"]));
  rollout.settled("ns/a");
  expect(rollout.isWaiting("p")).toBe(true);
  rollout.settled("ns/b");
  expect(done).toEqual(["p", "p"]);
  expect(rollout.isWaiting("p")).toBe(false);
});

test("an owner that changes again and again while nothing can be written takes no more memory each time", () => {
  const rollout = new Rollout(() => {});
  const vms = new Set(Array.from({ length: 2_000 }, (_, index) => `ns/vm-${index}`));
  rollout.begin(["p"], vms);
  const before = heapUsed();
  for (let change = 0; change < 1_000; change++) rollout.begin(["p"], vms);
  // A reference a VM and change would be 16 MB.
  expect(heapUsed() - before).toBeLessThan(8_000_000);
  for (const vm of vms) rollout.settled(vm);
  expect(rollout.isWaiting("p")).toBe(false);
});
