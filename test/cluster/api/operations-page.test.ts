import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { Page } from "../../integrate/page.ts";
import { NO_PROGRAMS, script } from "../../integrate/script.ts";
import { ROOT } from "../../manifests/kustomize.ts";
import { Admin } from "../admin.ts";
import { startControlPlane } from "../control-plane.ts";
import { ControllerProcess } from "../controller-process.ts";
import { ControlPlaneError } from "../errors.ts";
import { applyFolder, kubeconfigFor, SAMPLES, serviceAccountToken } from "../install.ts";
import { freePort } from "../processes.ts";
import { untilSettled } from "../settled.ts";
import { until } from "../until.ts";
import { everything, type Tandem, untilQuiet, versionsOf } from "./support.ts";

/*
 * docs/operations.md from the first command to the last, on a control plane of its own. Where the page has Pods, here are
 * controllers of this checkout under the account that the page has made. The tests go on from each other.
 */
const page = new Page("operations.md");
const stack = new AsyncDisposableStack();
const folder = mkdtempSync(join(tmpdir(), "tandem-operations-"));
let reasonToSkip = NO_PROGRAMS;
let admin: Admin;
let leader: ControllerProcess;

const run = async (block: string): Promise<string> =>
  await script(page.block(block), { kubeconfig: admin.kubeconfig, cwd: folder });

/** A controller under the account of a namespace, as its Pod would run it. */
async function pod(namespace = "tandem-system", ...args: string[]): Promise<ControllerProcess> {
  const token = await serviceAccountToken(admin, namespace, "tandem-controller");
  return stack.use(new ControllerProcess(kubeconfigFor(admin, token), [`--lease-namespace=${namespace}`, ...args]));
}

async function holder(namespace = "tandem-system"): Promise<string | undefined> {
  const lease = await admin.find<KubeObject & { spec: { holderIdentity?: string } }>({
    kind: "Lease",
    namespace,
    name: "tandem-controller",
  });
  return lease?.spec.holderIdentity;
}

/** The variables that the Deployment sets. */
async function env(): Promise<unknown> {
  const ref = { kind: "Deployment", namespace: "tandem-system", name: "tandem-controller" };
  type Deployment = KubeObject & { spec: { template: { spec: { containers: { env?: unknown }[] } } } };
  return (await admin.get<Deployment>(ref)).spec.template.spec.containers[0]?.env;
}

/** What there is of each object without what only this cluster knows: its spec, labels and decision. */
const essence = (objects: readonly Tandem[]) =>
  objects.map(({ kind, metadata: { namespace, name, labels }, spec, status }) => {
    const kept = {
      ...status,
      conditions: status?.conditions?.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
    };
    const text = JSON.stringify({ kind, namespace, name, labels, spec, status: kept });
    return JSON.parse(
      text.replaceAll(/"(lastTransitionTime|observedGeneration)":("[^"]*"|\\d+),?/g, "").replaceAll(",}", "}"),
    );
  });

beforeAll(async () => {
  if (reasonToSkip !== undefined) return;
  try {
    admin = stack.use(
      new Admin(stack.use(await startControlPlane({ say: () => {}, preferExisting: false })).kubeconfig),
    );
  } catch (error) {
    if (!(error instanceof ControlPlaneError && error.code === "NoControlPlane")) throw error;
    reasonToSkip = error.message;
  }
  // A checkout of the release.
  for (const part of ["crds", "manifests"]) cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  mkdirSync(join(folder, "bin"));
  symlinkSync(join(ROOT, "bin", "tandem"), join(folder, "bin", "tandem"));
}, 600_000);
beforeEach(({ skip }) => skip(reasonToSkip !== undefined, reasonToSkip));
afterAll(async () => {
  await stack.disposeAsync();
  rmSync(folder, { recursive: true });
});

test("install: from nothing to an estate that is decided", async () => {
  await run("install-crds");
  await run("install-controller");
  await applyFolder(admin, SAMPLES);
  await run("dry-run");
  expect((await everything(admin)).map(({ status }) => status?.observedGeneration)).toEqual(Array(20).fill(-1));
  leader = await pod();
  await untilSettled(admin);
  expect(await run("check")).toMatch(/tandem-controller[\s\S]*web-1/);
  await untilQuiet(admin);
});

test("a setting reaches the Deployment, and the manifests without it take it back", async () => {
  await run("settings");
  expect(await env()).toEqual([{ name: "TANDEM_LOG_LEVEL", value: "debug" }]);
  await run("install-controller");
  expect(await env()).toBeUndefined();
});

