import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { built, NO_KUBECTL, objectsOf, ROOT } from "../manifests/kustomize.ts";
import { monitoringTools } from "../tools-monitoring/tools.ts";
import { DASHBOARD, selectorsOf } from "./queries.ts";
import { ALERTS, FOLDER, RULES } from "./rules.ts";

const BUILD_TIMEOUT_MS = 1_200_000;
const { panels } = DASHBOARD;
const graphs = panels.filter(({ type }) => type !== "row");

test("what scripts/monitoring.ts generates is current", () => {
  execFileSync(process.execPath, [join(ROOT, "scripts", "monitoring.ts"), "--check"], { stdio: "pipe" });
});

test("the rules for the Prometheus Operator are those for Prometheus", () => {
  const rule = load(readFileSync(join(FOLDER, "prometheusrule.yaml"), "utf8"));
  expect(rule).toMatchObject({ kind: "PrometheusRule", spec: load(readFileSync(ALERTS, "utf8")) });
});

test("kubectl kustomize gives the rules, and the dashboard as Grafana's sidecar looks for it", ({ skip }) => {
  if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
  const objects = objectsOf(built("monitoring"));
  expect(objects).toMatchObject([
    { kind: "ConfigMap", metadata: { namespace: "tandem-system", labels: { grafana_dashboard: "1" } } },
    { kind: "PrometheusRule", metadata: { namespace: "tandem-system" }, spec: load(readFileSync(ALERTS, "utf8")) },
  ]);
  const [configMap] = objects as (KubeObject & { data?: Record<string, string> })[];
  expect(JSON.parse(configMap?.data?.["tandem.json"] ?? "")).toEqual(DASHBOARD);
});

test("Grafana's own schema knows every field of it, and misses none", { timeout: BUILD_TIMEOUT_MS }, async ({
  skip,
}) => {
  const tools = await monitoringTools();
  if ("skipped" in tools) return skip(tools.skipped);
  const check = (dashboard: object) => {
    const { status, stdout } = spawnSync(tools.dashboard, { input: JSON.stringify(dashboard), encoding: "utf8" });
    return { status, stdout };
  };
  expect(check(DASHBOARD)).toEqual({ status: 0, stdout: "" });
  expect(check({ ...DASHBOARD, unit: "s" })).toEqual({ status: 1, stdout: "Dashboard: unexpected field 'unit'\n" });
});

test("Grafana can import it: a name of its own, a data source to choose, the namespace and the job", () => {
  expect(DASHBOARD).toMatchObject({ uid: "tandem", title: "Tandem", schemaVersion: expect.any(Number) });
  expect(DASHBOARD.templating.list.map(({ name, type }) => `${type} ${name}`)).toEqual([
    "datasource datasource",
    "query namespace",
    "query job",
  ]);
});

test("no two panels have one id, or one place", () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(places).size).toBe(places.length);
  for (const { gridPos } of panels) expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
});

test("each panel has a title of its own and asks for something, each query under its letter", () => {
  expect(new Set(graphs.map(({ title }) => title)).size).toBe(graphs.length);
  for (const { targets = [] } of graphs) {
    expect(targets.map(({ refId }) => refId)).toEqual(["A", "B", "C"].slice(0, Math.max(1, targets.length)));
  }
});

test("every query takes the chosen controllers alone, every alert those of the job", () => {
  for (const { targets = [] } of graphs) {
    for (const { matchers } of targets.flatMap(({ expr }) => selectorsOf(expr))) {
      expect(matchers).toEqual(
        expect.arrayContaining([
          { label: "namespace", operator: "=", value: "$namespace" },
          { label: "job", operator: "=", value: "$job" },
        ]),
      );
    }
  }
  for (const { matchers } of RULES.flatMap(({ expr }) => selectorsOf(expr))) {
    expect(matchers).toContainEqual({ label: "job", operator: "=", value: "tandem" });
  }
});
