import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../../src/api/object.ts";
import { run } from "../../gitops/shell.ts";
import { NO_KUBECTL } from "../../manifests/kustomize.ts";
import { COMMANDS, staged } from "../../monitoring/runbook.ts";
import { applySamples } from "../../monitoring/samples.ts";
import { ControllerProcess } from "../controller-process.ts";
import { useCluster } from "../fixture.ts";
import { BASE, kubeconfigFor, readFolder, serviceAccountToken } from "../install.ts";
import { writeKubeconfig } from "../kubeconfig.ts";
import { freePort } from "../processes.ts";
import { untilSettled } from "../settled.ts";
import { until } from "../until.ts";

/*
 * Every command of docs/runbook.md, on a cluster without nodes: the Deployment is there, a Pod that was killed once, the
 * samples with a controller that runs beside, and the log of one that has all sorts of trouble.
 */
const { admin, namespace } = useCluster();
const SYSTEM = "tandem-system";
const folder = mkdtempSync(join(tmpdir(), "tandem-runbook-"));
const log = join(folder, "controller.log");

interface Deployment extends KubeObject {
  readonly spec: { readonly template: { readonly metadata: object; readonly spec: object } };
}
const [deployment] = readFolder(BASE).filter(({ kind }) => kind === "Deployment") as Deployment[];
let controller: ControllerProcess | undefined;
let port = 0;

beforeAll(async () => {
  const token = await serviceAccountToken(admin, SYSTEM, "tandem-controller");
  port = await freePort();
  controller = new ControllerProcess(kubeconfigFor(admin, token), [`--probe-bind=127.0.0.1:${port}`]);
  await applySamples(admin, namespace);
  await untilSettled(admin);
  if (deployment === undefined) throw new Error("manifests/base has no Deployment");
  await admin.apply(deployment);
  const { metadata, spec } = deployment.spec.template;
  await pods("POST", "", { apiVersion: "v1", kind: "Pod", metadata: { ...metadata, name: "killed" }, spec });
  const lastState = { terminated: { exitCode: 137, reason: "OOMKilled" } };
  const container = { name: "controller", image: "tandem", imageID: "", ready: false, restartCount: 3, lastState };
  await pods("PATCH", "/killed/status", { status: { containerStatuses: [container] } });
  await writeTroubledLog();
});

afterAll(async () => {
  await pods("DELETE", "/killed", { gracePeriodSeconds: 0 });
  await admin.delete({ kind: "Deployment", namespace: SYSTEM, name: "tandem-controller" });
  await controller?.stop();
  await controller?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A controller with no API server to talk to says what is wrong; two lines more are as test/controller has them written. */
async function writeTroubledLog(): Promise<void> {
  const nowhere = join(folder, "nowhere.kubeconfig");
  writeKubeconfig(nowhere, { server: "https://127.0.0.1:9", token: "none" });
  await using lost = new ControllerProcess(nowhere);
  await until(() => /lease could not be taken/.test(lost.log()) && /list failed/.test(lost.log()), {
    what: "it says that it cannot reach the server",
  });
  const line = { level: 50, time: "", controller: "protectedvm", namespace: "shop", name: "x", err: { message: "no" } };
  const lines = [
    { ...line, msg: "the API server refuses this status: left alone until the object changes" },
    { ...line, level: 40, alike: 0, msg: "status not written, trying again" },
  ];
  writeFileSync(log, lost.log() + lines.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

async function pods(method: "POST" | "PATCH" | "DELETE", path: string, body: object): Promise<void> {
  const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const to = `/api/v1/namespaces/${SYSTEM}/pods${path}`;
  const { status, body: answer } = await admin.request({ method, path: to, body, contentType });
  expect(status, JSON.stringify(answer)).toBeLessThan(300);
}

test.for(COMMANDS)("$title: $command", async ({ command }, { skip }) => {
  if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
  if (/ (port-forward|top) /.test(command)) skip("there is no node here");
  const script = staged(command, { kubeconfig: admin.kubeconfig, log, port, vm: `${namespace}/vault-1` });
  const { code, out, err } = await run(["bash", "-c", script], { cwd: folder });
  expect(code, err).toBe(0);
  if (command.includes("can-i")) expect(out.trim()).toBe("yes");
  // There are VMs of each sort, and the log has lines of each: what looks for them must find them. Of statuses that are refused
  // or out of date there is none.
  else if (!/ get events| > |observedGeneration/.test(command)) expect(out.trim()).not.toBe("");
});
