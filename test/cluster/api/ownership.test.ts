import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject, ObjectMeta } from "../../../src/api/object.ts";
import { ControllerProcess } from "../controller-process.ts";
import { kubeconfigFor, serviceAccountToken } from "../install.ts";
import { until, untilObject } from "../until.ts";
import { appliance, condition, everything, policy, untilQuiet, useController, versionsOf, vm } from "./support.ts";

const { admin, namespace } = useController();
const REF = { kind: "ProtectedVM", namespace, name: "owned" };
const APPLIANCE = { kind: "Appliance", name: "owned" };
const REPORTS = [
  {
    source: "Agent",
    feature: "All",
    health: "Warning",
    message: "\u001b[31m50 %\u202e\r\n<b>",
    observedTime: "2026-01-31T12:00:00.5+01:00",
  },
];
const DELIVERED = { revision: "cafe0123", time: "2026-01-31T12:00:00Z" };

/** As the server has it, with what our own types leave out. */
interface Owned extends ProtectedVM {
  metadata: ObjectMeta & {
    annotations?: Record<string, string>;
    finalizers?: string[];
    managedFields?: { manager: string; subresource?: string; operation: string; time?: string; fieldsV1: object }[];
  };
}

const get = () => admin.get<Owned>(REF);

/** What belongs to others: all but our status and what every write moves. */
function foreign({ metadata, spec, status }: Owned): unknown {
  const { labels, annotations, finalizers, generation, managedFields = [] } = metadata;
  const owners = managedFields.filter(({ manager }) => ["health", "deliverer", "owner"].includes(manager));
  const { reports, delivered } = status ?? {};
  owners.sort((a, b) => (a.manager < b.manager ? -1 : 1));
  return { labels, annotations, finalizers, generation, spec, reports, delivered, owners };
}

async function applyStatus(fieldManager: string, status: object, force = false): Promise<void> {
  const { apiVersion, kind } = vm("", "", { guestOS: "Linux", features: ["Firewall"] });
  const object = { apiVersion, kind, metadata: { name: REF.name, namespace }, status } as KubeObject;
  await admin.apply(object, { fieldManager, force, subresource: "status" });
}

async function untilDecided(what: string, condition: (object: Owned) => boolean): Promise<Owned> {
  return await untilObject<Owned>(admin, REF, { what, condition });
}

beforeAll(async () => {
  await admin.apply(appliance("owned", { hostName: "owned" }));
  const spec: ProtectedVM["spec"] = { guestOS: "Windows", hostName: "owned", features: ["AntiMalware", "Firewall"] };
  const object: Owned = vm(
    namespace,
    "owned",
    { ...spec, agent: { state: "Activated", modules: ["Firewall"] } },
    { tier: "web" },
  );
  object.metadata.annotations = { "example.com/note": "kept\r\n" };
  object.metadata.finalizers = ["example.com/hold"];
  await admin.apply(object, { fieldManager: "owner" });
  await applyStatus("health", { reports: REPORTS });
  await applyStatus("deliverer", { delivered: DELIVERED });
  await untilDecided("settled", (one) => one.status?.mode === "Combined" && condition(one, "Healthy") !== undefined);
});

afterAll(async () => {
  await admin.mergePatch(REF, { metadata: { finalizers: null } });
});

