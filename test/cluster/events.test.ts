import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import type { ConflictRow, VmStatus } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/object.ts";
import { EventRecorder } from "../../src/controller/event-recorder.ts";
import type { WrittenKind } from "../../src/controller/observer.ts";
import { findCredentials } from "../../src/kube/credentials.ts";
import { eventClient } from "../../src/kube/event.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import { Transport } from "../../src/kube/transport.ts";
import { createLog } from "../../src/observe/log.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { appliance, policy, vm } from "./api/support.ts";
import { useCluster } from "./fixture.ts";
import { kubeconfigFor, serviceAccountToken } from "./install.ts";
import { until } from "./until.ts";

interface Event extends KubeObject {
  readonly type: string;
  readonly reason: string;
  readonly note: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly regarding: { readonly kind: string; readonly name: string; readonly uid: string };
  readonly related?: { readonly kind: string; readonly name: string };
  readonly series?: { readonly count: number; readonly lastObservedTime: string };
}

const { admin, namespace } = useCluster();
const INSTANCE = `test-${randomBytes(4).toString("hex")}`;
/** The bearer of a token with exactly these verbs on Events, by the verbs. */
const bearers = new Map<string, string>();

beforeAll(async () => {
  for (const verbs of ["create,patch", "create", "patch"]) {
    const name = `events-${verbs.replace(",", "-")}`;
    await admin.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
    const role = { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: verbs.split(",") };
    const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name } };
    const subjects = [{ kind: "ServiceAccount", name, namespace }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name };
    await admin.apply({ ...rbac, kind: "ClusterRole", rules: [role] } as KubeObject);
    await admin.apply({ ...rbac, kind: "ClusterRoleBinding", subjects, roleRef } as KubeObject);
    bearers.set(verbs, kubeconfigFor(admin, await serviceAccountToken(admin, namespace, name)));
  }
});

afterAll(async () => {
  for (const verbs of bearers.keys()) {
    const name = `events-${verbs.replace(",", "-")}`;
    await admin.delete({ kind: "ClusterRoleBinding", name });
    await admin.delete({ kind: "ClusterRole", name });
  }
  // Those of objects without a namespace do not go with ours.
  const left = await admin.list<Event>("Event", { namespace: "default" });
  for (const { metadata } of left.filter(({ reportingInstance }) => reportingInstance === INSTANCE)) {
    await admin.delete({ kind: "Event", name: metadata.name, namespace: "default" });
  }
});

/** A recorder with no right but these; its time is virtual, the server's is real. */
function recorder(verbs = "create,patch") {
  const clock = new VirtualClock({ start: Date.now(), random: Math.random });
  const kubeconfig = bearers.get(verbs);
  const transport = new Transport({
    credentials: findCredentials({ kubeconfig, context: undefined }),
    version: "test",
  });
  const results: string[] = [];
  const events = new EventRecorder({
    client: eventClient(transport, { controller: "tandem.dev/controller", instance: INSTANCE }),
    clock,
    log: createLog({ level: "silent", format: "json" }),
    isBusy: () => false,
    onResult: (reason, result) => results.push(`${reason} ${result}`),
  });
  onTestFinished(() => transport.close());
  return {
    clock,
    events,
    results,
    fail: (object: StoredObject, why = "why") =>
      events.onStuck("ProtectedVM", object, { type: "failed", error: new Error(why) }),
    /** Waits until so many Events were sent, dropped or failed. */
    settled: (count: number) =>
      until(() => results.length >= count, { what: `${count} Events are settled`, state: () => results }),
  };
}

/** The Events on an object; its name stands for it in every namespace. */
async function eventsOn({ metadata: { name, uid } }: KubeObject, where = namespace): Promise<Event[]> {
  const all = await admin.list<Event>("Event", { namespace: where });
  return all.filter(({ regarding }) => regarding.name === name && regarding.uid === uid);
}

async function created(name: string, where = namespace): Promise<StoredObject> {
  return await admin.create<StoredObject>(
    vm(where, name, { guestOS: "Linux", features: ["Firewall"] }) as StoredObject,
  );
}

