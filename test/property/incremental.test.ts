import fc from "fast-check";
import { expect, test } from "vitest";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import {
  applianceStatus,
  decide,
  policyStatus,
  Tally,
  type Touched,
  vmStatus,
  World,
} from "../../src/resolve/index.ts";
import { type Estate, NOW, resolve, type Statuses } from "../resolve/estate.ts";
import {
  APPLIANCES,
  applianceNamed,
  labels,
  managerVersion,
  NAMESPACES,
  POLICIES,
  policyNamed,
  VM_KEYS,
  vmNamed,
} from "./arbitraries.ts";

type Labels = Record<string, string>;
/** Without an object it is a deletion. With a field, only that field of an existing object's spec changes. */
type Edit = { readonly field?: string } & (
  | { readonly kind: "vm"; readonly key: string; readonly object: ProtectedVM | undefined }
  | { readonly kind: "policy"; readonly key: string; readonly object: AffinityPolicy | undefined }
  | { readonly kind: "appliance"; readonly key: string; readonly object: Appliance | undefined }
  | { readonly kind: "namespace"; readonly key: string; readonly object: Labels | undefined }
);

/**
 * Does what a controller does: after a change it decides again only the VMs that the change touched, and computes again only
 * the owners that the sums or the change named, and the changed object itself.
 */
class Follower {
  readonly statuses: Statuses = { vms: new Map(), policies: new Map(), appliances: new Map() };
  readonly #world: World;
  readonly #tally = new Tally();
  readonly #managerVersion: string;
  readonly #vms = new Map<string, ProtectedVM>();
  readonly #policies = new Map<string, AffinityPolicy>();
  readonly #appliances = new Map<string, Appliance>();
  readonly #namespaces = new Map<string, Labels>();
  readonly #dirty = { vms: new Set<string>(), policies: new Set<string>(), appliances: new Set<string>() };

  constructor(managerVersion: string) {
    this.#managerVersion = managerVersion;
    this.#world = new World(managerVersion);
  }

  apply(edit: Edit): void {
    const { vms, appliances } = this.#change(edit);
    for (const key of vms) this.#dirty.vms.add(key);
    for (const name of appliances) this.#dirty.appliances.add(name);
    if (edit.kind === "policy") this.#dirty.policies.add(edit.key);
    if (edit.kind === "appliance") this.#dirty.appliances.add(edit.key);
  }