describe("a VM of which others own parts", () => {
  test("keeps their parts and their ownership through all our writes", async () => {
    const before = foreign(await get());
    expect(before).toMatchObject({
      labels: { tier: "web" },
      finalizers: ["example.com/hold"],
      generation: 1,
      reports: REPORTS,
      delivered: DELIVERED,
      owners: [{ manager: "deliverer" }, { manager: "health" }, { manager: "owner" }],
    });
    let version = (await get()).metadata.resourceVersion;
    const written = async (what: string, holds: (one: Owned) => boolean) => {
      const after = await untilDecided(what, holds);
      expect(after.metadata.resourceVersion).not.toBe(version);
      version = after.metadata.resourceVersion;
      expect(foreign(after)).toEqual(before);
    };
    await admin.mergePatch(APPLIANCE, { spec: { activation: "Deactivated" } });
    await written("agent based", ({ status }) => status?.mode === "AgentBased");
    await admin.apply(policy("owned", { vmSelector: {}, affinity: { network: "ApplianceOnly" } }));
    await written("decided by the policy", ({ status }) => status?.features?.[1]?.decidedBy === "Policy/owned");
    await admin.delete(APPLIANCE);
    await written("without an appliance", ({ status }) => status?.appliance === undefined);
    await admin.delete({ kind: "AffinityPolicy", name: "owned" });
    await written("by default again", ({ status }) => status?.features?.[1]?.decidedBy === "Default");
    await admin.apply(appliance("owned", { hostName: "owned" }));
    await written("combined again", ({ status }) => status?.mode === "Combined");
  });

  test("we own nothing outside the fields of our status", async () => {
    const { managedFields = [] } = (await get()).metadata;
    const ours = managedFields.filter(
      ({ manager }) => !["health", "deliverer", "owner", "tandem-admin"].includes(manager),
    );
    const updates = ours.filter(({ operation, subresource }) => operation === "Update" && subresource === "status");
    expect(updates).toHaveLength(1);
    const [fields] = updates.map(({ fieldsV1 }) => fieldsV1 as Record<string, Record<string, unknown>>);
    expect(Object.keys(fields ?? {})).toEqual(["f:status"]);
    expect(Object.keys(fields?.["f:status"] ?? {})).toContain("f:mode");
    expect(Object.keys(fields?.["f:status"] ?? {})).not.toContain("f:reports");
    expect(Object.keys(fields?.["f:status"] ?? {})).not.toContain("f:delivered");
  });

  test("the reports of others get through while everything changes, without force", async () => {
    for (let round = 0; round < 20; round++) {
      const health = round % 2 === 0 ? "Error" : "Healthy";
      const activation = round % 4 < 2 ? "Deactivated" : "Activated";
      await Promise.all([
        applyStatus("health", { reports: [{ source: "Agent", feature: "Firewall", health, message: `${round}` }] }),
        applyStatus("deliverer", { delivered: { revision: `round-${round}` } }),
        admin.mergePatch(APPLIANCE, { spec: { activation } }),
      ]);
    }
    await untilQuiet(admin);
    const last = await get();
    expect(last.status?.reports).toEqual([{ source: "Agent", feature: "Firewall", health: "Healthy", message: "19" }]);
    expect(last.status?.delivered).toEqual({ revision: "round-19" });
    expect(last.status?.mode).toBe("Combined");
    expect(condition(last, "Healthy")).toBe("True/NoErrorReported");
    expect(condition(last, "PolicyDelivered")).toBe("False/DeliveryPending");
  });

  test("what somebody else writes into our part is put right, and stale conditions go away", async () => {
    const { status } = await get();
    const [ready] = status?.conditions ?? [];
    const stale = { ...ready, type: "Stalled", status: "True", reason: "Old" };
    await admin.mergePatch(REF, { status: { mode: "Agentless", conditions: [stale], coverage: "7/7" } }, "status");
    const healed = await untilDecided("healed", (one) => one.status?.mode === "Combined");
    expect(condition(healed, "Stalled")).toBeUndefined();
    const untimed = (value: unknown) =>
      JSON.stringify(value, (key, v: unknown) => (key === "lastTransitionTime" ? "" : v));
    expect(untimed(healed.status)).toBe(untimed(status));
  });
});

describe("at rest", () => {
  test("nothing is written in 5 s", async () => {
    const before = versionsOf(await untilQuiet(admin));
    await sleep(5_000);
    expect(versionsOf(await everything(admin))).toEqual(before);
  });

  test("a controller that starts finds everything as it would write it", async () => {
    const before = versionsOf(await untilQuiet(admin));
    const token = await serviceAccountToken(admin, "tandem-system", "tandem-controller");
    await using second = new ControllerProcess(kubeconfigFor(admin, token));
    await until(() => second.log().includes("all kinds are listed"), { what: "the second one is synced" });
    expect(versionsOf(await untilQuiet(admin))).toEqual(before);
    expect(await second.stop()).toBe(0);
  });
});