test("one that is set by hand outlives the manifests", async () => {
  const set = async (what: string) => {
    const command = `kubectl set env deployment/tandem-controller -n tandem-system ${what}`;
    await script(command, { kubeconfig: admin.kubeconfig, cwd: folder });
  };
  await set("TANDEM_LOG_LEVEL=debug");
  await run("install-controller");
  expect(await env()).toEqual([{ name: "TANDEM_LOG_LEVEL", value: "debug" }]);
  await set("TANDEM_LOG_LEVEL-");
});

test("upgrade: the new replica leads within seconds, and what it decides the same it does not write", async () => {
  const before = versionsOf(await everything(admin));
  await run("diff");
  await run("install-crds");
  await run("install-controller");
  const probes = `127.0.0.1:${await freePort()}`;
  const fresh = await pod("tandem-system", `--probe-bind=${probes}`);
  const isReady = async () =>
    await fetch(`http://${probes}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(isReady, { what: "the standby is ready", signal: fresh.died });
  const [old, since] = [await holder(), performance.now()];
  expect(await leader.stop()).toBe(0);
  await until(async () => ![old, "", undefined].includes(await holder()), { what: "another one leads" });
  expect(performance.now() - since).toBeLessThan(5_000);
  leader = fresh;
  expect(versionsOf(await untilQuiet(admin))).toEqual(before);
  expect(await run("moved")).toBe("");
});

test("roll back: the controller alone, and the objects stay as they are", async () => {
  const before = versionsOf(await everything(admin));
  await run("rollback");
  expect(versionsOf(await untilQuiet(admin))).toEqual(before);
});

test("what one asks first is answered", async () => {
  const lines = (await run("troubleshoot")).split("\n");
  expect(lines[0]).toMatch(/^\S+ \d{4}-\S+Z$/);
  expect(lines.slice(1, 3)).toEqual(["yes", "yes"]);
  expect(lines).toContainEqual(expect.stringMatching(/^lab\tkiosk-1\t/));
  expect(lines).toContainEqual(expect.stringMatching(/InstallNeeded +protectedvm\/web-2/));
  expect(lines.join("\n")).toMatch(/web-2[\s\S]*AntiMalware/);
});

test("in another namespace it works as before, and takes its Lease there", async () => {
  const before = versionsOf(await everything(admin));
  expect(await leader.stop()).toBe(0);
  await run("move");
  expect(await admin.find({ kind: "Namespace", name: "tandem-system" })).toBeUndefined();
  leader = await pod("security-tools");
  await until(async () => (await holder("security-tools")) !== undefined, { what: "it leads" });
  expect(versionsOf(await untilQuiet(admin))).toEqual(before);
});

test("after a restore it is decided as before; what others reported is gone", async () => {
  const status = {
    delivered: { revision: "cafe0123" },
    reports: [{ source: "Agent", feature: "All", health: "Warning" }],
  };
  const before = essence(await everything(admin));
  const web = { kind: "ProtectedVM", namespace: "shop", name: "web-1" };
  const { namespace, name } = web;
  const reported = { apiVersion: "tandem.dev/v1alpha1", kind: web.kind, metadata: { namespace, name }, status };
  await admin.apply(reported as KubeObject, { subresource: "status", fieldManager: "reporter" });
  await run("backup");
  expect(readFileSync(join(folder, "tandem-backup.json"), "utf8")).not.toMatch(/cafe0123|resourceVersion|"uid"/);
  expect(await leader.stop()).toBe(0);
  await run("uninstall-crds");
  await run("install-crds");
  await run("restore");
  leader = await pod("security-tools");
  await untilSettled(admin);
  expect(essence(await untilQuiet(admin))).toEqual(before);
  const { delivered, reports } = (await admin.get<ProtectedVM>(web)).status ?? {};
  expect([delivered, reports]).toEqual([undefined, undefined]);
});

test("without the controller the objects stay; without the CRDs they are gone, and nothing holds it up", async () => {
  const before = versionsOf(await everything(admin));
  expect(await leader.stop()).toBe(0);
  // Its namespace was another one at last.
  await run("install-controller");
  await run("uninstall-controller");
  expect(versionsOf(await everything(admin))).toEqual(before);
  await run("uninstall-crds");
  const path = "/apis/tandem.dev/v1alpha1/protectedvms";
  const isServed = async () => (await admin.request({ method: "GET", path })).status !== 404;
  await until(async () => !(await isServed()), { what: "the kind is no longer served" });
});
