import { expect, test } from "vitest";
import type { ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, policy, vm } from "../cluster/api/support.ts";
import { until } from "../cluster/until.ts";
import { useBadInputCluster } from "./controller.ts";

const METRICS = "127.0.0.1:18099";
const cluster = useBadInputCluster(["--log-level=debug", `--metrics-bind=${METRICS}`]);
const { admin, namespace } = cluster;
/** It must never be at the beginning of a line, nor bare in one. */
const FORGED = '{"level":50,"msg":"forged"}';
const HOSTILE = [
  `a\r\n${FORGED}`,
  `\u001b[2J\u001b[31m${FORGED}`,
  `"}\n${FORGED}\n{"`,
  `\u2028${FORGED}\u2029\u0085`,
  `a\\nforged\\"`,
  'tandem_forged{x="1"} 1\ntandem_forged 2',
];
/** What a terminal obeys; the separators of Unicode are text to it. */
const CONTROL = /[[\p{Cc}]--[\x85]]/v;

/** Lines of a log that are no record of ours, or hold a character that a terminal obeys. */
function notRecords(log: string): string[] {
  const lines = log.split("\n").filter((line) => line !== "");
  return lines.filter((line) => {
    if (CONTROL.test(line) || !line.startsWith("{")) return true;
    const record: unknown = JSON.parse(line);
    return typeof record !== "object" || record === null || !("time" in record && "level" in record && "msg" in record);
  });
}

test("B40: CR LF, ANSI, quotes and 1 MiB of text: one JSON line a record, and the exposition still parses", async () => {
  for (const [index, text] of HOSTILE.entries()) {
    await admin.create(appliance(`b40-${index}`, { hostName: `b40-${index}` }));
    await admin.create(policy(`b40-${index}`, { vmSelector: { matchLabels: { tier: text.slice(0, 63) } } }));
    const object = vm(namespace, `b40-${index}`, {
      hostName: `b40-${index}`,
      guestOS: "Linux",
      features: ["Firewall"],
    });
    const annotations = { note: index === 0 ? text.repeat(6_000) : text };
    await admin.create({ ...object, metadata: { ...object.metadata, annotations } } as ProtectedVM);
  }
  await cluster.right();
  const reports = HOSTILE.map((text, index) => {
    const message = text.repeat(100).slice(0, 1024);
    const status = { reports: [{ source: "Agent", feature: "All", health: "Error", message }] };
    return admin.mergePatch({ kind: "ProtectedVM", namespace, name: `b40-${index}` }, { status }, "status");
  });
  await Promise.all(reports);
  await cluster.right();
  expect(notRecords(cluster.log())).toEqual([]);
  const written = cluster.log().match(/status written/g)?.length ?? 0;
  expect(written, "the log tells of them").toBeGreaterThan(HOSTILE.length);
  const exposition = await until(async () => await (await fetch(`http://${METRICS}/metrics`)).text(), {
    what: "metrics",
  });
  const sample =
    /^[a-zA-Z_:][\w:]*(\{([a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (NaN|[-+]?(Inf|[0-9.e+-]+))( \d+)?$/;
  const odd = exposition.split("\n").filter((line) => line !== "" && !line.startsWith("# ") && !sample.test(line));
  expect(odd).toEqual([]);
  expect(exposition).not.toContain("forged");
  expect(exposition).toContain("controller_runtime_reconcile_total");
});

test("the check of B40 sees what it looks for", () => {
  expect(
    notRecords('{"level":30,"time":"x","msg":"a"}\n{"level":50,"msg":"forged"}\nplain\n\u001b[31m{}\n'),
  ).toHaveLength(3);
});
