import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { loadAll } from "js-yaml";
import type { KubeObject } from "../../src/api/object.ts";
import type { Admin } from "./admin.ts";
import { collectionPath, objectPath, refOf } from "./kinds.ts";
import { readKubeconfig, writeKubeconfig } from "./kubeconfig.ts";
import { deleteAndWait, until, untilObject } from "./until.ts";

const ROOT = join(import.meta.dirname, "..", "..");
export const CRDS = join(ROOT, "crds");
export const BASE = join(ROOT, "manifests", "base");
export const SAMPLES = join(ROOT, "manifests", "samples");

/** The kinds of manifests/base that run the controller inside the cluster: tests and the demo start it from this checkout. */
export const CONTROLLER_IN_CLUSTER = ["Deployment"];

/** Objects that others stand in go first, whatever their files are called. */
const FIRST = ["Namespace", "CustomResourceDefinition", "ServiceAccount", "ClusterRole", "Role"];

interface Crd extends KubeObject {
  spec: { names: { kind: string } };
  status?: { conditions?: { type: string; status: string }[] };
}

/** Reads every YAML file of a folder, not below it; a kustomization is no object of a cluster. */
export function readFolder(folder: string): KubeObject[] {
  const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file) && file !== "kustomization.yaml");
  return files.sort().flatMap((file) => loadAll(readFileSync(join(folder, file), "utf8")).map(asObject));
}

/** Applies what `readFolder` reads, namespaces first, and returns it as the server has it. */
export async function applyFolder(
  admin: Admin,
  folder: string,
  without: readonly string[] = [],
): Promise<KubeObject[]> {
  const objects = readFolder(folder).filter((object) => !without.includes(object.kind ?? ""));
  const applied: KubeObject[] = [];
  for (const object of objects.toSorted((a, b) => rank(a) - rank(b))) applied.push(await admin.apply(object));
  return applied;
}

/** Applies the CRDs of a folder and waits until the server serves their kinds (usually 1 s). */
export async function installCrds(admin: Admin, folder = CRDS): Promise<void> {
  for (const crd of await applyFolder(admin, folder)) {
    const ref = { kind: "CustomResourceDefinition", name: crd.metadata.name };
    const { spec } = await untilObject<Crd>(admin, ref, {
      what: `${ref.name} is established`,
      condition: (object) =>
        object.status?.conditions?.some((c) => c.type === "Established" && c.status === "True") ?? false,
    });
    // Established comes a moment before the kind is really served.
    const path = collectionPath(spec.names.kind);
    await until(async () => (await admin.request({ method: "GET", path, query: { limit: 1 } })).status === 200, {
      what: `${ref.name} is served`,
    });
  }
}

/** Tests and the demo remove what they install, so they take no cluster that has Tandem already: its objects would go too. */
export async function refuseIfInstalled(admin: Admin): Promise<void> {
  const crds = readFolder(CRDS).map((crd) => crd.metadata.name);
  for (const name of crds) {
    if ((await admin.find({ kind: "CustomResourceDefinition", name })) === undefined) continue;
    const how = "Use another one, or remove it (with all its objects): kubectl delete -f crds/";
    throw new Error(`${readKubeconfig(admin.kubeconfig).server} already has Tandem's ${name}. ${how}`);
  }
}

/** Deletes the objects of some folders, and the CRDs with all objects of their kinds; ends when the namespaces are gone (5 s). */
export async function uninstall(admin: Admin, folders: readonly string[]): Promise<void> {
  const objects = [CRDS, ...folders].flatMap(readFolder);
  for (const object of objects) await admin.delete(refOf(object));
  const namespaces = objects.filter(({ kind }) => kind === "Namespace");
  await Promise.all(namespaces.map((namespace) => deleteAndWait(admin, refOf(namespace))));
}

/** A token of a ServiceAccount, as a Pod would get it, from the TokenRequest API; valid for an hour. */
export async function serviceAccountToken(admin: Admin, namespace: string, name: string): Promise<string> {
  const path = objectPath({ kind: "ServiceAccount", namespace, name }, "token");
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: { expirationSeconds: 3600 } };
  const answer = await admin.request({ method: "POST", path, body });
  const { status } = answer.body as { status?: { token?: string } };
  if (answer.status !== 201 || status?.token === undefined) {
    throw new Error(`no token for ${namespace}/${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  return status.token;
}

/** Writes a kubeconfig for the bearer of a token beside the administrator's, goes away with it, and returns its path. */
export function kubeconfigFor(admin: Admin, token: string): string {
  const { server, ca, skipTlsVerify, tlsServerName } = readKubeconfig(admin.kubeconfig);
  const path = join(dirname(admin.kubeconfig), `${randomBytes(6).toString("hex")}.kubeconfig`);
  writeKubeconfig(path, {
    server,
    token,
    ...(ca !== undefined && { ca }),
    ...(skipTlsVerify !== undefined && { skipTlsVerify }),
    ...(tlsServerName !== undefined && { tlsServerName }),
  });
  return path;
}

function asObject(document: unknown): KubeObject {
  if (typeof document === "object" && document !== null && "kind" in document && "metadata" in document) {
    return document as KubeObject;
  }
  throw new Error(`not a Kubernetes object: ${JSON.stringify(document)?.slice(0, 200)}`);
}

function rank(object: KubeObject): number {
  const index = FIRST.indexOf(object.kind ?? "");
  return index === -1 ? FIRST.length : index;
}
