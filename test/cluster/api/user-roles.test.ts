import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { kustomizationOf } from "../../manifests/kustomize.ts";
import { Admin, ApiError } from "../admin.ts";
import { useCluster } from "../fixture.ts";
import { BASE, kubeconfigFor, readFolder, serviceAccountToken } from "../install.ts";
import { refOf } from "../kinds.ts";
import { until } from "../until.ts";
import { policy, vm } from "./support.ts";

const { admin, namespace } = useCluster();
const RBAC = "rbac.authorization.k8s.io";
const ROLES = readFolder(join(BASE, "user-roles"));
const NAMES = ["viewer", "editor", "reporter"] as const;
const spec: ProtectedVM["spec"] = { guestOS: "Linux", features: ["Firewall"] };
const asUser = {} as Record<(typeof NAMES)[number], Admin>;

const KINDS = ["protectedvms", "affinitypolicies", "appliances"];
const VERBS = ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];
const RESOURCES = [
  ...KINDS.flatMap((kind) => [kind, `${kind}/status`, `${kind}/scale`, `${kind}/finalizers`]).map((one) => [
    "tandem.dev",
    one,
  ]),
  ...["namespaces", "secrets", "pods", "configmaps", "serviceaccounts", "serviceaccounts/token"].map((one) => [
    "",
    one,
  ]),
  ["coordination.k8s.io", "leases"],
  ["events.k8s.io", "events"],
  [RBAC, "clusterroles"],
  ["authentication.k8s.io", "tokenreviews"],
] as const;

/** Gives a role to a ServiceAccount in the test's namespace, or to a user everywhere. */
function binding(role: string, user?: string): KubeObject {
  const subject =
    user === undefined
      ? { kind: "ServiceAccount", name: role, namespace }
      : { kind: "User", apiGroup: RBAC, name: user };
  const name = `${namespace}-${role}`;
  return {
    apiVersion: `${RBAC}/v1`,
    kind: user === undefined ? "RoleBinding" : "ClusterRoleBinding",
    metadata: user === undefined ? { name, namespace } : { name },
    ...{ roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: `tandem-${role}` }, subjects: [subject] },
  };
}

const everywhere = (role: string) => `${namespace}-${role}`;

async function mayDo(user: string, where: string | undefined): Promise<string[]> {
  const questions = RESOURCES.flatMap(([group, resource]) => VERBS.map((verb) => ({ group, resource, verb })));
  const found: string[] = [];
  for (const { group, resource: name, verb } of questions) {
    const [resource, subresource] = name.split("/");
    const resourceAttributes = { group, resource, subresource, verb, namespace: where };
    const body = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user, resourceAttributes },
    };
    const answer = await admin.request({
      method: "POST",
      path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      body,
    });
    if ((answer.body as { status: { allowed: boolean } }).status.allowed) found.push(`${name}: ${verb}`);
  }
  return found;
}

/** The HTTP status with which something is refused; 0 if it is not. */
async function refusal(attempt: Promise<unknown>): Promise<number> {
  try {
    await attempt;
    return 0;
  } catch (error) {
    if (error instanceof ApiError) return error.status;
    throw error;
  }
}

beforeAll(async () => {
  for (const role of ROLES) await admin.apply(role);
  for (const name of NAMES) {
    await admin.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name, namespace } });
    await admin.create(binding(name));
    await admin.create(binding(name, everywhere(name)));
    asUser[name] = new Admin(kubeconfigFor(admin, await serviceAccountToken(admin, namespace, name)));
    await until(async () => (await mayDo(everywhere(name), undefined)).length > 0, { what: `the ${name} has rights` });
  }
  await admin.create(vm(namespace, "web-1", spec));
});

afterAll(async () => {
  for (const name of NAMES) {
    await admin.delete(refOf(binding(name, everywhere(name))));
    await asUser[name][Symbol.asyncDispose]();
  }
  for (const role of ROLES) await admin.delete(refOf(role));
});

