import { beforeEach, describe, expect, test } from "vitest";
import type { AffinityPolicy } from "../../src/api/kinds.ts";
import { World } from "../../src/resolve/index.ts";
import { found, policy, vm } from "./estate.ts";

// What a look at a policy or a VM costs goes with what it concerns, not with the size of the estate. The cost is seen
// here in the labels that are read: a VM that was looked at had a label asked for.

let world: World;
/** Names of the VMs whose labels were asked for, once for each time. */
let asked: string[];

beforeEach(() => {
  world = new World("20.0");
  asked = [];
});

/** A VM `<namespace>/<name>` whose labels tell when they are asked for. */
function setVm(name: string, labels: Record<string, string>, namespace = "shop"): void {
  const watched = new Proxy(labels, {
    getOwnPropertyDescriptor(target, key) {
      if (!isListing) asked.push(name);
      return Reflect.getOwnPropertyDescriptor(target, key);
    },
  });
  const one = vm(name);
  // Listing all labels, when a VM is put in and out of the indexes, is no look at it.
  isListing = true;
  world.setVm({ ...one, metadata: { ...one.metadata, namespace, labels: watched } });
  isListing = false;
}
let isListing = false;

const IN = (key: string, ...values: string[]) => ({ key, operator: "In" as const, values });
const EXISTS = (key: string) => ({ key, operator: "Exists" as const });
const NOT_IN = (key: string, ...values: string[]) => ({ key, operator: "NotIn" as const, values });

function policyThat(name: string, ...matchExpressions: (object & { key: string; operator: string })[]): AffinityPolicy {
  return policy(name, { vmSelector: { matchExpressions } } as Parameters<typeof policy>[1]);
}

/** The VMs that a new policy selects, and those that were looked at for it. */
function selected(one: AffinityPolicy): { vms: string[]; asked: string[] } {
  const { vms } = world.setPolicy(one);
  // A label is indexed when it is asked for the first time: what is to be seen here is what it costs from then on.
  Array.from(vms);
  asked = [];
  expect([...vms], "each once").toHaveLength(new Set(vms).size);
  const keys = [...vms].map((key) => key.slice(key.indexOf("/") + 1)).toSorted();
  return { vms: keys, asked: [...new Set(asked)].toSorted() };
}

describe("the VMs of a policy are found without a look at those that lack", () => {
  beforeEach(() => {
    setVm("a", { tier: "pci", app: "shop" });
    setVm("b", { tier: "pci" });
    setVm("c", { tier: "web", app: "shop" });
    setVm("d", { tier: "web" });
    setVm("e", { tier: "web" });
  });

  test.each([
    ["the value that it asks for", [IN("tier", "pci")], ["a", "b"], ["a", "b"]],
    ["one of the values", [IN("tier", "pci", "none", "pci")], ["a", "b"], ["a", "b"]],
    ["the value that fewer have, last", [IN("tier", "web"), IN("app", "shop")], ["c"], ["a", "c"]],
    ["the value that fewer have, first", [IN("app", "shop"), IN("tier", "web")], ["c"], ["a", "c"]],
    ["the label", [EXISTS("app")], ["a", "c"], ["a", "c"]],
    ["the label that fewer have", [EXISTS("tier"), EXISTS("app"), NOT_IN("tier", "web")], ["a"], ["a", "c"]],
    ["a label that nobody has", [EXISTS("none")], [], []],
    ["a value that nobody has", [IN("tier", "none"), NOT_IN("app", "shop")], [], []],
  ])("%s", (_, requirements, vms, looked) => {
    expect(selected(policyThat("p", ...requirements))).toEqual({ vms, asked: looked });
  });

  test("or that are in no namespace that it admits", () => {
    setVm("f", {}, "dmz");
    world.setNamespace("dmz", { zone: "dmz" });
    const one = policyThat("p", NOT_IN("tier", "web"));
    one.spec.namespaceSelector = { matchLabels: { zone: "dmz" } };
    expect(selected(one)).toEqual({ vms: ["f"], asked: ["f"] });
  });

  test("where it asks for none, all are looked at", () => {
    expect(selected(policyThat("p", NOT_IN("tier", "pci")))).toEqual({
      vms: ["c", "d", "e"],
      asked: ["a", "b", "c", "d", "e"],
    });
  });
});

describe("the policies of a VM are found without a look at those that ask for labels that it lacks", () => {
  /** The policies that select a VM with these labels, and how many labels were asked for. */
  function selecting(labels: Record<string, string>): { policies: string[]; asked: number } {
    setVm("a", labels);
    asked = [];
    const policies = world.policies.selecting(found(world.vms.get("shop/a"))).policies.map(({ name }) => name);
    // To list the VM's own labels asks for each once.
    return { policies, asked: asked.length - Object.keys(labels).length };
  }

  test.each([
    ["another value", [IN("tier", "web")]],
    ["one of other values", [IN("tier", "web", "dev", "test")]],
    ["another label", [EXISTS("app")]],
    ["another label among several", [EXISTS("tier"), IN("app", "shop"), EXISTS("zone")]],
    ["a value among more", [IN("tier", "pci", "web"), IN("app", "shop")]],
    ["fewer values, last", [IN("tier", "pci", "web", "dev"), IN("app", "shop", "store")]],
    ["fewer values, first", [IN("app", "shop", "store"), IN("tier", "pci", "web", "dev")]],
  ])("%s", (_, requirements) => {
    for (let index = 0; index < 20; index++) world.setPolicy(policyThat(`p-${index}`, ...requirements));
    expect(selecting({ tier: "pci" })).toEqual({ policies: [], asked: 0 });
  });

  test("those that ask for no label are found all the same", () => {
    world.setPolicy(policyThat("none", NOT_IN("tier", "web")));
    world.setPolicy(policyThat("label", EXISTS("tier"), NOT_IN("tier", "web")));
    expect(selecting({ tier: "pci" }).policies).toEqual(["label", "none"]);
  });
});

test("a changed policy names the VMs that it selected or selects now, each once", () => {
  setVm("a", { tier: "pci" });
  setVm("b", { tier: "web" });
  setVm("c", { tier: "db" });
  world.setPolicy(policyThat("p", IN("tier", "pci", "web")));
  const { vms } = world.setPolicy(policyThat("p", IN("tier", "web", "db")));
  expect([...vms].map((key) => key.slice(key.indexOf("/") + 1)).toSorted()).toEqual(["a", "b", "c"]);
});
