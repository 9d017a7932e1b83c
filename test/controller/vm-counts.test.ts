import fc from "fast-check";
import { expect, test } from "vitest";
import type { ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { VmCounts } from "../../src/controller/vm-counts.ts";
import { decide, vmStatus, World } from "../../src/resolve/index.ts";
import { estate, FEATURES, VM_KEYS, vmNamed } from "../property/arbitraries.ts";
import { type Estate, estateOf, found, NOW, vm } from "../resolve/estate.ts";

const MODES = ["Combined", "Agentless", "AgentBased", "Unprotected"];

/** What a controller does after each change of the world: it decides the VM and puts the decision. */
class Counted {
  readonly counts = new VmCounts();
  readonly #world: World;
  readonly #vms = new Map<string, ProtectedVM>();

  constructor({ managerVersion, namespaces, appliances, policies }: Omit<Estate, "vms">) {
    this.#world = new World(managerVersion);
    for (const [name, labels] of Object.entries(namespaces)) this.#world.setNamespace(name, labels);
    for (const policy of policies) this.#world.setPolicy(policy);
    for (const appliance of appliances) this.#world.setAppliance(appliance);
  }

  set(one: ProtectedVM): void {
    this.#world.setVm(one);
    this.#vms.set(keyOf(one), one);
    this.counts.put(keyOf(one), this.#decided(keyOf(one)));
  }

  delete(key: string): void {
    this.#world.deleteVm(key);
    this.#vms.delete(key);
    this.counts.put(key, undefined);
  }

  /** The statuses that the VMs have, from which everything can be counted anew. */
  statuses(): VmStatus[] {
    return [...this.#vms].map(([key, one]) => vmStatus(one, this.#decided(key), NOW));
  }

  #decided(key: string) {
    const entry = found(this.#world.vms.get(key));
    return { entry, decision: decide(this.#world, entry) };
  }
}

/** The same numbers, counted the slow way from what the statuses say to everybody. */
function fromScratch(statuses: readonly VmStatus[]) {
  const vms = new Map(
    MODES.flatMap((mode) => ["full", "partial", "none"].map((coverage) => [`${mode} ${coverage}`, 0])),
  );
  const unprotected = new Map<string, number>(FEATURES.map((feature) => [feature, 0]));
  const pending = new Map(unprotected);
  const add = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  for (const { mode, features = [], requiredModules } of statuses) {
    const lost = features.filter(({ source }) => source === "None").map(({ name }) => name);
    const lacking = requiredModules ?? [];
    for (const name of lost) add(unprotected, name);
    for (const name of lacking) add(pending, name);
    const active = features.filter(({ name }) => !lost.includes(name) && !lacking.includes(name)).length;
    const coverage = active === features.length ? "full" : active === 0 ? "none" : "partial";
    add(vms, `${mode} ${coverage}`);
  }
  return {
    vms: Object.fromEntries(vms),
    unprotected: Object.fromEntries(unprotected),
    pending: Object.fromEntries(pending),
  };
}

function told(counts: VmCounts) {
  return {
    vms: Object.fromEntries(counts.vms().map(({ mode, coverage, count }) => [`${mode} ${coverage}`, count])),
    unprotected: Object.fromEntries(counts.unprotected().map(({ feature, count }) => [feature, count])),
    pending: Object.fromEntries(counts.pending().map(({ module, count }) => [module, count])),
  };
}

type Edit = { readonly key: string; readonly object: ProtectedVM | undefined };
const edit: fc.Arbitrary<Edit> = fc
  .constantFrom(...VM_KEYS.slice(0, 6))
  .chain(([namespace, name]) =>
    fc
      .option(vmNamed(namespace, name), { freq: 4, nil: undefined })
      .map((object) => ({ key: `${namespace}/${name}`, object })),
  );

test("whatever comes, changes and goes, the numbers are those that counting the statuses from scratch gives", () => {
  fc.assert(
    fc.property(estate, fc.array(edit, { maxLength: 30 }), (world, edits) => {
      const counted = new Counted(world);
      for (const one of world.vms) counted.set(one);
      for (const { key, object } of edits) {
        if (object === undefined) counted.delete(key);
        else counted.set(object);
      }
      expect(told(counted.counts)).toEqual(fromScratch(counted.statuses()));
    }),
  );
});

test("when every VM is gone, every number is 0, and each mode, feature and module still has its row", () => {
  fc.assert(
    fc.property(estate, (world) => {
      const counted = new Counted(world);
      for (const one of world.vms) counted.set(one);
      for (const one of world.vms) counted.delete(keyOf(one));
      expect(told(counted.counts)).toEqual(fromScratch([]));
    }),
  );
});

test("a VM that is put twice counts once, and one that was never there can go", () => {
  const counted = new Counted(estateOf({}));
  counted.set(vm("a"));
  counted.set(vm("a"));
  counted.delete("shop/never");
  expect(told(counted.counts).vms).toMatchObject({ "Unprotected none": 1 });
});