  #change({ kind, key, object, field }: Edit): Touched {
    switch (kind) {
      case "vm": {
        const vm = put(this.#vms, key, edited(this.#vms.get(key), object, field));
        return vm === undefined ? this.#world.deleteVm(key) : this.#world.setVm(vm);
      }
      case "policy": {
        const policy = put(this.#policies, key, edited(this.#policies.get(key), object, field));
        return policy === undefined ? this.#world.deletePolicy(key) : this.#world.setPolicy(policy);
      }
      case "appliance": {
        const appliance = put(this.#appliances, key, edited(this.#appliances.get(key), object, field));
        return appliance === undefined ? this.#world.deleteAppliance(key) : this.#world.setAppliance(appliance);
      }
      case "namespace":
        put(this.#namespaces, key, object);
        return object === undefined ? this.#world.deleteNamespace(key) : this.#world.setNamespace(key, object);
    }
  }

  settle(): void {
    const { vms, policies, appliances } = this.#dirty;
    for (const key of vms) {
      const entry = this.#world.vms.get(key);
      const vm = this.#vms.get(key);
      const decision = entry && decide(this.#world, entry);
      for (const { kind, name } of this.#tally.put(key, decision))
        (kind === "Appliance" ? appliances : policies).add(name);
      put(this.statuses.vms, key, vm && entry && decision && vmStatus(vm, { entry, decision }, NOW));
    }
    for (const name of policies) {
      const policy = this.#policies.get(name);
      const counts = this.#tally.policy(name);
      put(this.statuses.policies, name, policy && policyStatus(this.#world, { policy, counts }, NOW));
    }
    for (const name of appliances) {
      const appliance = this.#appliances.get(name);
      const counts = this.#tally.appliance(name);
      put(this.statuses.appliances, name, appliance && applianceStatus(this.#world, { appliance, counts }, NOW));
    }
    for (const names of [vms, policies, appliances]) names.clear();
  }

  fromScratch(): Statuses {
    const world: Estate = {
      managerVersion: this.#managerVersion,
      namespaces: Object.fromEntries(this.#namespaces),
      appliances: [...this.#appliances.values()],
      policies: [...this.#policies.values()],
      vms: [...this.#vms.values()],
    };
    return resolve(world);
  }

  /** The sums of names that nobody has any more. */
  leftovers(): unknown[] {
    const policies = POLICIES.filter((name) => !this.#policies.has(name)).map((name) => this.#tally.policy(name));
    const appliances = APPLIANCES.filter((name) => !this.#appliances.has(name)).map((name) =>
      this.#tally.appliance(name),
    );
    return [
      ...policies.filter(({ matched, effective, conflicts }) => matched + effective + conflicts.size > 0),
      ...appliances.filter(({ features, impact }) =>
        [...features, ...Object.values(impact)].some((count) => count !== 0),
      ),
    ];
  }
}

function put<T>(map: Map<string, T>, key: string, value: T | undefined): T | undefined {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
  return value;
}

/** What becomes of `current`: with a field, `next` gives only that one; it may be absent there. */
function edited<T extends { spec: object }>(
  current: T | undefined,
  next: T | undefined,
  field?: string,
): T | undefined {
  if (current === undefined || next === undefined || field === undefined) return next;
  const rest = Object.entries(current.spec).filter(([name]) => name !== field);
  const its = Object.entries(next.spec).filter(([name]) => name === field);
  return { ...current, spec: Object.fromEntries([...rest, ...its]) };
}

/** An object of this name, new or changed, wholly or in one field, or (one time in six) its deletion. */
function editOf<K extends Edit["kind"], T>(kind: K, key: string, object: fc.Arbitrary<T>, fields: string[] = []) {
  const whole = fc.option(object, { nil: undefined, freq: 2 }).map((object) => ({ kind, key, object }));
  if (fields.length === 0) return whole;
  return fc.oneof(
    whole,
    fc.tuple(object, fc.constantFrom(...fields)).map(([object, field]) => ({ kind, key, object, field })),
  );
}

const VM_FIELDS = ["agent", "agent", "features", "guestOS", "hostName", "affinity", "applianceProtection"];
const POLICY_FIELDS = ["priority", "affinity", "vmSelector", "namespaceSelector"];
const APPLIANCE_FIELDS = ["activation", "hostName", "version", "services", "license"];

const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...VM_KEYS.slice(0, 6))
      .chain(([namespace, name]) =>
        editOf("vm", keyOf({ metadata: { namespace, name } }), vmNamed(namespace, name), VM_FIELDS),
      ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(...POLICIES).chain((name) => editOf("policy", name, policyNamed(name), POLICY_FIELDS)),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(...APPLIANCES)
      .chain((name) => editOf("appliance", name, applianceNamed(name), APPLIANCE_FIELDS)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...NAMESPACES).chain((name) => editOf("namespace", name, labels)),
  },
);

test("after any edits, what changes touched is all that had to be computed again", () => {
  const history = fc.array(fc.tuple(edit, fc.boolean()), { minLength: 1, maxLength: 40, size: "max" });
  fc.assert(
    fc.property(managerVersion, history, (version, edits) => {
      const follower = new Follower(version);
      for (const [edit, settles] of edits) {
        follower.apply(edit);
        if (!settles) continue;
        follower.settle();
        expect(follower.statuses).toEqual(follower.fromScratch());
      }
      follower.settle();
      expect(follower.statuses).toEqual(follower.fromScratch());
      expect(follower.leftovers()).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test("when everything is deleted again, nothing is left", () => {
  const history = fc.array(edit, { minLength: 1, maxLength: 30, size: "max" });
  fc.assert(
    fc.property(history, fc.boolean(), (edits, settles) => {
      const follower = new Follower("20.0");
      for (const edit of edits) follower.apply(edit);
      if (settles) follower.settle();
      for (const { kind, key } of edits.toReversed()) follower.apply({ kind, key, object: undefined });
      follower.settle();
      expect(follower.statuses).toEqual({ vms: new Map(), policies: new Map(), appliances: new Map() });
      expect(follower.leftovers()).toEqual([]);
    }),
  );
});
