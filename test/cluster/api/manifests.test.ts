import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { KubeObject } from "../../../src/api/object.ts";
import { output } from "../../gitops/waiters.ts";
import { built, COMPONENTS, idOf, MANIFESTS, NO_KUBECTL, OVERLAYS, objectsOf } from "../../manifests/kustomize.ts";
import { Admin } from "../admin.ts";
import { useCluster } from "../fixture.ts";
import { BASE, kubeconfigFor, readFolder, serviceAccountToken } from "../install.ts";
import { refOf } from "../kinds.ts";
import { deleteAndWait, until } from "../until.ts";

const { admin } = useCluster();
const INSTALL = join(MANIFESTS, "install.yaml");
const shell = { kubeconfig: inject("kubeconfig"), home: mkdtempSync(join(tmpdir(), "tandem-manifests-")) };
const SERVICE_MONITORS = "servicemonitors.monitoring.coreos.com";
let broughtMonitors = false;

const text = { type: "string" };
const object = (properties: object) => ({ type: "object", properties });
const map = { type: "object", additionalProperties: text };

/** What we use of the kind of the Prometheus Operator: anything else would be refused as unknown. */
const STAND_IN = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: SERVICE_MONITORS },
  spec: {
    group: "monitoring.coreos.com",
    scope: "Namespaced",
    names: {
      kind: "ServiceMonitor",
      listKind: "ServiceMonitorList",
      plural: "servicemonitors",
      singular: "servicemonitor",
    },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: object({
            spec: object({
              jobLabel: text,
              selector: object({ matchLabels: map }),
              endpoints: {
                type: "array",
                items: object({
                  ...{ port: text, scheme: text, interval: text, bearerTokenFile: text },
                  tlsConfig: object({ serverName: text, ca: object({ secret: object({ name: text, key: text }) }) }),
                }),
              },
            }),
          }),
        },
      },
    ],
  },
};

beforeAll(async () => {
  const ref = refOf(STAND_IN);
  broughtMonitors = (await admin.find(ref)) === undefined;
  if (!broughtMonitors) return;
  await admin.apply(STAND_IN);
  const path = "/apis/monitoring.coreos.com/v1/servicemonitors";
  await until(async () => (await admin.request({ method: "GET", path })).status === 200, {
    what: "the kind is served",
  });
});

afterAll(async () => {
  if (broughtMonitors) await deleteAndWait(admin, refOf(STAND_IN));
  rmSync(shell.home, { recursive: true });
});

/** What kubectl says of a text, line by line, with the server's warnings. */
async function dryRun(yaml: string): Promise<{ failed: boolean; lines: string[] }> {
  const file = join(shell.home, "objects.yaml");
  writeFileSync(file, yaml);
  const apply = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", file];
  const answer = await output(shell, "kubectl", apply);
  const lines = answer.text.trimEnd().split("\n");
  // Of an old kubectl and a new server, which is no news of ours.
  return { failed: answer.failed, lines: lines.filter((line) => !line.includes("version difference")) };
}

test.for([...OVERLAYS, ...COMPONENTS])(
  "the server takes every object of %s, without a warning",
  async (folder, { skip }) => {
    if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
    const yaml = built(folder);
    const { failed, lines } = await dryRun(yaml);
    expect(failed, lines.join("\n")).toBe(false);
    expect(lines.filter((line) => !line.endsWith(" serverside-applied (server dry run)"))).toEqual([]);
    expect(lines).toHaveLength(objectsOf(yaml).length);
  },
);

test("the server's warnings would be seen: a Deployment that the namespace would admit no Pod of", async ({ skip }) => {
  if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
  const { lines } = await dryRun(built("base").replace("runAsNonRoot: true", "runAsNonRoot: false"));
  expect(lines.join("\n")).toMatch(/^Warning: would violate PodSecurity "restricted:latest": runAsNonRoot/m);
});

