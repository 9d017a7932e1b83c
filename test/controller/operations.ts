import fc from "fast-check";
import type { AffinitySpec, ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, policy, vm } from "../resolve/estate.ts";
import { refusal } from "./api-server.ts";
import { KINDS, type Rig } from "./rig.ts";

/** What people and programs do to an estate: a few names, so that they meet. */
export type Operation =
  | { type: "vm"; name: number; spec: Partial<ProtectedVM["spec"]>; tier: string; namespace: string }
  | { type: "policy"; name: number; priority: number; tier: string | undefined; env: boolean; affinity: AffinitySpec }
  | { type: "appliance"; name: number; host: number; activated: boolean }
  | { type: "namespace"; name: string; env: string }
  | { type: "delete"; what: "ProtectedVM" | "AffinityPolicy" | "Appliance" | "Namespace"; pick: number }
  | { type: "recreate"; pick: number }
  | { type: "relabel"; pick: number; tier: string }
  | { type: "report" | "deliver" | "scribble"; pick: number; value: number };

const HEALTH = ["Healthy", "Warning", "Error", "Offline"];
const NAMESPACES = ["shop", "lab"];
const affinity = fc.constantFrom("AppliancePreferred", "AgentPreferred", "ApplianceOnly", "AgentOnly");
const tier = fc.constantFrom("pci", "web");
const spec = fc.record(
  {
    hostName: fc.constantFrom("esx-0", "esx-1"),
    guestOS: fc.constantFrom("Windows", "Linux"),
    features: fc.constantFrom(["AntiMalware"], ["AntiMalware", "Firewall"], ["Firewall", "LogInspection"]),
    agent: fc.constantFrom(
      { state: "Activated" },
      { state: "Deactivated" },
      { state: "Activated", modules: ["Firewall"] },
    ),
    affinity: fc.record({ network: affinity }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Partial<ProtectedVM["spec"]>>;

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("vm" as const),
      name: fc.nat(4),
      spec,
      tier,
      namespace: fc.constantFrom(...NAMESPACES),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("policy" as const),
      name: fc.nat(2),
      priority: fc.nat(1),
      tier: fc.option(tier, { nil: undefined }),
      env: fc.boolean(),
      affinity: fc.record({ antiMalware: affinity, network: affinity }, { requiredKeys: [] }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("appliance" as const),
      name: fc.nat(2),
      host: fc.nat(1),
      activated: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("namespace" as const),
      name: fc.constantFrom(...NAMESPACES),
      env: fc.constantFrom("prod", "test"),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("delete" as const),
      what: fc.constantFrom("ProtectedVM", "ProtectedVM", "AffinityPolicy", "Appliance", "Namespace"),
      pick: fc.nat(9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("recreate" as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("relabel" as const), pick: fc.nat(9), tier }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom("report" as const, "deliver" as const, "scribble" as const),
      pick: fc.nat(9),
      value: fc.nat(3),
    }),
  },
);

export function perform({ server }: Rig, op: Operation): void {
  switch (op.type) {
    case "vm": {
      const object = vm(`vm-${op.name}`, op.spec, { tier: op.tier });
      server.apply("ProtectedVM", { ...object, metadata: { ...object.metadata, namespace: op.namespace } });
      break;
    }
    case "policy":
      server.apply(
        "AffinityPolicy",
        policy(`policy-${op.name}`, {
          priority: op.priority,
          affinity: op.affinity,
          vmSelector: op.tier === undefined ? {} : { matchLabels: { tier: op.tier } },
          ...(op.env && { namespaceSelector: { matchLabels: { env: "prod" } } }),
        }),
      );
      break;
    case "appliance": {
      const activation = op.activated ? "Activated" : "Deactivated";
      server.apply("Appliance", appliance(`appliance-${op.name}`, { hostName: `esx-${op.host}`, activation }));
      break;
    }
    case "namespace":
      server.apply("Namespace", { metadata: { name: op.name, labels: { env: op.env }, resourceVersion: "" } });
      break;
    case "delete": {
      const all = server.all(op.what);
      const picked = all[op.pick % Math.max(1, all.length)];
      if (picked !== undefined) server.delete(op.what, keyOfPicked(picked.metadata));
      break;
    }
    case "recreate": {
      const picked = server.vms[op.pick % Math.max(1, server.vms.length)];
      if (picked === undefined) break;
      server.delete("ProtectedVM", keyOfPicked(picked.metadata));
      server.apply("ProtectedVM", picked);
      break;
    }
    case "relabel": {
      const picked = server.vms[op.pick % Math.max(1, server.vms.length)];
      if (picked === undefined) break;
      server.apply("ProtectedVM", { ...picked, metadata: { ...picked.metadata, labels: { tier: op.tier } } });
      break;
    }
    case "report":
    case "deliver":
    case "scribble": {
      const picked = server.vms[op.pick % Math.max(1, server.vms.length)];
      if (picked !== undefined) disturb(server, { key: keyOfPicked(picked.metadata), op });
      break;
    }
  }
}

type Disturbance = Extract<Operation, { value: number }>;

function disturb(server: Rig["server"], { key, op: { type, value } }: { key: string; op: Disturbance }): void {
  server.report("ProtectedVM", key, ({ revision }) => {
    switch (type) {
      case "report":
        return { reports: [{ source: "Agent", feature: "All", health: HEALTH[value], extra: { by: "agent" } }] };
      case "deliver":
        return {
          delivered: { revision: value === 0 ? "00000000" : (revision ?? "00000000"), time: "2026-01-01T00:00:00Z" },
        };
      case "scribble":
        return value < 2 ? { coverage: "9/9" } : { conditions: [], mode: "Combined" };
    }
  });
}

function keyOfPicked({ name, namespace }: { name: string; namespace?: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** What goes wrong on the way. */
export type Trouble =
  | { type: "pass"; ms: number }
  | { type: "closed"; ms: number }
  | { type: "faults"; count: number; fault: "lost" | 409 | 429 | 500 }
  | { type: "restart"; rotate: number };

export const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 1_500 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("closed" as const), ms: fc.integer({ min: 1, max: 300 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("faults" as const),
      count: fc.integer({ min: 1, max: 6 }),
      fault: fc.constantFrom("lost" as const, 409 as const, 429 as const, 500 as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const), rotate: fc.nat(3) }) },
);

export async function undergo(rig: Rig, one: Trouble): Promise<void> {
  switch (one.type) {
    case "pass":
      await rig.clock.advance(one.ms);
      break;
    case "closed":
      rig.open = false;
      await rig.clock.advance(one.ms);
      rig.open = true;
      break;
    case "faults": {
      let left = one.count;
      rig.server.fault = () => {
        if (left-- <= 0) return undefined;
        if (one.fault === "lost") return "lost";
        return { error: refusal(one.fault, "Trouble", one.fault === 429 ? 2_000 : undefined) };
      };
      break;
    }
    case "restart":
      await rig.restart([...KINDS.slice(one.rotate), ...KINDS.slice(0, one.rotate)]);
      break;
  }
}
