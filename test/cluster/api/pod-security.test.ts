import { beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/api/object.ts";
import { built, NO_KUBECTL, OVERLAYS, objectsOf } from "../../manifests/kustomize.ts";
import { useCluster } from "../fixture.ts";
import { BASE, readFolder } from "../install.ts";

/*
 * Pods of the shipped Deployment in the shipped namespace, on a real API server: none is started, it only says whether it
 * would admit them.
 */
const { admin } = useCluster();
const POD = deploymentPod(readFolder(BASE));

interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly containers: readonly object[]; readonly volumes?: readonly object[] };
}

function deploymentPod(objects: readonly KubeObject[]): Pod {
  const deployment = objects.find(({ kind }) => kind === "Deployment");
  const { template } = (deployment as KubeObject & { spec: { template: Pod } }).spec;
  return { ...template, metadata: { ...template.metadata, name: "tandem-controller-test" } };
}

async function admit(pod: unknown): Promise<{ status: number; body: { message?: string; spec?: Pod["spec"] } }> {
  const path = "/api/v1/namespaces/tandem-system/pods";
  const query = { dryRun: "All", fieldValidation: "Strict" };
  const { status, body } = await admin.request({ method: "POST", path, query, body: pod });
  return { status, body: body as { message?: string; spec?: Pod["spec"] } };
}

/** A copy of the Pod in which one field of its spec, or of its container, is another; undefined takes it away. */
function changed(where: "pod" | "container", path: readonly string[], value?: unknown): unknown {
  const pod = structuredClone(POD);
  let node = (where === "pod" ? pod.spec : pod.spec.containers[0]) as Record<string, unknown>;
  for (const key of path.slice(0, -1)) node = (node[key] ?? {}) as Record<string, unknown>;
  const last = path.at(-1) ?? "";
  // A setting that is not there cannot be taken away.
  if (value === undefined) expect(node).toHaveProperty(last);
  node[last] = value;
  return pod;
}

test("the namespace admits the Pod as shipped, and gives it the token of its account", async () => {
  const { status, body } = await admit(POD);
  expect(status, body.message).toBe(201);
  expect(JSON.stringify(body.spec?.volumes)).toContain("serviceAccountToken");
  expect(body.spec).toMatchObject({ serviceAccountName: "tandem-controller", automountServiceAccountToken: true });
});

test("a Pod that does not ask for it gets no token", async () => {
  const { status, body } = await admit(changed("pod", ["automountServiceAccountToken"]));
  expect(status, body.message).toBe(201);
  expect(body.spec?.volumes ?? []).toEqual([]);
});

describe("overlays", () => {
  beforeEach(({ skip }) => skip(NO_KUBECTL !== undefined, NO_KUBECTL));

  test.each(OVERLAYS)("the namespace admits the Pod of %s", async (overlay) => {
    const { status, body } = await admit(deploymentPod(objectsOf(built(overlay))));
    expect(status, body.message).toBe(201);
  });
});

test.each([
  ["pod", ["securityContext", "runAsNonRoot"], "runAsNonRoot != true"],
  ["pod", ["securityContext", "seccompProfile"], "seccompProfile"],
  ["pod", ["securityContext"], "runAsNonRoot != true, seccompProfile"],
  ["container", ["securityContext", "allowPrivilegeEscalation"], "allowPrivilegeEscalation != false"],
  ["container", ["securityContext", "capabilities"], "unrestricted capabilities"],
  ["container", ["securityContext"], "allowPrivilegeEscalation != false, unrestricted capabilities"],
] as const)("without %s %j it is refused", async (where, path, why) => {
  const { status, body } = await admit(changed(where, path));
  expect(status).toBe(403);
  expect(body.message).toMatch(/violates PodSecurity "restricted:latest"/);
  for (const word of why.split(", ")) expect(body.message).toContain(word);
});

test.each([
  ["pod", ["securityContext", "runAsUser"], 0, "runAsUser=0"],
  ["pod", ["hostNetwork"], true, "host namespaces"],
  ["pod", ["volumes"], [{ name: "host", hostPath: { path: "/" } }], "hostPath"],
  ["container", ["securityContext", "privileged"], true, "privileged"],
  ["container", ["securityContext", "capabilities", "add"], ["NET_ADMIN"], "unrestricted capabilities"],
] as const)("with %s %j %j it is refused", async (where, path, value, why) => {
  const { status, body } = await admit(changed(where, path, value));
  // `privileged` contradicts allowPrivilegeEscalation: false, which the server refuses before it asks who may.
  expect([403, 422]).toContain(status);
  expect(body.message).toContain(why);
});
