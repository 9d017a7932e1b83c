import type { AffinityPolicy, AffinitySpec, Appliance, Feature, GuestOS, ProtectedVM } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/object.ts";
import type { Admin } from "../cluster/admin.ts";

const API_VERSION = "tandem.dev/v1alpha1";
/** Requests at a time: what an API server on two cores can use. */
const PARALLEL = 8;
const GUESTS: readonly GuestOS[] = ["Windows", "Linux", "Windows", "Other"];
const WANTED: readonly Feature[][] = [
  ["AntiMalware", "Firewall"],
  ["AntiMalware", "WebReputation", "Firewall", "IntrusionPrevention"],
  ["AntiMalware", "Firewall", "IntegrityMonitoring", "LogInspection"],
  ["Firewall", "IntrusionPrevention", "ApplicationControl"],
];

/** The host that a VM or an appliance of this number stands on. */
function hostName(n: number): string {
  return `esx-${n}.lab.example`;
}

/** A small believable VM: guest, features and agent differ with `n`; each wants a network feature. */
export function vm(namespace: string, n: number, hosts: number): ProtectedVM {
  return {
    apiVersion: API_VERSION,
    kind: "ProtectedVM",
    metadata: { name: `vm-${n}`, namespace, labels: { app: `app-${n % 20}`, tier: n % 3 === 0 ? "pci" : "web" } },
    spec: {
      hostName: hostName(n % hosts),
      guestOS: GUESTS[n % GUESTS.length] ?? "Linux",
      features: [...(WANTED[n % WANTED.length] ?? [])],
      // One in ten has no agent.
      ...(n % 10 !== 0 && { agent: { state: "Activated", version: "20.0.0.8137", modules: ["Firewall"] } }),
    },
  };
}

export function appliance(n: number): Appliance {
  return {
    apiVersion: API_VERSION,
    kind: "Appliance",
    metadata: { name: `dsva-${n}` },
    spec: { hostName: hostName(n), version: "20.0.1", services: ["GuestIntrospection", "NetworkIntrospection"] },
  };
}

/** A policy for all VMs, or for those of an app. */
export function policy(
  name: string,
  { priority, affinity, app }: { priority: number; affinity: AffinitySpec; app?: string },
): AffinityPolicy {
  return {
    apiVersion: API_VERSION,
    kind: "AffinityPolicy",
    metadata: { name },
    spec: { priority, affinity, vmSelector: app === undefined ? {} : { matchLabels: { app } } },
  };
}

/** Creates objects, some at a time. */
export async function createAll(admin: Admin, objects: readonly KubeObject[]): Promise<void> {
  await inParallel(objects, (object) => admin.create(object));
}

/** Does something with each, eight at a time; rejects with the first failure when all have ended. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
