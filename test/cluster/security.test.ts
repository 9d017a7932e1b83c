import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Manifest, readText, SourceText } from "../../src/api/manifest/index.ts";
import { Admin, ApiError } from "./admin.ts";
import { condition, policy, useController, vm } from "./api/support.ts";
import { kubeconfigFor, serviceAccountToken } from "./install.ts";
import { untilSettled } from "./settled.ts";
import { until } from "./until.ts";

const { admin, namespace } = useController();
const OTHER = `${namespace}-other`;
const SPEC = { guestOS: "Linux", features: ["Firewall"] } as const;
const spec = { ...SPEC, features: [...SPEC.features] };
let tenant: Admin;

/** The objects that SECURITY.md shows. */
function shown(kind: string): Manifest {
  const text = readFileSync(join(import.meta.dirname, "..", "..", "SECURITY.md"), "utf8");
  const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = ""]) => block);
  const found = blocks
    .flatMap((block) => readText(new SourceText("SECURITY.md", block)).manifests)
    .filter((one) => one.kind === kind);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`SECURITY.md shows ${found.length} ${kind}`);
  return only;
}

async function post(path: string, body: unknown): Promise<void> {
  const { status, body: answer } = await admin.request({ method: "POST", path, body });
  expect(status, JSON.stringify(answer)).toBe(201);
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
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: OTHER } });
  await admin.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "tenant", namespace } });
  const rules = [{ apiGroups: ["tandem.dev"], resources: ["protectedvms"], verbs: ["*"] }];
  const RBAC = "rbac.authorization.k8s.io";
  await admin.create({ apiVersion: `${RBAC}/v1`, kind: "Role", metadata: { name: "tenant", namespace }, rules });
  const roleRef = { apiGroup: RBAC, kind: "Role", name: "tenant" };
  const subjects = [{ kind: "ServiceAccount", name: "tenant", namespace }];
  const binding = {
    apiVersion: `${RBAC}/v1`,
    kind: "RoleBinding",
    metadata: { name: "tenant", namespace },
    roleRef,
    subjects,
  };
  await admin.create(binding);
  tenant = new Admin(kubeconfigFor(admin, await serviceAccountToken(admin, namespace, "tenant")));
  await until(async () => (await tenant.list("ProtectedVM", { namespace })).length === 0, {
    what: "the tenant has rights",
  });
});

afterAll(async () => {
  await admin.deleteAll("ProtectedVM", { namespace: OTHER });
  await admin.delete({ kind: "Namespace", name: OTHER });
  await tenant[Symbol.asyncDispose]();
});

test("a tenant's VMs change no VM elsewhere, not even its resourceVersion, and cannot have a status of the tenant's making", async () => {
  await admin.create(
    policy("one", { vmSelector: { matchLabels: { tier: "pci" } }, affinity: { network: "AgentOnly" } }),
  );
  await admin.create(
    policy("two", { vmSelector: { matchLabels: { zone: "a" } }, affinity: { network: "ApplianceOnly" } }),
  );
  await admin.create(vm(OTHER, "theirs", spec, { tier: "pci" }));
  await untilSettled(admin);
  const before = await admin.list("ProtectedVM", { namespace: OTHER });
  // Two policies at odds over one VM: both show it, and stay accepted.
  await tenant.create({ ...vm(namespace, "mine", spec, { tier: "pci", zone: "a" }), status: { mode: "Combined" } });
  const conflicted = async () => {
    const { policies } = await untilSettled(admin);
    return policies.every((one) => condition(one, "Conflicted") === "True/SamePriority") && policies;
  };
  const policies = await until(conflicted, { what: "both policies show the conflict" });
  expect(policies.map((one) => condition(one, "Accepted"))).toEqual(["True/Accepted", "True/Accepted"]);
  expect(await admin.list("ProtectedVM", { namespace: OTHER })).toEqual(before);
  expect(await admin.get({ kind: "ProtectedVM", namespace, name: "mine" })).toMatchObject({
    status: { mode: "Unprotected" },
  });
  const ref = { kind: "ProtectedVM", namespace, name: "mine" };
  expect(await refusal(tenant.mergePatch(ref, { status: { mode: "Combined" } }, "status"))).toBe(403);
  expect(await refusal(tenant.create(policy("mine", { vmSelector: {} })))).toBe(403);
  expect(await refusal(tenant.create(vm(OTHER, "mine", spec)))).toBe(403);
  await tenant.delete(ref);
  await untilSettled(admin);
  expect(await admin.list("ProtectedVM", { namespace: OTHER })).toEqual(before);
});

test("the admission policy of SECURITY.md: no own affinity in a namespace but where it is allowed, and statuses go on", async () => {
  const GROUP = "/apis/admissionregistration.k8s.io/v1";
  const [rule, binding] = [shown("ValidatingAdmissionPolicy"), shown("ValidatingAdmissionPolicyBinding")];
  try {
    await post(`${GROUP}/validatingadmissionpolicies`, rule.object);
    await post(`${GROUP}/validatingadmissionpolicybindings`, binding.object);
    const own = (name: string) => vm(namespace, name, { ...spec, affinity: { network: "ApplianceOnly" } });
    let tries = 0;
    // The server takes a policy into use within a second or so.
    const isRefused = async () => (await refusal(tenant.create(own(`own-${tries++}`)))) === 422;
    await until(isRefused, { what: "spec.affinity is refused" });
    await tenant.create(vm(namespace, "plain", spec));
    expect(
      await refusal(tenant.mergePatch({ kind: "ProtectedVM", namespace, name: "plain" }, { spec: own("x").spec })),
    ).toBe(422);
    // Those that came before the rule still get their statuses.
    const { vms } = await untilSettled(admin);
    expect(vms.length).toBeGreaterThan(1);
    await admin.mergePatch(
      { kind: "Namespace", name: namespace },
      { metadata: { labels: { "tandem.dev/own-affinity": "allowed" } } },
    );
    await until(async () => (await refusal(tenant.create(own(`allowed-${tries++}`)))) === 0, { what: "it is allowed" });
  } finally {
    await admin.request({
      method: "DELETE",
      path: `${GROUP}/validatingadmissionpolicybindings/tandem-no-own-affinity`,
    });
    await admin.request({ method: "DELETE", path: `${GROUP}/validatingadmissionpolicies/tandem-no-own-affinity` });
    // It stays in use for a second or so, and would refuse what other tests write.
    let tries = 0;
    const isFree = async () => {
      const affine = vm(OTHER, `free-${tries++}`, { ...spec, affinity: { network: "ApplianceOnly" } });
      return (await refusal(admin.create(affine))) === 0;
    };
    await until(isFree, { what: "the policy is no longer in use" });
  }
});

test("the quota of SECURITY.md bounds the VMs of a namespace", async () => {
  const path = `/api/v1/namespaces/${OTHER}/resourcequotas`;
  const { object } = shown("ResourceQuota");
  const name = "count/protectedvms.tandem.dev";
  expect(object).toMatchObject({ spec: { hard: { [name]: "500" } } });
  await post(path, object);
  // What the quota controller does, which this control plane lacks: it counts what is there.
  const status = { hard: { [name]: "500" }, used: { [name]: "499" } };
  const contentType = "application/merge-patch+json";
  const counted = await admin.request({
    method: "PATCH",
    path: `${path}/tandem/status`,
    body: { status },
    contentType,
  });
  expect(counted.status, JSON.stringify(counted.body)).toBe(200);
  let made = 0;
  await until(async () => (await refusal(admin.create(vm(OTHER, `vm-${made++}`, spec)))) === 403, {
    what: "the quota is used up",
  });
});
