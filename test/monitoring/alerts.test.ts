import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { monitoringTools, type Promtool, type RuleTest } from "../tools-monitoring/tools.ts";
import { FIRING, NORMAL, QUIET, type Series } from "./cases.ts";
import { ALERTS, RULES, ruleOf } from "./rules.ts";

const BUILD_TIMEOUT_MS = 1_200_000;
const RUN_TIMEOUT_MS = 60_000;
let tools: Awaited<ReturnType<typeof monitoringTools>>;

beforeAll(async () => {
  tools = await monitoringTools();
}, BUILD_TIMEOUT_MS);
beforeEach(({ skip }) => {
  if ("skipped" in tools) skip(tools.skipped);
});

function tool(): Promtool {
  if ("skipped" in tools) throw new Error(tools.skipped);
  return tools.promtool;
}

function inputOf(changes: Series): RuleTest["input_series"] {
  return Object.entries({ ...NORMAL, ...changes }).map(([series, values]) => ({ series, values }));
}

/** `{alertname="A", severity="warning"}`: each alert that fires. */
const firing = (at: string, labels: readonly Record<string, string>[]) => ({
  expr: 'ALERTS{alertstate="firing"}',
  eval_time: at,
  exp_samples: labels.map((one) => ({
    labels: `ALERTS{${Object.entries(one)
      .map(([label, value]) => `${label}="${value}"`)
      .join(", ")}}`,
    value: 1,
  })),
});

test("promtool finds nothing to say about the rules", () => {
  expect(tool().run("check", "rules", "--lint=all", "--lint-fatal", ALERTS)).toContain(
    `SUCCESS: ${RULES.length} rules found`,
  );
});

test("each alert has a case in which it fires", () => {
  expect([...new Set(FIRING.map(({ alert }) => alert))]).toEqual(RULES.map(({ alert }) => alert));
});

describe("an alert fires, it alone, and not before its time", () => {
  test.each(FIRING)(
    "$alert: $when",
    ({ alert, series, silent, fires, labels, description }) => {
      const { annotations, labels: own } = ruleOf(alert);
      const all = { ...labels, ...own };
      tool().test(ALERTS, [
        {
          name: alert,
          interval: "1m",
          input_series: inputOf(series),
          alert_rule_test: [
            {
              eval_time: fires,
              alertname: alert,
              exp_alerts: [{ exp_labels: all, exp_annotations: { ...annotations, description } }],
            },
          ],
          promql_expr_test: [firing(silent, []), firing(fires, [{ alertname: alert, alertstate: "firing", ...all }])],
        },
      ]);
    },
    RUN_TIMEOUT_MS,
  );
});

describe("no alert fires", () => {
  test.each(QUIET)(
    "while $when",
    ({ series, until }) => {
      const times = Array.from({ length: 30 }, (_, index) => `${Math.floor((until * (index + 1)) / 30)}m`);
      tool().test(ALERTS, [
        {
          name: "quiet",
          interval: "1m",
          input_series: inputOf(series),
          promql_expr_test: times.map((at) => firing(at, [])),
        },
      ]);
    },
    RUN_TIMEOUT_MS,
  );
});
