import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import type { ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { CHART, Helm, OF_AN_OPERATOR, type Values } from "../../chart/chart.ts";
import { output } from "../../gitops/waiters.ts";
import { idOf, NO_KUBECTL } from "../../manifests/kustomize.ts";
import { helm } from "../../tools-helm/helm.ts";
import { ControllerProcess } from "../controller-process.ts";
import { useCluster } from "../fixture.ts";
import {
  applyFolder,
  BASE,
  CONTROLLER_IN_CLUSTER,
  installCrds,
  kubeconfigFor,
  serviceAccountToken,
} from "../install.ts";
import { refOf } from "../kinds.ts";
import { deleteAndWait, until, untilObject } from "../until.ts";
import { condition, vm } from "./support.ts";

/*
 * One release through its whole life, each test a step of it. There is no kubelet, so no Pod runs: the controller is a process
 * with the rights of the chart's account.
 */
const { admin, namespace } = useCluster();
const program = await helm();
const chart = new Helm(typeof program === "string" ? program : "helm", inject("kubeconfig"));
const KEPT = vm(namespace, "kept", { guestOS: "Linux", features: ["Firewall"] });
const shell = { kubeconfig: inject("kubeconfig"), home: chart.home };
const IN_NAMESPACE = ["--namespace", "tandem-system"];
const RELEASE = ["tandem", CHART, ...IN_NAMESPACE];
const KIND = "CustomResourceDefinition";
const CRD = { kind: KIND, name: "appliances.tandem.dev" };
const DEPLOYMENT = { kind: "Deployment", namespace: "tandem-system", name: "tandem-controller" };

type Deployment = KubeObject & { readonly spec: { readonly replicas: number } };
type Crd = KubeObject & {
  readonly spec: { readonly versions: readonly { readonly additionalPrinterColumns: object[] }[] };
};

beforeEach(({ skip }) => skip(typeof program !== "string", typeof program === "string" ? "" : program.skipped));
beforeAll(async () => {
  await admin.create(KEPT);
});

/** Everything is as the control plane had it: what the other files need is there, and nothing says that Helm has it. */
afterAll(async () => {
  if (typeof program === "string") {
    await chart.try(["uninstall", "tandem", ...IN_NAMESPACE]);
    for (const { metadata } of await crds()) await deleteAndWait(admin, { kind: KIND, name: metadata.name });
    await installCrds(admin);
    await applyFolder(admin, BASE, CONTROLLER_IN_CLUSTER);
  }
  chart[Symbol.dispose]();
});

async function crds(): Promise<KubeObject[]> {
  const all = await admin.list(KIND);
  return all.filter(({ metadata }) => metadata.name.endsWith(".tandem.dev"));
}

/** A deleted kind is there for a while: its objects go first. */
async function goingAway(): Promise<string[]> {
  return (await crds()).filter(({ metadata }) => metadata.deletionTimestamp !== undefined).map(idOf);
}

/** A command that the README of the chart shows, as arguments. */
function shown(start: string): string[] {
  const readme = readFileSync(join(CHART, "README.md"), "utf8").replaceAll("\\\n  ", "");
  const line = readme.split("\n").find((one) => one.startsWith(start));
  if (line === undefined) throw new Error(`the README of the chart does not show ${start}`);
  const words = line.replace("manifests/chart", CHART).replace("…", "0".repeat(64)).split(" ");
  return words.slice(1);
}

const columns = async () => (await admin.get<Crd>(CRD)).spec.versions[0]?.additionalPrinterColumns.length ?? 0;
const replicas = async () => (await admin.get<Deployment>(DEPLOYMENT)).spec.replicas;

/** The next release: it has a column more. */
function nextChart(): string {
  const next = join(chart.home, "next");
  cpSync(CHART, next, { recursive: true });
  const file = join(next, "templates", "crd-tandem.dev_appliances.yaml");
  const column = "      additionalPrinterColumns:\n        - {name: New, type: string, jsonPath: .spec.version}\n";
  writeFileSync(file, readFileSync(file, "utf8").replace("      additionalPrinterColumns:\n", column));
  return next;
}

/** `kind/namespace/name` and resourceVersion of all that the chart makes; absent is what is not there. */
async function versions(values: Values = {}): Promise<Record<string, string | undefined>> {
  const objects = await chart.template(values);
  const found = objects.map(async (one) => [idOf(one), (await admin.find(refOf(one)))?.metadata.resourceVersion]);
  return Object.fromEntries(await Promise.all(found));
}

test("what kubectl applied is not taken by mistake, and taken when asked to; upgrades then have to be forced", async () => {
  const refused = await chart.try(["install", ...RELEASE]);
  expect(refused.failed).toBe(true);
  expect(refused.text).toMatch(/exists and cannot be imported into the current release: invalid ownership metadata/);
  const before = { kinds: (await crds()).map(({ metadata }) => metadata.uid), columns: await columns() };
  const said = await chart.run(["install", ...RELEASE, "--take-ownership"]);
  expect(said).toContain("kubectl rollout status -n tandem-system deployment/tandem-controller");
  expect(Object.values(await versions())).not.toContain(undefined);
  expect((await crds()).map(({ metadata }) => metadata.uid)).toEqual(before.kinds);
  const upgrade = ["upgrade", "tandem", nextChart(), ...IN_NAMESPACE];
  expect((await chart.try(upgrade)).text).toMatch(/conflicts? with \\?"tandem-admin\\?":[^:]*\.spec\.versions/);
  await chart.run([...upgrade, "--force-conflicts"]);
  expect(await columns()).toBe(before.columns + 1);
});

test("uninstalled, the kinds and their objects stay, and nothing else", async () => {
  const before = await admin.get(refOf(KEPT));
  await chart.run(["uninstall", "tandem", ...IN_NAMESPACE]);
  const left = Object.entries(await versions()).flatMap(([id, version]) => (version === undefined ? [] : id));
  expect(left.toSorted()).toEqual((await crds()).map(idOf).toSorted());
  expect(left).toHaveLength(3);
  expect(await goingAway()).toEqual([]);
  expect(await admin.get(refOf(KEPT))).toEqual(before);
});

test("from nothing: installed it is all there; an upgrade without a change writes none of it", async ({ skip }) => {
  if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
  const kubectl = async (start: string) => {
    const { failed, text } = await output(shell, "kubectl", shown(start));
    expect(failed, text).toBe(false);
  };
  await kubectl("kubectl delete crd");
  const install = shown("helm upgrade --install");
  await chart.run(install);
  const before = await versions();
  expect(Object.values(before)).not.toContain(undefined);
  await chart.run(install);
  expect(await versions()).toEqual(before);
  await kubectl("kubectl label namespace");
  await until(async () => await admin.create(KEPT), { what: "the kinds are served" });
});

test("the controller does its work with the rights of the chart's account", async () => {
  const token = await serviceAccountToken(admin, "tandem-system", "tandem-controller");
  await using controller = new ControllerProcess(kubeconfigFor(admin, token));
  const settled = await untilObject<ProtectedVM>(admin, refOf(KEPT), {
    what: "the VM has its status",
    condition: (object) => object.status?.observedGeneration === object.metadata.generation,
    timeoutMs: 30_000,
    signal: controller.died,
  });
  expect(condition(settled, "Protected")).toBe("False/FeaturesUnprotected");
  const lease = { kind: "Lease", namespace: "tandem-system", name: "tandem-controller" };
  expect(await admin.find(lease)).toBeDefined();
  expect(await controller.stop()).toBe(0);
});

test("an upgrade brings changed kinds and values, a rollback the former ones", async () => {
  const before = { columns: await columns(), replicas: await replicas() };
  await chart.run(["upgrade", "tandem", nextChart(), ...IN_NAMESPACE], { replicas: 3 });
  expect({ columns: await columns(), replicas: await replicas() }).toEqual({
    columns: before.columns + 1,
    replicas: 3,
  });
  await chart.run(["rollback", "tandem", ...IN_NAMESPACE]);
  expect({ columns: await columns(), replicas: await replicas() }).toEqual(before);
});

test("the rollback that the README shows leaves the newer kinds, and keeps the values", async () => {
  const before = await columns();
  await chart.run(["upgrade", "tandem", nextChart(), ...IN_NAMESPACE], { replicas: 3 });
  await chart.run(shown("helm upgrade tandem"));
  expect({ columns: await columns(), replicas: await replicas() }).toEqual({ columns: before + 1, replicas: 3 });
  expect(await goingAway()).toEqual([]);
  expect(await admin.find(refOf(KEPT))).toBeDefined();
});

test("the server takes all that the values can make, and warns of nothing", async ({ skip }) => {
  if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
  const file = join(chart.home, "objects.json");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: await chart.template(OF_AN_OPERATOR) }));
  const dryRun = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", file];
  const { failed, text } = await output(shell, "kubectl", dryRun);
  expect(failed, text).toBe(false);
  expect(text.replaceAll(/.*version difference.*\n/g, "")).not.toMatch(/warning/i);
});
