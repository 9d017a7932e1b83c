import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/api/object.ts";
import { run } from "../../gitops/shell.ts";
import { MANIFESTS, NO_KUBECTL, objectsOf } from "../../manifests/kustomize.ts";
import { alternatives, DASHBOARD, filledIn, selectorsOf } from "../../monitoring/queries.ts";
import { ALERTS, RULES } from "../../monitoring/rules.ts";
import { COMMANDS, staged } from "../../monitoring/runbook.ts";
import { Scrapes, type Target } from "../../monitoring/scrapes.ts";
import { numberOf } from "../../observe/exposition.ts";
import { moduleFolder } from "../../tools/modules.ts";
import { Promtool, type RuleTest } from "../../tools-monitoring/promtool.ts";
import { ControllerProcess } from "../controller-process.ts";
import { useCluster } from "../fixture.ts";
import { BASE, kubeconfigFor, readFolder, SAMPLES, serviceAccountToken } from "../install.ts";
import { writeKubeconfig } from "../kubeconfig.ts";
import { freePort } from "../processes.ts";
import { untilSettled } from "../settled.ts";
import { deleteAndWait, until } from "../until.ts";

/*
 * The alerts and the dashboard on what two running controllers say of themselves while an appliance is switched off and on:
 * Prometheus' own engine evaluates them.
 */
const { admin, namespace } = useCluster();
const BUILD_TIMEOUT_MS = 1_200_000;
const SWITCHED = { kind: "Appliance", name: "dsva-esx-01" };
const OWN = { namespace: "tandem-system", job: "tandem" };
const VARIABLES = { ...OWN, __rate_interval: "10m" };

const controllers: ControllerProcess[] = [];
const targets: Target[] = [];
const scrapes = new Scrapes();
let promtool: Promtool | { skipped: string };
let probes = 0;
/** VMs by feature that nobody protects, and by module that they wait for: as the leader says at the end. */
let unprotected: string[] = [];
let pending: string[] = [];

beforeAll(async () => {
  promtool = await Promtool.built();
  if ("skipped" in promtool) return;
  const kubeconfig = kubeconfigFor(admin, await serviceAccountToken(admin, "tandem-system", "tandem-controller"));
  for (let index = 0; index < 2; index++) {
    const port = await freePort();
    probes = await freePort();
    const binds = [`--metrics-bind=127.0.0.1:${port}`, `--probe-bind=127.0.0.1:${probes}`];
    controllers.push(new ControllerProcess(kubeconfig, binds));
    targets.push({ port, labels: { ...OWN, instance: `127.0.0.1:${port}` } });
    // The first leads, and then the second one comes.
    await until(async () => leads(await new Scrapes().take(targets)) && true, { what: "one leads" });
  }
  await scrapes.take(targets);
  for (const object of readFolder(SAMPLES)) {
    if (object.kind === "Namespace") continue;
    const { metadata } = object;
    await admin.apply({
      ...object,
      metadata: metadata.namespace === undefined ? metadata : { ...metadata, namespace },
    });
  }
  await untilSettled(admin);
  await scrapes.take(targets);
  for (const activation of ["Deactivated", "Activated"]) {
    await admin.mergePatch(SWITCHED, { spec: { activation } });
    await untilSettled(admin);
    await scrapes.take(targets);
  }
  const [leader] = await scrapes.take(targets);
  if (leader === undefined) throw new Error("nobody was scraped");
  const above0 = (name: string, label: string) =>
    leader.samples
      .filter((sample) => sample.name === name && sample.value > 0)
      .map(({ labels }) => `${labels.get(label)}`)
      .toSorted();
  unprotected = above0("tandem_features_unprotected", "feature");
  pending = above0("tandem_modules_pending", "module");
}, BUILD_TIMEOUT_MS);

afterAll(async () => {
  for (const one of controllers) {
    await one.stop();
    await one[Symbol.asyncDispose]();
  }
});

beforeEach(({ skip }) => {
  if ("skipped" in promtool) skip(promtool.skipped);
});

function leads([first]: Awaited<ReturnType<Scrapes["take"]>>): boolean {
  return first !== undefined && numberOf(first, "leader_election_master_status", { name: "tandem-controller" }) === 1;
}

