import { beforeEach, describe, expect, test } from "vitest";
import { keyOf } from "../../src/api/object.ts";
import { decide, Tally, type Touched, World } from "../../src/resolve/index.ts";
import { appliance, found, policy, vm } from "./estate.ts";

function touched({ vms, appliances }: Touched): { vms: string[]; appliances: string[] } {
  return { vms: [...vms].sort(), appliances: [...appliances].sort() };
}

const pci = { matchLabels: { tier: "pci" } };
const NOTHING = { vms: [], appliances: [] };

describe("what a change touches, and nothing more", () => {
  let world: World;
  beforeEach(() => {
    world = new World("20.0");
    world.setAppliance(appliance("one"));
    world.setAppliance(appliance("two", { hostName: "esx-2" }));
    world.setVm(vm("a", {}, { tier: "pci" }));
    world.setVm(vm("b", { hostName: "esx-2" }, { tier: "web" }));
    world.setVm(vm("c", { hostName: "esx-3" }));
  });

  test("a VM: itself, and the appliances whose VMs are more or fewer", () => {
    expect(touched(world.setVm(vm("a")))).toEqual({ vms: ["shop/a"], appliances: [] });
    expect(touched(world.setVm(vm("a", { hostName: "esx-2" })))).toEqual({
      vms: ["shop/a"],
      appliances: ["one", "two"],
    });
    expect(touched(world.setVm(vm("new")))).toEqual({ vms: ["shop/new"], appliances: ["one"] });
    expect(touched(world.deleteVm("shop/b"))).toEqual({ vms: ["shop/b"], appliances: ["two"] });
    expect(touched(world.deleteVm("shop/nobody")).appliances).toEqual([]);
  });

  test("an appliance: the VMs of its host, before and after, and the other appliances there", () => {
    expect(touched(world.setAppliance(appliance("one", { hostName: "esx-2" })))).toEqual({
      vms: ["shop/a", "shop/b"],
      appliances: ["one", "two"],
    });
    expect(touched(world.deleteAppliance("one"))).toEqual({ vms: ["shop/b"], appliances: ["two"] });
    expect(touched(world.deleteAppliance("one"))).toEqual(NOTHING);
    expect(touched(world.setAppliance(appliance("one", { hostName: "esx-9" })))).toEqual({
      vms: [],
      appliances: ["one"],
    });
  });

  test("a policy: the VMs that it selects, before and after", () => {
    expect(touched(world.setPolicy(policy("p", { vmSelector: pci }))).vms).toEqual(["shop/a"]);
    const web = policy("p", { vmSelector: { matchExpressions: [{ key: "tier", operator: "In", values: ["web"] }] } });
    expect(touched(world.setPolicy(web)).vms).toEqual(["shop/a", "shop/b"]);
    expect(touched(world.deletePolicy("p")).vms).toEqual(["shop/b"]);
    expect(touched(world.deletePolicy("p"))).toEqual(NOTHING);
    const wrong = policy("p", { vmSelector: { matchLabels: { "-": "x" } } });
    expect(touched(world.setPolicy(wrong))).toEqual(NOTHING);
    expect(touched(world.setPolicy(policy("p"))).vms).toEqual(["shop/a", "shop/b", "shop/c"]);
    expect(touched(world.setPolicy(wrong)).vms).toEqual(["shop/a", "shop/b", "shop/c"]);
  });

  test("a namespace: its VMs that a policy selects before or after, and none where no answer changes", () => {
    const prod = { matchLabels: { env: "prod" } };
    expect(touched(world.setNamespace("shop", { env: "prod" }))).toEqual(NOTHING);
    world.setPolicy(policy("p", { vmSelector: pci, namespaceSelector: prod }));
    expect(touched(world.setNamespace("shop", { env: "prod", more: "x" }))).toEqual(NOTHING);
    expect(touched(world.setNamespace("shop", { env: "test" })).vms).toEqual(["shop/a"]);
    expect(touched(world.setNamespace("shop", { env: "prod" })).vms).toEqual(["shop/a"]);
    expect(touched(world.deleteNamespace("shop")).vms).toEqual(["shop/a"]);
    expect(touched(world.deleteNamespace("shop"))).toEqual(NOTHING);
    expect(touched(world.setNamespace("bank", { env: "prod" }))).toEqual(NOTHING);
    world.setPolicy(policy("q", { vmSelector: { matchLabels: { tier: "web" } }, namespaceSelector: prod }));
    expect(touched(world.setNamespace("shop", { env: "prod" })).vms).toEqual(["shop/a", "shop/b"]);
  });

  test("what is touched can be read twice", () => {
    const changes = [
      () => world.setVm(vm("a", {}, { tier: "pci" })),
      () => world.setAppliance(appliance("one", { version: "20.0" })),
      () => world.setPolicy(policy("p", { vmSelector: pci, namespaceSelector: { matchLabels: { env: "prod" } } })),
      () => world.setNamespace("shop", { env: "prod" }),
    ];
    const expected = [["shop/a"], ["shop/a"], [], ["shop/a"]];
    const twice = changes.map((change) => {
      const { vms } = change();
      return [[...vms], [...vms]];
    });
    expect(twice).toEqual(expected.map((vms) => [vms, vms]));
  });
});

