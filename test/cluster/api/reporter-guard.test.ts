import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { crds } from "../../../src/api/generated/schemas.ts";
import type { ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { MANIFESTS, objectsOf } from "../../manifests/kustomize.ts";
import { Admin, type Answer } from "../admin.ts";
import { BASE, kubeconfigFor, readFolder, serviceAccountToken } from "../install.ts";
import { collectionPath, objectPath, refOf } from "../kinds.ts";
import { untilSettled } from "../settled.ts";
import { until, untilObject } from "../until.ts";
import { appliance, condition, policy, useController, vm } from "./support.ts";

/* manifests/components/reporter-guard on a real API server, with the controller at work under it. */
const { admin, namespace } = useController();
const RBAC = "rbac.authorization.k8s.io";
const GUARD = objectsOf(
  readFileSync(join(MANIFESTS, "components", "reporter-guard", "validatingadmissionpolicy.yaml"), "utf8"),
);
const [ROLE] = readFolder(join(BASE, "user-roles")).filter(({ metadata }) => metadata.name === "tandem-reporter");
const REF = { kind: "ProtectedVM", namespace, name: "guarded" };
const users: Record<string, Admin> = {};

const guardPath = ({ kind, metadata }: KubeObject) =>
  `/apis/admissionregistration.k8s.io/v1/${kind === "ValidatingAdmissionPolicy" ? "validatingadmissionpolicies" : "validatingadmissionpolicybindings"}/${metadata.name}`;

/** Gives a ServiceAccount of the test's namespace a role there, and answers a client with its rights. */
async function userWith(name: string, roleRef: { kind: "Role" | "ClusterRole"; name: string }): Promise<Admin> {
  await admin.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const body = { roleRef: { apiGroup: RBAC, ...roleRef }, subjects };
  await admin.create({ apiVersion: `${RBAC}/v1`, kind: "RoleBinding", metadata: { name, namespace }, ...body });
  const user = new Admin(kubeconfigFor(admin, await serviceAccountToken(admin, namespace, name)));
  const path = collectionPath("ProtectedVM", namespace);
  await until(async () => (await user.request({ method: "GET", path })).status === 200, { what: `${name} has rights` });
  return user;
}

/** A merge patch of a status, the bluntest way to write one. */
async function patch(
  user: Admin | undefined,
  status: object,
  ref: Parameters<typeof objectPath>[0] = REF,
): Promise<Answer> {
  if (user === undefined) throw new Error("no such user");
  const path = objectPath(ref, "status");
  const contentType = "application/merge-patch+json";
  return await user.request({ method: "PATCH", path, body: { status }, contentType });
}

beforeAll(async () => {
  if (ROLE === undefined) throw new Error("there is no tandem-reporter");
  await admin.apply(ROLE);
  users.reporter = await userWith("reporter", { kind: "ClusterRole", name: "tandem-reporter" });
  const rules = [{ apiGroups: ["tandem.dev"], resources: ["*", "protectedvms/*"], verbs: ["*"] }];
  await admin.create({
    apiVersion: `${RBAC}/v1`,
    kind: "Role",
    metadata: { name: "greedy", namespace },
    rules,
  } as KubeObject);
  users.wildcard = await userWith("wildcard", { kind: "Role", name: "greedy" });
  users.administrator = admin;
  for (const object of GUARD) {
    const query = { fieldManager: "tandem-admin", fieldValidation: "Strict" };
    const contentType = "application/apply-patch+yaml";
    const answer = await admin.request({ method: "PATCH", path: guardPath(object), query, body: object, contentType });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  }
  await admin.create(appliance("guarded", { hostName: "guarded" }));
  await admin.create(policy("guarded", { vmSelector: {} }));
  await admin.create(vm(namespace, "guarded", { hostName: "guarded", guestOS: "Linux", features: ["Firewall"] }));
  await untilSettled(admin);
  // The server takes a policy into use within a second or so.
  const isHeld = async () => (await patch(users.reporter, { mode: "Unprotected" })).status === 422;
  await until(isHeld, { what: "the guard is in use" });
});

afterAll(async () => {
  for (const object of GUARD) await admin.request({ method: "DELETE", path: guardPath(object) });
  // It stays in use for a second or so, and would refuse what other tests write.
  const isFree = async () => (await patch(admin, { mode: "Unprotected" })).status !== 422;
  await until(isFree, { what: "the guard is no longer in use" });
  if (ROLE !== undefined) await admin.delete(refOf(ROLE));
  for (const user of [users.reporter, users.wildcard]) await user?.[Symbol.asyncDispose]();
});

type Schema = { properties: { status: { properties: Record<string, { type: string; enum?: string[] }> } } };
const FIELDS = Object.entries((crds.ProtectedVM.schema as unknown as Schema).properties.status.properties);
const OURS = FIELDS.filter(([name]) => name !== "reports" && name !== "delivered");

/** A value of a field that it does not have. */
const OTHER: Record<string, unknown> = {
  observedGeneration: 99,
  mode: "Combined",
  coverage: "7/7",
  appliance: "another",
  features: [],
  requiredModules: ["AntiMalware"],
  actions: [{ type: "InstallModule", module: "AntiMalware" }],
  revision: "ffffffff",
  forecast: { agentDeactivated: { moves: ["Firewall"], losses: [] } },
  conditions: [],
};

test("the table has every field of a status that is the controller's", () => {
  expect(Object.keys(OTHER).toSorted()).toEqual(OURS.map(([name]) => name).toSorted());
});

test.each(["reporter", "wildcard", "administrator"])("%s can change none of the controller's fields", async (name) => {
  for (const [field, value] of Object.entries(OTHER)) {
    const { status, body } = await patch(users[name], { [field]: value });
    expect(status, `${field}: ${JSON.stringify(body)}`).toBe(422);
    expect(JSON.stringify(body)).toContain("only the controller may change anything but reports and delivered");
  }
});

test.each(["reporter", "wildcard", "administrator"])("%s can remove none of them, nor the whole", async (name) => {
  const { status } = await admin.get<ProtectedVM>(REF);
  const present = Object.keys(status ?? {}).filter((field) => field in OTHER);
  expect(present.length).toBeGreaterThan(5);
  for (const field of present) expect((await patch(users[name], { [field]: null })).status, field).toBe(422);
  const path = objectPath(REF, "status");
  const contentType = "application/merge-patch+json";
  const user = users[name] ?? admin;
  expect((await user.request({ method: "PATCH", path, body: { status: null }, contentType })).status).toBe(422);
});

test("nobody but the controller writes a status of a policy or an appliance", async () => {
  for (const kind of ["AffinityPolicy", "Appliance"]) {
    expect((await patch(admin, { conditions: [] }, { kind, name: "guarded" })).status, kind).toBe(422);
  }
});

test("a reporter reports and delivers, changes it and takes it back, and the controller goes on", async () => {
  const { reporter } = users;
  if (reporter === undefined) throw new Error("no reporter");
  const apply = async (fieldManager: string, status: object): Promise<void> => {
    const { apiVersion, kind } = { apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM" };
    const object = { apiVersion, kind, metadata: { name: REF.name, namespace }, status };
    await reporter.apply(object as KubeObject, { subresource: "status", fieldManager, force: false });
  };
  const healthy = (value: string | undefined) => (one: ProtectedVM) => condition(one, "Healthy") === value;
  const wait = (what: string, holds: (one: ProtectedVM) => boolean) =>
    untilObject<ProtectedVM>(admin, REF, { what, condition: holds });

  await apply("agents", { reports: [{ source: "Appliance", feature: "All", health: "Error" }] });
  await wait("the report counts", healthy("False/SourceInError"));
  await apply("agents", { reports: [{ source: "Appliance", feature: "All", health: "Healthy" }] });
  const { status } = await wait("the other counts", healthy("True/NoErrorReported"));
  await apply("deliverer", { delivered: { revision: status?.revision ?? "" } });
  await wait("it is delivered", (one) => condition(one, "PolicyDelivered") === "True/Delivered");
  await apply("agents", {});
  const last = await wait("the report is gone", healthy(undefined));
  expect(last.status?.delivered).toEqual({ revision: status?.revision });
  expect((await patch(reporter, { delivered: null })).status).toBe(200);
  await wait("it is not delivered", (one) => condition(one, "PolicyDelivered") === undefined);
});

test("specs are everybody's whose they were: the guard looks at statuses only", async () => {
  const { wildcard } = users;
  await wildcard?.mergePatch(REF, { metadata: { labels: { tier: "pci" } }, spec: { features: ["AntiMalware"] } });
  const { vms } = await untilSettled(admin);
  expect(vms.find(({ metadata }) => metadata.name === REF.name)?.status?.features?.[0]?.name).toBe("AntiMalware");
});