/** What each expression must be at the time of the last scrape. */
function evaluate(expected: Readonly<Record<string, number>>): void {
  if ("skipped" in promtool) throw new Error(promtool.skipped);
  const promql_expr_test = Object.entries(expected).map(([expr, value]) => ({
    expr,
    eval_time: `${scrapes.count - 1}m`,
    exp_samples: [{ labels: "{}", value }],
  }));
  promtool.test(ALERTS, [{ name: "scrapes", interval: "1m", input_series: scrapes.series(), promql_expr_test }]);
}

/** Whether there is a number: what cannot be said, 0 of 0, is not equal to itself. */
const some = (expr: string) => `count((${expr}) == (${expr})) > bool 0`;

const QUERIES = DASHBOARD.panels.flatMap(({ title, targets: queries = [] }) =>
  queries.map(({ expr, legendFormat }) => ({ title, expr: filledIn(expr, VARIABLES), legend: legendFormat })),
);

describe("the dashboard", () => {
  test.each(QUERIES)("$title, $legend: the query returns data", ({ expr }) => {
    evaluate({ [some(expr)]: 1 });
  });

  test("each label in a legend is one that the query returns", () => {
    const labels = QUERIES.flatMap(({ expr, legend }) =>
      [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => ({ expr, label })),
    );
    expect(labels.length).toBeGreaterThan(10);
    // A label that is not there is "" to Prometheus, and so is every label of `vector(1)`.
    evaluate(
      Object.fromEntries(
        labels.map(({ expr, label }) => [
          `count(count by (${label}) (${expr}) and on (${label}) vector(1)) or vector(0)`,
          0,
        ]),
      ),
    );
  });

  test("what the variables offer are the namespace and the job of the controllers", () => {
    evaluate({ 'count(tandem_build_info{namespace="tandem-system", job="tandem"})': 2 });
  });
});

test("every metric, label and value that alerts and dashboard name is one of a running controller", () => {
  const exprs = [...RULES.map(({ expr }) => expr), ...QUERIES.map(({ expr }) => expr)];
  const selectors = new Set(exprs.flatMap((expr) => selectorsOf(expr).flatMap(alternatives)));
  expect(selectors.size).toBeGreaterThan(30);
  evaluate(Object.fromEntries([...selectors].map((selector) => [`count(${selector}) > bool 0`, 1])));
});

test("if all went on like this for a day, only VMs that are unprotected or wait for modules would be reported", () => {
  if ("skipped" in promtool) throw new Error(promtool.skipped);
  expect([unprotected.length, pending.length]).toEqual([expect.any(Number), expect.any(Number)]);
  expect(unprotected.length * pending.length).toBeGreaterThan(0);
  const alert = (alertname: string, label: string) => (value: string) => ({
    labels: `ALERTS{alertname="${alertname}", alertstate="firing", ${label}="${value}", job="tandem", namespace="tandem-system", severity="warning"}`,
    value: 1,
  });
  const ofADay: RuleTest = {
    name: "a day",
    interval: "1m",
    input_series: scrapes.series(1_560),
    promql_expr_test: [
      {
        // How busy a machine is that runs tests is not known.
        expr: 'ALERTS{alertstate="firing", alertname!="TandemEventLoopLag"}',
        eval_time: "1560m",
        exp_samples: [
          ...unprotected.map(alert("TandemFeaturesUnprotected", "feature")),
          ...pending.map(alert("TandemInstallsPending", "module")),
        ],
      },
    ],
  };
  promtool.test(ALERTS, [ofADay]);
});

