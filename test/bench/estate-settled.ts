import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import {
  applianceStatus,
  type Decision,
  decide,
  policyStatus,
  Tally,
  type VmEntry,
  vmStatus,
  World,
} from "../../src/resolve/index.ts";
import type { Estate } from "./estate-objects.ts";
import { type Entry, entryOf } from "./estate-stored.ts";

/** As the controller's own default. */
const MANAGER_VERSION = "20.0";
const CREATED = Date.parse("2026-03-01T10:00:00Z");
/** Milliseconds from the creation to the first decision. */
const DECIDED = 60_000;
/** A mass change takes minutes, so times differ: seconds. */
const SPREAD = 300;

/** Labels by namespace, as the server has them. */
export type Namespaces = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** An estate in which nothing is left to be decided: the rules say the same again. */
export class SettledEstate {
  readonly #estate: Estate;
  readonly #world = new World(MANAGER_VERSION);
  readonly #tally = new Tally();
  readonly #decided: { readonly vm: ProtectedVM; readonly entry: VmEntry; readonly decision: Decision }[] = [];

  constructor(estate: Estate, namespaces: Namespaces) {
    this.#estate = estate;
    for (const [name, labels] of namespaces) this.#world.setNamespace(name, { ...labels });
    for (const policy of estate.policies) this.#world.setPolicy(policy);
    for (const appliance of estate.appliances) this.#world.setAppliance(appliance);
    for (const vm of estate.vms) this.#world.setVm(vm);
    for (const vm of estate.vms) {
      const entry = this.#world.vms.get(keyOf(vm));
      if (entry === undefined) throw new Error(`${keyOf(vm)} is not in the world that it was put into`);
      const decision = decide(this.#world, entry);
      this.#tally.put(entry.key, decision);
      this.#decided.push({ vm, entry, decision });
    }
  }

  /** Every object as it is stored, one at a time: all of them would be a gigabyte. */
  *entries(): Generator<Entry, void, undefined> {
    const past = (n: number) => ({ created: timeOf(n), decided: timeOf(n, DECIDED) });
    for (const [n, object] of this.#estate.appliances.entries()) {
      const counts = this.#tally.appliance(object.metadata.name);
      const status = applianceStatus(this.#world, { appliance: object, counts }, past(n).decided);
      yield entryOf({ ...object, status } satisfies Appliance, past(n));
    }
    for (const [n, object] of this.#estate.policies.entries()) {
      const counts = this.#tally.policy(object.metadata.name);
      const status = policyStatus(this.#world, { policy: object, counts }, past(n).decided);
      yield entryOf({ ...object, status } satisfies AffinityPolicy, past(n));
    }
    for (const [n, { vm, ...decided }] of this.#decided.entries()) {
      const { created, decided: now } = past(n);
      yield entryOf(delivered(vm, decided, now), { created, decided: now });
    }
  }
}

/** A VM whose policy was delivered to it where there is one to deliver. */
export function delivered(
  vm: ProtectedVM,
  decided: { readonly entry: VmEntry; readonly decision: Decision },
  now: string,
): ProtectedVM {
  const status = vmStatus(vm, decided, now);
  const { actions = [], revision } = status;
  if (revision === undefined || !actions.some(({ type }) => type === "DeliverPolicy")) return { ...vm, status };
  const reported = { ...vm, status: { ...status, delivered: { revision, time: now } } };
  return { ...reported, status: vmStatus(reported, decided, now) };
}

/** RFC 3339, seconds. */
function timeOf(n: number, after = 0): string {
  return new Date(CREATED + after + (n % SPREAD) * 1000).toISOString().replace(/\.\d+Z$/, "Z");
}
