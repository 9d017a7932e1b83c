import { expect, test } from "vitest";
import { SourceText } from "../../../src/api/manifest/index.ts";
import { type Estate, estateOf } from "../../../src/cli/input/estate.ts";
import { APPLIANCE, documents, POLICY, VM } from "../../../src/cli/lint/examples.ts";
import { findingsOf } from "../../../src/cli/lint/find.ts";
import { type Format, printed } from "../../../src/cli/lint/output/print.ts";
import { againstSarif } from "./sarif-schema.ts";

/** An estate as it comes from a cluster: no text, and so no lines and no comments. */
async function fromCluster(text: string): Promise<Estate> {
  const sources = (async function* () {
    yield new SourceText("x", text);
  })();
  const { objects, namespaces, problems } = await estateOf(sources, { namespace: "default" });
  const file = "cluster lab";
  const problem: ReturnType<Estate["manifestOf"]>["problem"] = (path, words) => ({ file, path, text: words });
  return { objects, namespaces, problems, manifestOf: () => ({ source: undefined, start: 0, end: 0, problem }) };
}

test("of a cluster the object is the place", async () => {
  const text = documents(
    APPLIANCE,
    `# tandem:ignore TL204 comments do not get into a cluster\n${VM}  applianceProtection: Disabled\n`,
    POLICY.replace("tier: web", "tier: cache"),
  );
  const findings = findingsOf(await fromCluster(text), "20.0");
  const print = (format: Format) =>
    [...printed(findings, { format, showIgnored: false, screen: { colour: false, progress: false, width: 500 } })].join(
      "",
    );
  expect(print("table")).toBe(`cluster lab: warning TL102 A policy selects no VM
  AffinityPolicy web: selects no VM: spec.vmSelector asks for tier=cache, and no VM meets that; the values that there are: "web" (1 VM)
cluster lab: warning TL204 A VM opts out of its appliance, which is refused
  ProtectedVM shop/web-1: in combined mode the appliance cannot be switched off for one VM; set AgentOnly in spec.affinity for what the agent is to protect
`);
  for (const line of print("github").trimEnd().split("\n")) expect(line).toMatch(/^::warning title=TL/);
  const log = JSON.parse(print("sarif")) as { runs: { results: { locations: object[] }[] }[] };
  expect(againstSarif(log)).toEqual([]);
  expect(log.runs[0]?.results.map(({ locations }) => locations)).toEqual([
    [{ logicalLocations: [{ fullyQualifiedName: "AffinityPolicy web", kind: "object" }] }],
    [{ logicalLocations: [{ fullyQualifiedName: "ProtectedVM shop/web-1", kind: "object" }] }],
  ]);
  const [first] = (JSON.parse(print("json")) as { findings: { place: object }[] }).findings;
  expect(first?.place).toEqual({ file: "cluster lab", path: ["spec", "vmSelector", "matchLabels", "tier"] });
});
