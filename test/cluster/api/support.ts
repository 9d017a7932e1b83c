import { once } from "node:events";
import { type RequestOptions, request } from "node:https";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, inject } from "vitest";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../../../src/api/kinds.ts";
import { type KubeObject, keyOf } from "../../../src/api/object.ts";
import type { Admin } from "../admin.ts";
import { ControllerProcess } from "../controller-process.ts";
import { type Cluster, useCluster } from "../fixture.ts";
import { kubeconfigFor, serviceAccountToken } from "../install.ts";
import { collectionPath } from "../kinds.ts";
import { readKubeconfig } from "../kubeconfig.ts";

const API_VERSION = "tandem.dev/v1alpha1";
/** More than the second for which counts of policies and appliances are held back. */
const QUIET_MS = 2_000;
const QUIET_TIMEOUT_MS = 40_000;

/** Any of the three kinds. */
export type Tandem = ProtectedVM | AffinityPolicy | Appliance;

/** `useCluster`, with the controller at work as its own ServiceAccount under the shipped rights; it must end with 0. */
export function useController(): Cluster {
  const cluster = useCluster();
  let controller: ControllerProcess | undefined;
  beforeAll(async () => {
    const token = await serviceAccountToken(cluster.admin, "tandem-system", "tandem-controller");
    controller = new ControllerProcess(kubeconfigFor(cluster.admin, token));
  });
  afterAll(async () => {
    if (controller === undefined) return;
    await using ours = controller;
    const code = await ours.stop();
    if (code !== 0) throw new Error(`the controller ended with ${code}:\n${ours.log().slice(-4_000)}`);
  });
  return cluster;
}

export function vm(namespace: string, name: string, spec: ProtectedVM["spec"], labels = {}): ProtectedVM {
  return { apiVersion: API_VERSION, kind: "ProtectedVM", metadata: { name, namespace, labels }, spec };
}

export function policy(name: string, spec: AffinityPolicy["spec"]): AffinityPolicy {
  return { apiVersion: API_VERSION, kind: "AffinityPolicy", metadata: { name }, spec };
}

export function appliance(name: string, spec: Appliance["spec"]): Appliance {
  return { apiVersion: API_VERSION, kind: "Appliance", metadata: { name }, spec };
}

/** `True/Accepted`; undefined where there is no such condition. */
export function condition({ status }: Tandem, type: string): string | undefined {
  const found = status?.conditions?.find((one) => one.type === type);
  return found && `${found.status}/${found.reason}`;
}

/** Runs up to eight at a time: as many as the administrator's client has connections. */
export async function eightAtATime<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}

/** All objects of the three kinds, by the order of the server. */
export async function everything(admin: Admin): Promise<Tandem[]> {
  const lists = await Promise.all([
    admin.list<ProtectedVM>("ProtectedVM"),
    admin.list<AffinityPolicy>("AffinityPolicy"),
    admin.list<Appliance>("Appliance"),
  ]);
  return lists.flat();
}

/** `Kind/namespace/name`: its resourceVersion, for each of them. */
export function versionsOf(objects: readonly KubeObject[]): Record<string, string | undefined> {
  return Object.fromEntries(objects.map((one) => [`${one.kind}/${keyOf(one)}`, one.metadata.resourceVersion]));
}

/** Waits until nothing has been written for two seconds, and returns all objects as they are then. */
export async function untilQuiet(admin: Admin): Promise<Tandem[]> {
  const deadline = performance.now() + QUIET_TIMEOUT_MS;
  let before = "";
  let since = performance.now();
  for (;;) {
    const objects = await everything(admin);
    const now = JSON.stringify(versionsOf(objects));
    if (now !== before) since = performance.now();
    else if (performance.now() - since >= QUIET_MS) return objects;
    if (performance.now() > deadline) throw new Error(`still being written after ${QUIET_TIMEOUT_MS / 1000} s`);
    before = now;
    await sleep(200);
  }
}

/** A request beside the administrator's client, for what that one does not show: headers and endless bodies. */
function ask(path: string, options: RequestOptions = {}): ReturnType<typeof request> {
  const { server, ca, token, clientCertificate, clientKey, skipTlsVerify, tlsServerName } = readKubeconfig(
    inject("kubeconfig"),
  );
  return request(`${server}${path}`, {
    ...options,
    ...(ca !== undefined && { ca }),
    ...(clientCertificate !== undefined && { cert: clientCertificate }),
    ...(clientKey !== undefined && { key: clientKey }),
    ...(tlsServerName !== undefined && { servername: tlsServerName }),
    rejectUnauthorized: skipTlsVerify !== true,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...options.headers },
  });
}

/** The status and the `Warning` headers with which the server answers an apply that changes nothing (dry run). */
export async function dryApply(path: string, object: unknown): Promise<{ status: number; warnings: string[] }> {
  const sent = ask(`${path}?dryRun=All&fieldManager=tandem-admin&force=true&fieldValidation=Strict`, {
    method: "PATCH",
    headers: { "content-type": "application/apply-patch+yaml" },
  });
  sent.end(JSON.stringify(object));
  const [response] = await once(sent, "response");
  response.resume();
  await once(response, "end");
  const { warning } = response.headersDistinct;
  return { status: response.statusCode, warnings: warning ?? [] };
}

/** One version of an object that the server committed. */
export interface Commit<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
}

/**
 * Every version of the objects of a kind that is committed from now on, in the order of the server. It ends when we end
 * it; if it ended earlier, the test would miss the commits that it looks for.
 */
export class Recorder<T extends KubeObject> implements AsyncDisposable {
  readonly commits: Commit<T>[] = [];
  readonly #sent: ReturnType<typeof request>;

  private constructor(sent: ReturnType<typeof request>) {
    this.#sent = sent;
    this.#sent.on("error", () => {});
  }

  static async start<T extends KubeObject>(admin: Admin, kind: string, namespace?: string): Promise<Recorder<T>> {
    const path = collectionPath(kind, namespace);
    const { body } = await admin.request({ method: "GET", path, query: { limit: 1 } });
    const { metadata } = body as { metadata: { resourceVersion: string } };
    const sent = ask(`${path}?watch=true&resourceVersion=${metadata.resourceVersion}`);
    const recorder = new Recorder<T>(sent);
    sent.end();
    const [response] = await once(sent, "response");
    const lines = createInterface({ input: response });
    lines.on("error", () => {});
    lines.on("line", (line) => {
      const { type, object }: { type: Commit<T>["type"]; object: T } = JSON.parse(line);
      recorder.commits.push({ type, object });
    });
    return recorder;
  }

  /** How often each object was changed, by name. */
  writes(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { type, object } of this.commits) {
      if (type === "MODIFIED") counts.set(object.metadata.name, (counts.get(object.metadata.name) ?? 0) + 1);
    }
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#sent.destroy();
  }
}

/** Orders by resourceVersion: on one etcd, the order in which things were committed. */
export function isBefore(a: KubeObject, b: KubeObject): boolean {
  return BigInt(a.metadata.resourceVersion ?? 0) < BigInt(b.metadata.resourceVersion ?? 0);
}