describe("the commands of the runbook", () => {
  const folder = mkdtempSync(join(tmpdir(), "tandem-runbook-"));
  const log = join(folder, "controller.log");
  const stage = () => ({ kubeconfig: admin.kubeconfig, log, port: probes, vm: `${namespace}/vault-1` });
  const bash = (command: string) => run(["bash", "-c", staged(command, stage())], { cwd: folder });
  const [deployment] = readFolder(BASE).filter(({ kind }) => kind === "Deployment") as [
    KubeObject & { spec: Template },
  ];
  interface Template {
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: object };
  }

  beforeAll(async () => {
    // A Pod that was killed once, as a kubelet would report it; nobody runs it here.
    await admin.apply(deployment);
    const { metadata, spec } = deployment.spec.template;
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, name: "killed", namespace: OWN.namespace },
      spec,
    };
    await pods("POST", "", pod);
    const lastState = { terminated: { exitCode: 137, reason: "OOMKilled" } };
    const container = { name: "controller", image: "tandem", imageID: "", ready: false, restartCount: 3, lastState };
    await pods("PATCH", "/killed/status", { status: { containerStatuses: [container] } });
    // One more controller, with no API server to talk to, logs what is wrong.
    const nowhere = join(folder, "nowhere.kubeconfig");
    writeKubeconfig(nowhere, { server: "https://127.0.0.1:9", token: "none" });
    await using lost = new ControllerProcess(nowhere);
    await until(() => /lease could not be taken/.test(lost.log()) && /list failed/.test(lost.log()), {
      what: "it says that it cannot reach the server",
    });
    const refused = { level: 50, time: "", controller: "protectedvm", name: "x", err: { message: "invalid" } };
    const late = { ...refused, level: 40, msg: "status not written, trying again" };
    const lines = [
      { ...refused, msg: "the API server refuses this status: left alone until the object changes" },
      late,
    ];
    writeFileSync(log, lost.log() + lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  });
  afterAll(async () => {
    await pods("DELETE", "/killed", { gracePeriodSeconds: 0 });
    await admin.delete({ kind: "Deployment", namespace: OWN.namespace, name: deployment.metadata.name });
    rmSync(folder, { recursive: true });
  });

  async function pods(method: "POST" | "PATCH" | "DELETE", path: string, body: object): Promise<void> {
    const contentType = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    const to = `/api/v1/namespaces/${OWN.namespace}/pods${path}`;
    const { status, body: answer } = await admin.request({ method, path: to, body, contentType });
    expect(status, JSON.stringify(answer)).toBeLessThan(300);
  }

  test.for(COMMANDS)("$title: $command", async ({ command }, { skip }) => {
    if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
    if (/ (port-forward|top) /.test(command)) skip("there is no node here");
    const { code, out, err } = await bash(command);
    expect(code, err).toBe(0);
    if (command.includes("can-i")) expect(out.trim()).toBe("yes");
    // What went wrong is in the log, and a VM of each sort in the samples: what looks for them must find them.
    if (!command.includes("get events")) expect(out).not.toBe("");
  });
});

describe("what kubectl kustomize makes of manifests/monitoring", () => {
  const MODULE = {
    path: "github.com/prometheus-operator/prometheus-operator",
    version: "v0.85.0",
    sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
  };
  const CRD = "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml";

  test("a real API server takes it, with the Prometheus Operator's own kind", async ({ skip, onTestFinished }) => {
    if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
    const folder = await moduleFolder(MODULE);
    if (typeof folder !== "string") return skip(folder.skipped);
    const crd = load(readFileSync(join(folder, CRD), "utf8")) as KubeObject;
    const ref = { kind: "CustomResourceDefinition", name: crd.metadata.name };
    if ((await admin.find(ref)) === undefined) {
      await admin.create(crd);
      onTestFinished(() => deleteAndWait(admin, ref));
      const path = "/apis/monitoring.coreos.com/v1/prometheusrules";
      await until(async () => (await admin.request({ method: "GET", path })).status === 200, { what: "it is served" });
    }
    const built = execFileSync("kubectl", ["kustomize", join(MANIFESTS, "monitoring")], { encoding: "utf8" });
    const said = execFileSync(
      "kubectl",
      ["apply", "--kubeconfig", admin.kubeconfig, "--dry-run=server", "--validate=strict", "-f", "-"],
      { input: built, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] },
    );
    expect(said.trimEnd().split("\n")).toEqual([
      "configmap/tandem-dashboard created (server dry run)",
      "prometheusrule.monitoring.coreos.com/tandem created (server dry run)",
    ]);
    expect(objectsOf(built)).toHaveLength(2);
  });
});