describe("install.yaml", () => {
  const objects = objectsOf(readFileSync(INSTALL, "utf8"));
  const versions = async () =>
    await Promise.all(objects.map(async (one) => (await admin.get(refOf(one))).metadata.resourceVersion));

  afterAll(async () => {
    const kept = new Set(readFolder(BASE).map(idOf));
    const added = objects.filter((one) => one.kind !== "CustomResourceDefinition" && !kept.has(idOf(one)));
    for (const one of added) await admin.delete(refOf(one));
    await admin.delete({ kind: "Deployment", namespace: "tandem-system", name: "tandem-controller" });
  });

  test("applied once it is all there; a second time nothing changes", async () => {
    const apply = async () => {
      for (const one of objects) await admin.apply(one);
    };
    await apply();
    const before = await versions();
    await apply();
    expect(await versions()).toEqual(before);
  });

  test("the command that it names works, again without a change the second time", async ({ skip }) => {
    if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
    const command = /kubectl (apply --server-side -f) install\.yaml$/m.exec(readFileSync(INSTALL, "utf8"))?.[1] ?? "";
    const apply = async () => {
      const { failed, text } = await output(shell, "kubectl", [...command.split(" "), INSTALL]);
      expect(failed, text).toBe(false);
    };
    await apply();
    const before = await versions();
    await apply();
    expect(await versions()).toEqual(before);
  });
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const rightsOf = (rules: readonly Rule[]): string[] => {
  const all = rules.flatMap(({ apiGroups, resources, resourceNames = [], verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource}[${resourceNames}]: ${verb}`)),
    ),
  );
  return all.toSorted();
};

/** What an account of tandem-system may do in a namespace, as the server says. */
async function rightsIn(namespace: string, account: string): Promise<string[]> {
  await using client = new Admin(kubeconfigFor(admin, await serviceAccountToken(admin, "tandem-system", account)));
  const body = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
  const answer = await client.request({ method: "POST", path, body });
  return rightsOf((answer.body as { status: { resourceRules: Rule[] } }).status.resourceRules);
}

test("what the server says that the controller may do is what its roles say, and elsewhere not even the Lease", async () => {
  const shipped = (kind: string) =>
    readFolder(BASE).flatMap((one) => (one.kind === kind ? (one as KubeObject & { rules: Rule[] }).rules : []));
  const anywhere = shipped("ClusterRole");
  const own = { "tandem-system": [...anywhere, ...shipped("Role")], default: anywhere };
  for (const [namespace, rules] of Object.entries(own)) {
    const everybodys = new Set(await rightsIn(namespace, "default"));
    const rights = (await rightsIn(namespace, "tandem-controller")).filter((right) => !everybodys.has(right));
    expect(rights, namespace).toEqual(rightsOf(rules));
  }
});

test("the certificate that components/metrics shows how to make is one for the Service, and becomes the Secret", async ({
  skip,
}) => {
  if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
  const file = readFileSync(join(MANIFESTS, "components", "metrics", "kustomization.yaml"), "utf8");
  const shown = file.split("\n").filter((line) => /^# {3,}\S/.test(line));
  const script = shown.map((line) => line.slice(4)).join("\n");
  expect(script).toMatch(/^openssl [\s\S]*\nkubectl create secret /);
  const inHome = `cd ${shell.home}\n${script} --dry-run=server -o yaml`;
  const missing = await output(shell, "openssl", ["version"]).catch(() => undefined);
  if (missing === undefined) skip("there is no openssl on the PATH");
  const answer = await output(shell, "sh", ["-e", "-c", inHome]);
  expect(answer.failed, answer.text).toBe(false);
  for (const key of ["tls.crt: ", "tls.key: ", "ca.crt: "]) expect(answer.text).toContain(key);
  const certificate = new X509Certificate(readFileSync(join(shell.home, "tls.crt")));
  expect(certificate.checkHost("tandem-metrics.tandem-system.svc")).toBeDefined();
  expect(certificate.verify(certificate.publicKey)).toBe(true);
});