describe("the world after a change", () => {
  const selected = (world: World, key: string) =>
    decide(world, found(world.vms.get(key))).selecting.map(({ name }) => name);

  test("the same name again replaces, whatever the label that the policy was found by", () => {
    const world = new World("20.0");
    world.setVm(vm("a", {}, { tier: "pci", zone: "x" }));
    const specs = [
      pci,
      { matchLabels: { zone: "x" } },
      { matchExpressions: [{ key: "zone", operator: "Exists" as const }] },
      {},
      { matchExpressions: [{ key: "gone", operator: "DoesNotExist" as const }] },
      { matchExpressions: [{ key: "tier", operator: "In" as const, values: ["pci", "pci", "web"] }] },
    ];
    for (const vmSelector of [...specs, ...specs.toReversed()]) {
      world.setPolicy(policy("p", { vmSelector }));
      expect(selected(world, "shop/a")).toEqual(["p"]);
    }
    world.setPolicy(policy("p", { vmSelector: { matchLabels: { tier: "web" } } }));
    expect(selected(world, "shop/a")).toEqual([]);
    world.deletePolicy("p");
    world.setVm(vm("a", {}, { tier: "web" }));
    expect(selected(world, "shop/a")).toEqual([]);
  });

  test("labels that a VM lost, and names that are properties of every object, find nothing", () => {
    const world = new World("20.0");
    world.setPolicy(policy("p", { vmSelector: { matchExpressions: [{ key: "constructor", operator: "Exists" }] } }));
    world.setVm(vm("constructor", {}, { constructor: "x" }));
    expect(selected(world, "shop/constructor")).toEqual(["p"]);
    world.setVm(vm("constructor"));
    expect(selected(world, "shop/constructor")).toEqual([]);
    world.setAppliance(appliance("constructor", { hostName: "constructor" }));
    expect([...world.deleteAppliance("constructor").appliances]).toEqual([]);
    expect(world.vms.get("toString")).toBe(undefined);
  });

  test("a VM, an appliance and a policy of one name do not get in each other's way in the sums", () => {
    const world = new World("20.0");
    const tally = new Tally();
    world.setAppliance(appliance("x"));
    world.setPolicy(policy("x", { affinity: { network: "AgentOnly" } }));
    world.setVm(vm("x"));
    const key = keyOf(vm("x"));
    const decision = decide(world, found(world.vms.get(key)));
    expect(tally.put(key, decision)).toEqual([
      { kind: "AffinityPolicy", name: "x" },
      { kind: "Appliance", name: "x" },
    ]);
    expect(tally.put(key, decide(world, found(world.vms.get(key))))).toEqual([]);
    expect(tally.policy("x").matched).toBe(1);
    expect(tally.put(key, undefined)).toHaveLength(2);
    expect(tally.policy("x").matched).toBe(0);
    expect(tally.appliance("x").features.some((count) => count > 0)).toBe(false);
  });

  test("a module that is installed is one install fewer in the impact, although nothing else changes", () => {
    const world = new World("20.0");
    const tally = new Tally();
    world.setAppliance(appliance("x"));
    const counted = (modules: "AntiMalware"[]) => {
      world.setVm(vm("a", { agent: { state: "Activated", modules } }));
      const owners = tally.put("shop/a", decide(world, found(world.vms.get("shop/a"))));
      return { owners: owners.map(({ name }) => name), installs: tally.appliance("x").impact.installs };
    };
    expect(counted([])).toEqual({ owners: ["x"], installs: 1 });
    expect(counted(["AntiMalware"])).toEqual({ owners: ["x"], installs: 0 });
    expect(counted(["AntiMalware"])).toEqual({ owners: [], installs: 0 });
  });

  test("the sums do not grow when the same decision comes again", () => {
    const world = new World("20.0");
    const tally = new Tally();
    world.setAppliance(appliance("x"));
    world.setVm(vm("a"));
    for (let i = 0; i < 3; i++) tally.put("shop/a", decide(world, found(world.vms.get("shop/a"))));
    expect(tally.appliance("x").impact).toEqual({ vms: 1, moves: 0, installs: 0, losses: 1 });
  });
});