function vmStatus(parts: { source?: "Agent" | "Appliance" | "None"; modules?: string[]; refused?: string }): VmStatus {
  const time = "2026-01-01T00:00:00Z";
  const { source = "Agent", modules = [], refused } = parts;
  const decided = { affinity: "AgentPreferred", decidedBy: "Default", state: "Active", reason: "Fallback" } as const;
  const condition = { status: "True", reason: "Because", message: "That is so", lastTransitionTime: time };
  return {
    features: [{ name: "Firewall", ...decided, source, message: "The agent is deactivated", lastTransitionTime: time }],
    requiredModules: modules as VmStatus["requiredModules"] & {},
    conditions: refused === undefined ? [] : [{ type: refused, ...condition } as (VmStatus["conditions"] & {})[number]],
  };
}

const VM_EVENTS: readonly [string, VmStatus | undefined, VmStatus][] = [
  ["ProtectionMoved", vmStatus({ source: "Agent" }), vmStatus({ source: "Appliance" })],
  ["ProtectionLost", vmStatus({ source: "Agent" }), vmStatus({ source: "None" })],
  ["ProtectionRestored", vmStatus({ source: "None" }), vmStatus({ source: "Agent" })],
  ["NotProtected", undefined, vmStatus({ source: "None" })],
  ["InstallNeeded", vmStatus({}), vmStatus({ modules: ["Firewall"] })],
  ["ApplianceOptOutRefused", vmStatus({}), vmStatus({ refused: "ApplianceOptOutRefused" })],
  ["AgentUnsupported", vmStatus({}), vmStatus({ refused: "AgentUnsupported" })],
  ["AffinityIgnored", vmStatus({}), vmStatus({ refused: "AffinityIgnored" })],
];

test.each(VM_EVENTS)("%s on a VM is taken by the server, in its namespace", async (reason, before, after) => {
  const object = await created(reason.toLowerCase());
  const { events, results, settled } = recorder();
  events.onWritten("ProtectedVM", { ...object, ...(before && { status: before }) }, {
    ...object,
    status: after,
  } as StoredObject);
  await settled(1);
  expect(results).toEqual([`${reason} sent`]);
  expect(await eventsOn(object)).toMatchObject([
    {
      reason,
      reportingController: "tandem.dev/controller",
      regarding: { kind: "ProtectedVM", uid: object.metadata.uid },
    },
  ]);
});

test.each(["failed", "refused"] as const)("a VM on which a decision %s says so", async (type) => {
  const object = await created(`stuck-${type}`);
  const { events, settled } = recorder();
  const error = new Error(`\u001b[31m\r\n${"🖥".repeat(2_000)}`);
  events.onStuck("ProtectedVM", object, { type, error });
  await settled(1);
  const [event] = await eventsOn(object);
  expect(event?.reason).toBe(type === "failed" ? "DecisionFailed" : "StatusRefused");
  expect(event?.note.endsWith("🖥…")).toBe(true);
});

test.each([
  ["AffinityPolicy", "InvalidSelector"],
  ["AffinityPolicy", "AffinityNotConfigurable"],
  ["AffinityPolicy", "PolicyConflict"],
  ["Appliance", "HostConflict"],
  ["Appliance", "UnsupportedVersion"],
] as const satisfies [WrittenKind, string][])(
  "%s has no namespace: its %s lands in `default`",
  async (kind, reason) => {
    const name = reason.toLowerCase();
    const made = kind === "Appliance" ? appliance(name, { hostName: name }) : policy(name, { vmSelector: {} });
    const object = await admin.create<StoredObject>(made as StoredObject);
    const sample: ConflictRow[] = [{ policy: "other", group: "network", vms: 2 }];
    const condition = { type: "Accepted", status: "False", reason, message: "That is so" };
    const status = reason === "PolicyConflict" ? { conflicts: { total: 1, sample } } : { conditions: [condition] };
    const { events, results, settled } = recorder();
    events.onWritten(kind, object, { ...object, status } as StoredObject);
    await settled(1);
    expect(results).toEqual([`${reason} sent`]);
    const found = await eventsOn(object, "default");
    expect(found).toMatchObject([{ reason, type: "Warning", regarding: { kind, name } }]);
    if (reason === "PolicyConflict") expect(found[0]?.related).toMatchObject({ kind: "AffinityPolicy", name: "other" });
  },
);

