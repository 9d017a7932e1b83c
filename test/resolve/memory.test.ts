import { expect, test } from "vitest";
import { decide, Tally, World } from "../../src/resolve/index.ts";
import { heapUsed } from "../controller/measure.ts";
import { appliance, found, policy, vm } from "./estate.ts";

test("names, hosts, namespaces and labels that come and go and never come again take no more memory", () => {
  const world = new World("20.0");
  const tally = new Tally();
  const come = (index: number): void => {
    const [host, namespace] = [`esx-${index}`, `ns-${index}`];
    world.setAppliance(appliance(`appliance-${index}`, { hostName: host }));
    world.setPolicy(policy(`in-${index}`, { vmSelector: { matchLabels: { [`key-${index}`]: "x" } } }));
    world.setPolicy(
      policy(`exists-${index}`, { vmSelector: { matchExpressions: [{ key: `key-${index}`, operator: "Exists" }] } }),
    );
    world.setNamespace(namespace, { index: String(index) });
    const one = vm("a", { hostName: host }, { [`key-${index}`]: "x", one: `value-${index}` });
    world.setVm({ ...one, metadata: { ...one.metadata, namespace } });
    const key = `${namespace}/a`;
    tally.put(key, decide(world, found(world.vms.get(key))));
    world.deleteVm(key);
    tally.put(key, undefined);
    world.deleteNamespace(namespace);
    for (const name of ["in", "exists"]) world.deletePolicy(`${name}-${index}`);
    world.deleteAppliance(`appliance-${index}`);
  };
  for (let index = 0; index < 1_000; index++) come(index);
  const before = heapUsed();
  for (let index = 1_000; index < 9_000; index++) come(index);
  // The least that could stay behind, an entry of a map and its key, is some 100 bytes a round.
  expect(heapUsed() - before).toBeLessThan(600_000);
  expect([world.vms.size, tally.size, [...world.vms.namespaces()].length]).toEqual([0, 0, 0]);
});

test("neither a policy that changes for ever nor ever other sets of policies take more memory", () => {
  const world = new World("20.0");
  const tally = new Tally();
  const labels = Array.from({ length: 16 }, (_, index) => `key-${index}`);
  const set = (index: number): void => {
    world.setPolicy(policy("busy", { priority: index % 1_000, affinity: { network: "AgentOnly" } }));
    for (const key of labels) {
      const values = [`${index % 7}`, `${index % 11}`];
      world.setPolicy(policy(key, { vmSelector: { matchExpressions: [{ key, operator: "In", values }] } }));
    }
  };
  const decideAll = (round: number): void => {
    set(round);
    // Each VM has another half of the labels, so that each is selected by other policies.
    for (let index = 0; index < 1_000; index++) {
      const its = labels.filter((_, bit) => ((index * 65 + round) >> bit) & 1);
      world.setVm(vm(`vm-${index}`, {}, Object.fromEntries(its.map((key) => [key, `${round % 7}`]))));
      const key = `shop/vm-${index}`;
      tally.put(key, decide(world, found(world.vms.get(key))));
    }
  };
  for (let round = 0; round < 20; round++) decideAll(round);
  const before = heapUsed();
  for (let round = 20; round < 40; round++) decideAll(round);
  // 20,000 sets of policies more, of some 500 bytes each, if they all stayed.
  expect(heapUsed() - before).toBeLessThan(5_000_000);
});
