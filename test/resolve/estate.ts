import type {
  AffinityPolicy,
  Appliance,
  ApplianceStatus,
  Condition,
  FeatureRow,
  PolicyStatus,
  ProtectedVM,
  VmStatus,
} from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { applianceStatus, decide, policyStatus, Tally, vmStatus, World } from "../../src/resolve/index.ts";

export const NOW = "2026-03-01T10:00:00Z";
export const LATER = "2026-03-02T10:00:00Z";
const CURRENT = "20.0";

/** All objects that a decision can depend on. */
export interface Estate {
  managerVersion: string;
  /** Labels by name of namespace. */
  namespaces: Record<string, Record<string, string>>;
  appliances: Appliance[];
  policies: AffinityPolicy[];
  vms: ProtectedVM[];
}

/** What is to be written, by name and by key. */
export interface Statuses {
  appliances: Map<string, ApplianceStatus>;
  policies: Map<string, PolicyStatus>;
  vms: Map<string, VmStatus>;
}

export function estateOf(parts: Partial<Estate>): Estate {
  return { managerVersion: CURRENT, namespaces: {}, appliances: [], policies: [], vms: [], ...parts };
}

function worldOf(estate: Estate): World {
  const world = new World(estate.managerVersion);
  for (const [name, labels] of Object.entries(estate.namespaces)) world.setNamespace(name, labels);
  for (const policy of estate.policies) world.setPolicy(policy);
  for (const appliance of estate.appliances) world.setAppliance(appliance);
  for (const vm of estate.vms) world.setVm(vm);
  return world;
}

/** Resolves everything from scratch, in the order of the lists. */
export function resolve(parts: Partial<Estate>, now = NOW): Statuses {
  const estate = estateOf(parts);
  const world = worldOf(estate);
  const tally = new Tally();
  const vms = new Map<string, VmStatus>();
  for (const vm of estate.vms) {
    const entry = world.vms.get(keyOf(vm));
    if (entry === undefined) throw new Error(`${keyOf(vm)} is not in the world`);
    const decision = decide(world, entry);
    tally.put(entry.key, decision);
    vms.set(entry.key, vmStatus(vm, { entry, decision }, now));
  }
  return {
    vms,
    policies: byName(estate.policies, (policy) =>
      policyStatus(world, { policy, counts: tally.policy(policy.metadata.name) }, now),
    ),
    appliances: byName(estate.appliances, (appliance) =>
      applianceStatus(world, { appliance, counts: tally.appliance(appliance.metadata.name) }, now),
    ),
  };
}

function byName<T extends { metadata: { name: string } }, S>(objects: T[], statusOf: (object: T) => S): Map<string, S> {
  return new Map(objects.map((object) => [object.metadata.name, statusOf(object)]));
}

export function appliance(name: string, spec: Partial<Appliance["spec"]> = {}): Appliance {
  return { metadata: { name, generation: 1 }, spec: { hostName: "esx-1", ...spec } };
}

export function policy(name: string, spec: Partial<AffinityPolicy["spec"]> = {}): AffinityPolicy {
  return { metadata: { name, generation: 1 }, spec: { vmSelector: {}, ...spec } };
}

/** A VM `shop/<name>` on esx-1 that wants anti-malware and has no agent. */
export function vm(
  name: string,
  spec: Partial<ProtectedVM["spec"]> = {},
  labels?: Record<string, string>,
): ProtectedVM {
  return {
    metadata: { name, namespace: "shop", generation: 1, ...(labels && { labels }) },
    spec: { hostName: "esx-1", guestOS: "Windows", features: ["AntiMalware"], ...spec },
  };
}

/** An object as the API server may give it although the schema's types do not say so: with nulls, say. */
export function raw<T>(object: unknown): T {
  return object as T;
}

/** The status of the one VM of an estate. */
export function statusOf(one: ProtectedVM, others: Partial<Estate> = {}, now = NOW): VmStatus {
  return found(resolve({ ...others, vms: [one, ...(others.vms ?? [])] }, now).vms.get(keyOf(one)));
}

export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("not found");
  return value;
}

export function row({ features }: VmStatus, name: FeatureRow["name"]): FeatureRow {
  return found(features?.find((one) => one.name === name));
}

/** `AntiMalware=Agent …`, in the order of the rows. */
export function sources({ features }: VmStatus): string {
  return (features ?? []).map(({ name, source }) => `${name}=${source}`).join(" ");
}

export function condition(status: { conditions?: Condition[] }, type: string): Condition | undefined {
  return status.conditions?.find((one) => one.type === type);
}

/** `Ready=True/Accepted …`, in the order of the conditions. */
export function summary({ conditions }: { conditions?: Condition[] }): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status}/${reason}`);
}