test("a repetition is counted on the Event that is there", async () => {
  const object = await created("again");
  const { clock, fail, settled, results } = recorder();
  fail(object);
  await settled(1);
  for (let time = 0; time < 2; time++) {
    await clock.advance(30_000);
    fail(object);
    await settled(2 + time);
  }
  expect(results).toEqual(Array(3).fill("DecisionFailed sent"));
  const found = await eventsOn(object);
  expect(found).toMatchObject([{ reason: "DecisionFailed", series: { count: 3 } }]);
  expect(found[0]?.series?.lastObservedTime).toMatch(/\.\d{6}Z$/);
});

test("kubectl get events shows it on its object, and so does kubectl describe", async ({ skip }) => {
  const run = promisify(execFile);
  const available = await run("kubectl", ["version", "--client"]).catch(() => undefined);
  skip(available === undefined, "there is no kubectl on the PATH");
  const object = await created("shown");
  const { fail, settled } = recorder();
  fail(object, "somebody must look");
  await settled(1);
  const own = ["--kubeconfig", inject("kubeconfig"), "-n", namespace];
  const { stdout } = await run("kubectl", [...own, "get", "events", "--field-selector", "involvedObject.name=shown"]);
  expect(stdout).toMatch(
    /Warning\s+DecisionFailed\s+protectedvm\/shown\s+No decision could be made: somebody must look/,
  );
  const described = await run("kubectl", [...own, "describe", "pvm", "shown"]);
  expect(described.stdout).toMatch(/Warning\s+DecisionFailed\s.*tandem\.dev\/controller.*somebody must look/);
});

test("B24: two objects whose names are alike for 252 of 253 characters have an Event each", async () => {
  const label = "a".repeat(63);
  const start = `${label}.${label}.${label}.${"b".repeat(60)}`;
  const objects = [await created(`${start}c`), await created(`${start}d`)];
  const { fail, settled, results } = recorder();
  for (const object of objects) fail(object);
  await settled(2);
  expect(results).toEqual(Array(2).fill("DecisionFailed sent"));
  for (const object of objects) {
    const found = await eventsOn(object);
    expect(found).toHaveLength(1);
    expect(found[0]?.metadata.name.length).toBeLessThanOrEqual(253);
  }
});

test("a namespace that was never there, or that ends, takes no Event, and nothing is tried again", async () => {
  const ending = `test-${randomBytes(4).toString("hex")}`;
  const held = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "held", namespace: ending } };
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: ending } });
  const object = await created("v", ending);
  await admin.create({ ...held, metadata: { ...held.metadata, finalizers: ["tandem.dev/test"] } } as KubeObject);
  await admin.delete({ kind: "Namespace", name: ending });
  onTestFinished(async () => {
    await admin.mergePatch({ kind: "ConfigMap", name: "held", namespace: ending }, { metadata: { finalizers: null } });
  });
  const { fail, settled, results, clock } = recorder();
  fail(object);
  fail({ ...object, metadata: { ...object.metadata, namespace: "never-there", uid: "other" } });
  await settled(2);
  expect(results).toEqual(Array(2).fill("DecisionFailed failed"));
  expect(clock.pending).toBe(0);
});

test("the rights that it needs are create and patch of events.k8s.io, both, and nothing else", async () => {
  const object = await created("rights");
  const onlyPatch = recorder("patch");
  onlyPatch.fail(object);
  await onlyPatch.settled(1);
  expect(onlyPatch.results).toEqual(["DecisionFailed failed"]);
  const onlyCreate = recorder("create");
  onlyCreate.fail(object);
  await onlyCreate.settled(1);
  await onlyCreate.clock.advance(30_000);
  onlyCreate.fail(object);
  await onlyCreate.settled(2);
  expect(onlyCreate.results).toEqual(["DecisionFailed sent", "DecisionFailed failed"]);
});
