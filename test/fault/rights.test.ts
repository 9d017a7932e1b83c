import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { Admin } from "../cluster/admin.ts";
import { BASE, kubeconfigFor, readFolder } from "../cluster/install.ts";
import { until } from "../cluster/until.ts";
import { editVm } from "./edits.ts";
import { inParallel } from "./estate.ts";
import { CALM, FAIL_STATIC, logged, NAMESPACE, range, untilLogged, useRig } from "./rig.ts";

const VMS = 40;
/** Attempts grow rarer the longer they fail: here it is a few seconds. Milliseconds. */
const AFTER_GIVEN_BACK = 10_000;
const ROLE = { kind: "ClusterRole", name: "tandem-controller" };

interface Rule {
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const rig = useRig();

/** Takes one resource out of the controller's role; the answer gives it back, and the end of the test does so in any case. */
async function takeAway(resource: string): Promise<() => Promise<void>> {
  const shipped = readFolder(BASE).find(({ kind }) => kind === ROLE.kind);
  if (shipped === undefined) throw new Error("there is no ClusterRole in manifests/base");
  const { rules } = shipped as typeof shipped & { rules: readonly Rule[] };
  const less = rules
    .map((rule) => ({ ...rule, resources: rule.resources.filter((other) => other !== resource) }))
    .filter(({ resources }) => resources.length > 0);
  await rig().admin.mergePatch(ROLE, { rules: less });
  const giveBack = async (): Promise<void> => {
    await rig().admin.mergePatch(ROLE, { rules });
  };
  onTestFinished(giveBack);
  return giveBack;
}

async function editAll(): Promise<void> {
  await inParallel(range(VMS), (n) => editVm(rig().admin, { namespace: NAMESPACE, n }, 1 + (n % 2)));
}

test.each(["affinitypolicies"])(
  "F37: list and watch of %s taken away and given back: fail static",
  async (resource) => {
    const { admin, auditor, plane } = rig();
    await rig().populate(VMS);
    const controller = await rig().startController();
    await rig().right(15_000);
    const giveBack = await takeAway(resource);
    await plane.apiServer.kill();
    await plane.apiServer.start();
    await untilLogged(controller, FAIL_STATIC);
    auditor.clear();
    await editAll();
    await admin.delete({ kind: "Appliance", name: "dsva-2" });
    await admin.mergePatch(
      { kind: "AffinityPolicy", name: "everywhere" },
      { spec: { affinity: { network: "AgentOnly" } } },
    );
    await sleep(3_000);
    expect(auditor.decisions(), "decisions without a kind").toEqual([]);
    await giveBack();
    await rig().right(AFTER_GIVEN_BACK);
    expect(await rig().writesWithin(CALM)).toEqual([]);
  },
);

test("F37: the right to write VM statuses taken away and given back", async () => {
  const { auditor } = rig();
  await rig().populate(VMS);
  const controller = await rig().startController();
  await rig().right(15_000);
  const giveBack = await takeAway("protectedvms/status");
  await sleep(500);
  auditor.clear();
  await editAll();
  await sleep(3_000);
  expect(auditor.decisions("ProtectedVM"), "VM statuses written without the right").toEqual([]);
  expect(logged(controller, /forbidden/i).length, "attempts").toBeGreaterThan(0);
  expect(logged(controller, /./).length, "log lines in 3 s").toBeLessThan(100);
  await giveBack();
  await rig().right(5_000);
  expect(auditor.decisions("ProtectedVM").length, "writes").toBe(VMS);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

/** A ServiceAccount token that ends when its Secret does. */
async function revocableToken(): Promise<{ token: string; revoke: () => Promise<void> }> {
  const { admin, secrets } = rig();
  const secret = { kind: "Secret", namespace: "tandem-system", name: `bound-${randomBytes(4).toString("hex")}` };
  const { name, namespace } = secret;
  const { metadata } = await admin.create<KubeObject>({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
  });
  const { body } = await admin.request({
    method: "POST",
    path: "/api/v1/namespaces/tandem-system/serviceaccounts/tandem-controller/token",
    body: {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { expirationSeconds: 3600, boundObjectRef: { apiVersion: "v1", kind: "Secret", name, uid: metadata.uid } },
    },
  });
  const { token } = (body as { status: { token: string } }).status;
  secrets.push(token);
  const revoke = async (): Promise<void> => {
    await admin.delete(secret);
    await using bearer = new Admin(kubeconfigFor(admin, token));
    // The API server remembers for ten seconds that a token was good.
    const isRefused = async () => (await bearer.request({ method: "GET", path: "/api/v1/namespaces" })).status === 401;
    await until(isRefused, { what: "the token is refused", timeoutMs: 20_000 });
  };
  return { token, revoke };
}

test("F36: the kubeconfig rewritten with another token, after the old one has been refused for a while", async () => {
  const old = await revocableToken();
  const next = await revocableToken();
  const kubeconfig = kubeconfigFor(rig().admin, old.token);
  await rig().populate(VMS);
  await rig().startDirect(kubeconfig);
  await rig().right(15_000);
  await old.revoke();
  await editAll();
  await sleep(2_000);
  writeFileSync(kubeconfig, readFileSync(kubeconfigFor(rig().admin, next.token)));
  await rig().right(5_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F36: a kubeconfig with a tokenFile, which is swapped as a Secret's files are", async () => {
  const old = await revocableToken();
  const next = await revocableToken();
  const kubeconfig = kubeconfigFor(rig().admin, old.token);
  const link = `${kubeconfig}.token`;
  const point = (name: string, token: string): void => {
    writeFileSync(`${link}.${name}`, `${token}\n`, { mode: 0o600 });
    symlinkSync(`${link}.${name}`, `${link}.swap`);
    renameSync(`${link}.swap`, link);
  };
  point("old", old.token);
  const config = JSON.parse(readFileSync(kubeconfig, "utf8"));
  config.users[0].user = { tokenFile: link };
  writeFileSync(kubeconfig, JSON.stringify(config));
  await rig().populate(VMS);
  await rig().startDirect(kubeconfig);
  await rig().right(15_000);
  point("next", next.token);
  await old.revoke();
  await editAll();
  await rig().right(5_000);
});
