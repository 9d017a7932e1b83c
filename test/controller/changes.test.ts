import { describe, expect, test } from "vitest";
import type { StoreChange } from "../../src/cache/store.ts";
import {
  applianceChanged,
  type Consequence,
  namespaceChanged,
  policyChanged,
  vmChanged,
} from "../../src/controller/changes.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import { World } from "../../src/resolve/index.ts";
import { appliance, policy, vm } from "../resolve/estate.ts";

/** As it comes from the server, in a generation. */
function stored<T extends { metadata: object }>(object: T, generation = 1, more: object = {}): T & StoredObject {
  const metadata = { ...object.metadata, uid: "u", resourceVersion: "1", generation };
  return { ...object, metadata, ...more } as T & StoredObject;
}

const added = <T>(key: string, object: T): StoreChange<T> => ({ type: "added", key, object, old: undefined });
const updated = <T>(key: string, old: T, object: T): StoreChange<T> => ({ type: "updated", key, object, old });
const deleted = <T>(key: string, old: T): StoreChange<T> => ({ type: "deleted", key, object: undefined, old });

function touchedBy({ touched }: Consequence) {
  return { vms: [...touched.vms], appliances: [...touched.appliances] };
}

/** Two hosts with an appliance each, and a VM on the first. */
function world(): World {
  const estate = new World("20.0");
  estate.setAppliance(appliance("one", { hostName: "esx-1" }));
  estate.setAppliance(appliance("two", { hostName: "esx-2" }));
  estate.setVm(vm("web", { hostName: "esx-1" }, { tier: "pci" }));
  return estate;
}

describe("a VM", () => {
  const before = stored(vm("web", { hostName: "esx-1" }, { tier: "pci" }));

  test("of which only the status changes (a report, a delivery) is looked at by itself", () => {
    const after = stored(vm("web", { hostName: "esx-1" }, { tier: "pci" }), 1, { status: { coverage: "0/1" } });
    expect(touchedBy(vmChanged(world(), updated("shop/web", before, after)))).toEqual({
      vms: ["shop/web"],
      appliances: [],
    });
  });

  test("that moves to another host touches the appliances of both", () => {
    const after = stored(vm("web", { hostName: "esx-2" }, { tier: "pci" }), 2);
    expect(touchedBy(vmChanged(world(), updated("shop/web", before, after))).appliances).toEqual(["one", "two"]);
  });

  test("is known to the rules with its new labels, although they raise no generation", () => {
    const estate = world();
    vmChanged(estate, updated("shop/web", before, stored(vm("web", { hostName: "esx-1" }, { tier: "web" }))));
    expect(estate.vms.get("shop/web")?.labels).toEqual({ tier: "web" });
  });

  test("that is deleted is looked at a last time, and its appliance counts anew", () => {
    const estate = world();
    expect(touchedBy(vmChanged(estate, deleted("shop/web", before)))).toEqual({
      vms: ["shop/web"],
      appliances: ["one"],
    });
    expect(estate.vms.size).toBe(0);
  });
});

describe.each([
  ["AffinityPolicy", policyChanged, policy],
  ["Appliance", applianceChanged, (name: string) => appliance(name, { hostName: "esx-1" })],
] as const)("an owner (%s)", (kind, changed, make) => {
  const one = (generation: number, more = {}) => stored(make("x"), generation, more);
  // Both take the changes of their own kind only, which the rows above pair up.
  const see = (estate: World, change: StoreChange<never>): Consequence => changed(estate, change);
  const owner = { kind, name: "x" };

  test("that is new or has another spec is in force once the VMs that it touches are written", () => {
    const estate = world();
    for (const change of [added("x", one(1)), updated("x", one(1), one(2))]) {
      const consequence = see(estate, change as StoreChange<never>);
      expect(consequence).toMatchObject({ rollsOut: owner });
      expect(consequence.owner).toBeUndefined();
      expect(touchedBy(consequence).vms).toContain("shop/web");
    }
  });

  test("whose status alone was changed, by somebody else, touches no VM: its own status is put right", () => {
    const estate = world();
    see(estate, added("x", one(1)) as StoreChange<never>);
    const change = updated("x", one(1), one(1, { status: { observedGeneration: 7 } }));
    const consequence = see(estate, change as StoreChange<never>);
    expect(consequence).toMatchObject({ owner });
    expect(consequence.rollsOut).toBeUndefined();
    expect(touchedBy(consequence)).toEqual({ vms: [], appliances: [] });
  });

  test("that is deleted touches its VMs, and its key once more", () => {
    const estate = world();
    see(estate, added("x", one(1)) as StoreChange<never>);
    const consequence = see(estate, deleted("x", one(1)) as StoreChange<never>);
    expect(consequence).toMatchObject({ owner });
    expect(touchedBy(consequence).vms).toContain("shop/web");
  });
});

describe("a namespace", () => {
  const namespace = (labels?: Record<string, string>) =>
    stored<{ metadata: { name: string; labels?: Record<string, string> } }>({
      metadata: { name: "shop", ...(labels && { labels }) },
    });

  function estateWithDmz(): World {
    const estate = world();
    estate.setPolicy(policy("dmz", { namespaceSelector: { matchLabels: { zone: "dmz" } } }));
    return estate;
  }

  test("whose labels change, or that goes, touches the VMs in it that a policy selects by them", () => {
    const estate = estateWithDmz();
    expect(touchedBy(namespaceChanged(estate, added("shop", namespace({ zone: "dmz" })))).vms).toEqual(["shop/web"]);
    const change = updated("shop", namespace({ zone: "dmz" }), namespace());
    expect(touchedBy(namespaceChanged(estate, change)).vms).toEqual(["shop/web"]);
    namespaceChanged(estate, updated("shop", namespace(), namespace({ zone: "dmz" })));
    expect(touchedBy(namespaceChanged(estate, deleted("shop", namespace({ zone: "dmz" })))).vms).toEqual(["shop/web"]);
  });

  test("with the same labels as before touches nothing", () => {
    const estate = estateWithDmz();
    namespaceChanged(estate, added("shop", namespace({ zone: "dmz" })));
    for (const change of [
      updated("shop", namespace({ zone: "dmz" }), namespace({ zone: "dmz" })),
      updated("shop", namespace(), namespace({})),
    ]) {
      expect(touchedBy(namespaceChanged(estate, change))).toEqual({ vms: [], appliances: [] });
    }
  });
});