const READ = ["get", "list", "watch"];
const WRITE = ["create", "update", "patch", "delete"];
const RIGHTS = {
  viewer: KINDS.flatMap((kind) => READ.map((verb) => `${kind}: ${verb}`)),
  editor: KINDS.flatMap((kind) => [...READ, ...WRITE].map((verb) => `${kind}: ${verb}`)),
  reporter: [...READ.map((verb) => `protectedvms: ${verb}`), "protectedvms/status: patch"],
};

test.each(NAMES)("tandem-%s may do this, and nothing else: everywhere by a ClusterRoleBinding", async (name) => {
  expect(await mayDo(everywhere(name), undefined)).toEqual(RIGHTS[name]);
});

test.each(NAMES)("tandem-%s by a RoleBinding: in its namespace only, and no policy or appliance", async (name) => {
  const account = `system:serviceaccount:${namespace}:${name}`;
  expect(await mayDo(account, namespace)).toEqual(RIGHTS[name]);
  expect(await mayDo(account, "default")).toEqual([]);
  expect(await mayDo(account, undefined)).toEqual([]);
});

test("what they really may: the viewer reads, the editor writes specs, the reporter reports", async () => {
  const { viewer, editor, reporter } = asUser;
  const ref = { kind: "ProtectedVM", namespace, name: "web-1" };
  const reports = [{ source: "Agent", feature: "All", health: "Healthy" }];
  const report = { apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM", metadata: ref, status: { reports } };
  const { kind: _, ...metadata } = ref;
  const reported = { ...report, metadata };
  const applied = { subresource: "status", fieldManager: "agents", force: false };

  for (const user of [viewer, editor, reporter]) expect((await user.list("ProtectedVM", { namespace })).length).toBe(1);
  const edit = { spec: { guestOS: "Windows" } };
  expect(await refusal(viewer.mergePatch(ref, edit))).toBe(403);
  expect(await refusal(reporter.mergePatch(ref, edit))).toBe(403);
  expect(await refusal(editor.mergePatch(ref, edit))).toBe(0);
  expect(await refusal(editor.create(policy("everyone", { vmSelector: {} })))).toBe(403);
  expect(await refusal(editor.create(vm("default", "web-2", spec)))).toBe(403);
  for (const user of [viewer, editor]) expect(await refusal(user.apply(reported, applied))).toBe(403);
  expect(await refusal(reporter.apply(reported, applied))).toBe(0);
  const seen = await admin.get<ProtectedVM>(ref);
  expect(seen.status?.reports).toEqual(reports);
  expect(await refusal(reporter.replace({ ...seen, status: { mode: "Combined" } } as ProtectedVM, "status"))).toBe(403);
  expect(await refusal(reporter.delete(ref))).toBe(403);
  expect(await refusal(editor.delete(ref))).toBe(0);
});

test("the labels of components/aggregate-roles are those by which the server's own view and edit collect", async () => {
  const { patches } = kustomizationOf("components/aggregate-roles") as { patches: { patch: string }[] };
  const added = new Map(
    patches.map(({ patch }) => {
      const { metadata } = load(patch) as KubeObject;
      return [metadata.name, metadata.labels ?? {}] as const;
    }),
  );
  expect([...added.keys()]).toEqual(["tandem-viewer", "tandem-editor"]);
  type Aggregated = KubeObject & { aggregationRule: { clusterRoleSelectors: { matchLabels: object }[] } };
  const [view, edit] = await Promise.all(
    ["view", "edit"].map((name) => admin.get<Aggregated>({ kind: "ClusterRole", name })),
  );
  expect(view?.aggregationRule.clusterRoleSelectors).toEqual([{ matchLabels: added.get("tandem-viewer") }]);
  expect(edit?.aggregationRule.clusterRoleSelectors).toEqual([{ matchLabels: added.get("tandem-editor") }]);
  expect(view?.metadata.labels).toMatchObject({ [`${RBAC}/aggregate-to-edit`]: "true" });
  expect(edit?.metadata.labels).toMatchObject({ [`${RBAC}/aggregate-to-admin`]: "true" });
});
