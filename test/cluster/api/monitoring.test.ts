import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/api/object.ts";
import { MANIFESTS, NO_KUBECTL, objectsOf } from "../../manifests/kustomize.ts";
import { alternatives, DASHBOARD, filledIn, selectorsOf } from "../../monitoring/queries.ts";
import { ALERTS, RULES } from "../../monitoring/rules.ts";
import { applySamples } from "../../monitoring/samples.ts";
import { Scrapes, type Target } from "../../monitoring/scrapes.ts";
import { numberOf } from "../../observe/exposition.ts";
import { moduleFolder } from "../../tools/modules.ts";
import { monitoringTools, type RuleTest } from "../../tools-monitoring/tools.ts";
import { ControllerProcess } from "../controller-process.ts";
import { useCluster } from "../fixture.ts";
import { kubeconfigFor, serviceAccountToken } from "../install.ts";
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
const VARIABLES = { ...OWN, __rate_interval: "1h" };

const controllers: ControllerProcess[] = [];
const targets: Target[] = [];
const scrapes = new Scrapes();
let tools: Awaited<ReturnType<typeof monitoringTools>>;
/** VMs by feature that nobody protects, and by module that they wait for: as the leader says at the end. */
let unprotected: string[] = [];
let pending: string[] = [];

beforeAll(async () => {
  tools = await monitoringTools();
  if ("skipped" in tools) return;
  const kubeconfig = kubeconfigFor(admin, await serviceAccountToken(admin, "tandem-system", "tandem-controller"));
  for (let index = 0; index < 2; index++) {
    const port = await freePort();
    controllers.push(new ControllerProcess(kubeconfig, [`--metrics-bind=127.0.0.1:${port}`]));
    targets.push({ port, labels: { ...OWN, instance: `127.0.0.1:${port}` } });
    // The first leads, and then the second one comes.
    await until(async () => leads(await new Scrapes().take(targets)) && true, { what: "one leads" });
  }
  await scrapes.take(targets);
  await applySamples(admin, namespace);
  await untilSettled(admin);
  await scrapes.take(targets);
  for (const activation of ["Deactivated", "Activated"]) {
    await admin.mergePatch(SWITCHED, { spec: { activation } });
    await untilSettled(admin);
    await scrapes.take(targets);
  }
  // Events are sent a moment after what they tell of, and a rate needs them twice.
  const hasSent = async () => {
    const [leader] = await scrapes.take(targets);
    return leader?.samples.some(({ name }) => name === "tandem_events_total");
  };
  await until(hasSent, { what: "Events are sent" });
  const [last] = await scrapes.take(targets);
  if (last === undefined) throw new Error("nobody was scraped");
  const above0 = (name: string, label: string) =>
    last.samples
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
  if ("skipped" in tools) skip(tools.skipped);
});

function leads([first]: Awaited<ReturnType<Scrapes["take"]>>): boolean {
  return first !== undefined && numberOf(first, "leader_election_master_status", { name: "tandem-controller" }) === 1;
}

/** What each expression must be at the time of the last scrape. */
function evaluate(expected: Readonly<Record<string, number>>): void {
  if ("skipped" in tools) throw new Error(tools.skipped);
  const promql_expr_test = Object.entries(expected).map(([expr, value]) => ({
    expr,
    eval_time: `${scrapes.count - 1}m`,
    exp_samples: [{ labels: "{}", value }],
  }));
  tools.promtool.test(ALERTS, [{ name: "scrapes", interval: "1m", input_series: scrapes.series(), promql_expr_test }]);
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
  if ("skipped" in tools) throw new Error(tools.skipped);
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
  tools.promtool.test(ALERTS, [ofADay]);
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
