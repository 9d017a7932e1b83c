import { spawnSync } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../src/api/object.ts";
import { keyOf } from "../../src/api/object.ts";
import type { Admin } from "../cluster/admin.ts";
import { everything, type Tandem } from "../cluster/api/support.ts";
import { messageOf } from "../cluster/errors.ts";
import { installCrds, readFolder } from "../cluster/install.ts";
import { collectionPath, refOf } from "../cluster/kinds.ts";
import { until } from "../cluster/until.ts";
import { ROOT } from "../manifests/kustomize.ts";

interface Upgrade {
  /** The folder with the CRDs of the earlier release. */
  readonly from: string;
  /** Written under those, parents first; then each gets a report and a delivery. */
  readonly objects: readonly KubeObject[];
}

/**
 * Installs the earlier CRDs and writes objects under them, has this release's controller decide them, applies the present
 * CRDs, and says what was lost or is refused since: a line an object, empty if the upgrade does no harm. Leaves no CRD behind.
 */
export async function brokenBy(admin: Admin, { from, objects }: Upgrade): Promise<string[]> {
  await installCrds(admin, from);
  try {
    for (const object of objects) await admin.apply(object);
    await reportOnVms(admin);
    decide(admin);
    const before = await everything(admin);
    await installCrds(admin);
    const broken = await unlike(admin, before);
    decide(admin);
    broken.push(...(await unlike(admin, before)));
    for (const object of before) broken.push(...(await refused(admin, object)));
    return [...new Set(broken)];
  } finally {
    await removeCrds(admin, from);
  }
}

/** What an object has no longer, or has otherwise: spec and metadata must be the same, a status may have gained fields. */
async function unlike(admin: Admin, before: readonly Tandem[]): Promise<string[]> {
  // A kind whose CRD has changed answers 429 for a moment: its storage starts anew.
  const objects = await until(() => everything(admin), { what: "all kinds are served" });
  const now = new Map(objects.map((object) => [nameOf(object), object]));
  return before.flatMap((object) => {
    const after = now.get(nameOf(object));
    if (after === undefined) return [`${nameOf(object)} is gone`];
    return [
      ...(isDeepStrictEqual(after.spec, object.spec) ? [] : [`${nameOf(object)} has another spec`]),
      ...(isDeepStrictEqual(after.metadata.labels, object.metadata.labels)
        ? []
        : [`${nameOf(object)} has other labels`]),
      ...(holds(after.status, object.status) ? [] : [`${nameOf(object)} is decided otherwise`]),
    ];
  });
}

/** Whether all of `less` is in `more`, which may have more fields. */
export function holds(more: unknown, less: unknown): boolean {
  if (Array.isArray(less)) {
    return Array.isArray(more) && more.length === less.length && less.every((item, index) => holds(more[index], item));
  }
  if (typeof less !== "object" || less === null) return more === less;
  const fields = new Map(Object.entries(more ?? {}));
  return Object.entries(less).every(([name, value]) => holds(fields.get(name), value));
}

/** Whether an object can be edited no longer, or not be created once more, as from a repository or a backup. */
async function refused(admin: Admin, object: Tandem): Promise<string[]> {
  const { name, namespace, labels } = object.metadata;
  const metadata = { name: `${name}-again`, ...(namespace !== undefined && { namespace }), ...(labels && { labels }) };
  const again = { apiVersion: object.apiVersion, kind: object.kind, metadata, spec: object.spec };
  const path = collectionPath(object.kind ?? "", namespace);
  const query = { dryRun: "All", fieldValidation: "Strict" };
  const created = await admin.request({ method: "POST", path, query, body: again });
  const edit = async (): Promise<void> => {
    const { resourceVersion = "" } = (await admin.get(refOf(object))).metadata;
    const changed = { ...object.metadata, resourceVersion, labels: { ...labels, edited: "yes" } };
    await admin.replace({ ...object, metadata: changed });
  };
  const failed = await edit().then(() => undefined, messageOf);
  return [
    ...(created.status === 201 ? [] : [`${nameOf(object)} could not be created again: ${messageIn(created.body)}`]),
    ...(failed === undefined ? [] : [`${nameOf(object)} cannot be edited: ${failed}`]),
  ];
}

async function reportOnVms(admin: Admin): Promise<void> {
  for (const { apiVersion, kind, metadata } of await admin.list<KubeObject>("ProtectedVM")) {
    const { name, namespace = "" } = metadata;
    const reports = [{ source: "Agent", feature: "All", health: "Warning", message: "before the upgrade" }];
    const status = { reports, delivered: { revision: "cafe0123", time: "2026-01-31T12:00:00Z" } };
    const object = { apiVersion, kind, metadata: { name, namespace }, status };
    await admin.apply(object as KubeObject, { fieldManager: "reporter", subresource: "status" });
  }
}

/** The controller of this checkout settles everything once. */
function decide({ kubeconfig }: Admin): void {
  const args = ["controller", "--kubeconfig", kubeconfig, "--once", "--no-leader-elect", "--no-events"];
  const { status, stderr } = spawnSync(`${ROOT}/bin/tandem`, args, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`the controller ended with ${status}:\n${stderr.slice(-4_000)}`);
}

/** Deletes the kinds, with all objects, and waits until they are gone. */
async function removeCrds(admin: Admin, folder: string): Promise<void> {
  for (const crd of readFolder(folder)) await admin.delete(refOf(crd));
  for (const crd of readFolder(folder)) {
    await until(async () => (await admin.find(refOf(crd))) === undefined, {
      what: "the CRD is gone",
      timeoutMs: 60_000,
    });
  }
}

const nameOf = (object: KubeObject): string => `${object.kind} ${keyOf(object)}`;

function messageIn(body: unknown): string {
  return typeof body === "object" && body !== null && "message" in body ? String(body.message) : JSON.stringify(body);
}
