import { expect, test } from "vitest";
import { APPLIANCE, documents, POLICY, VM } from "../../../src/cli/lint/examples.ts";
import { uriOf } from "../../../src/cli/lint/output/parts.ts";
import { tandem } from "../run.ts";
import { againstSarif } from "./sarif-schema.ts";

const SAMPLES = ["-f", "manifests/samples", "--min-severity", "note"];
/** Everything at once: a refused object, a silenced finding, a wrong comment, VMs of one cause, an evil file. */
const ODD = documents(
  APPLIANCE,
  `# tandem:ignore TL204 until: the agents, 100% of them, are gone\n${VM}  applianceProtection: Disabled\n`,
  ...["b", "c", "d", "e"].map((name) => VM.replace("web-1", name).replace("Windows", "Linux")),
  POLICY.replace("network: AgentPreferred", "antiMalware: ApplianceOnly"),
  POLICY.replace("AgentPreferred", '"50%, ::error::<b>\\n| @team"').replace("name: web", "name: odd"),
  `# tandem:ignore TL999\n${POLICY.replace("name: web", "name: other").replace("tier: web", "tier: wbe")}`,
);

interface Log {
  readonly runs: {
    readonly results: Result[];
    readonly tool: { readonly driver: { readonly rules: { id: string }[] } };
  }[];
}
interface Result {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly partialFingerprints: Record<string, string>;
  readonly suppressions?: { readonly kind: string; readonly justification: string }[];
  readonly locations: { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } }[];
}

async function sarif(args: readonly string[], text = ""): Promise<Log["runs"][number]> {
  const { out } = await tandem(["lint", ...args, "-o", "sarif"], text);
  const log = JSON.parse(out) as Log;
  expect(againstSarif(log)).toEqual([]);
  const [run] = log.runs;
  if (run === undefined) throw new Error("no run");
  return run;
}

test.each([
  ["table", "txt"],
  ["wide", "txt"],
  ["json", "txt"],
  ["yaml", "txt"],
  ["sarif", "txt"],
  ["github", "txt"],
  ["gitlab", "txt"],
  ["markdown", "md"],
])("-o %s over the samples", async (format, ending) => {
  const { code, out, err } = await tandem(["lint", ...SAMPLES, "-o", format]);
  expect(code).toBe(1);
  expect(err).toBe("7 warnings, 1 note\n");
  // The version of the program is in it.
  await expect(out.replace(/("version": ")0\.\d+\.\d+"/, '$1VERSION"')).toMatchFileSnapshot(
    `./golden/samples-${format}.${ending}`,
  );
});

test.each(["table", "github", "gitlab", "markdown"])("-o %s of odd input stays in its lines", async (format) => {
  const { code, out } = await tandem(["lint", "-f", "-", "-o", format, "--show-ignored"], ODD);
  expect(code).toBe(1);
  await expect(out).toMatchFileSnapshot(`./golden/odd-${format}.txt`);
  if (format === "github")
    for (const line of out.trimEnd().split("\n")) expect(line).toMatch(/^::(error|warning|notice) /);
});

test("SARIF is valid, refers to its rules, and has silenced findings as suppressions", async () => {
  for (const [args, text] of [[SAMPLES], [["-f", "-"], ODD]] as const) {
    const { results, tool } = await sarif(args, text);
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(results.filter(({ suppressions }) => suppressions !== undefined).map(({ ruleId }) => ruleId)).toEqual(
      text === undefined ? [] : ["TL204"],
    );
  }
});

test("fingerprints differ between findings, and stay when lines move and VMs of the same cause come and go", async () => {
  const prints = async (text: string) =>
    (await sarif(["-f", "-", "--min-severity", "note"], text)).results.map(
      (one) => one.partialFingerprints["tandem/v1"],
    );
  const before = await prints(ODD);
  expect(new Set(before).size).toBe(before.length);
  const moved = `# A head.\n\n${ODD}---\n${VM.replace("web-1", "f").replace("Windows", "Linux")}`;
  expect(new Set(await prints(moved))).toEqual(new Set(before));
});

test("places are URIs below the present folder, or absolute", () => {
  expect(uriOf("manifests/a b#1.yaml")).toBe("manifests/a%20b%231.yaml");
  expect(uriOf(`${process.cwd()}/x.yaml`)).toBe("x.yaml");
  expect(uriOf("HEAD~1:a b.yaml", "HEAD~1")).toBe("a%20b.yaml");
  expect(uriOf("../x y.yaml")).toMatch(/^file:\/\/\/.*x%20y\.yaml$/);
});

test("of a Git revision tools get the path in the repository, people also the revision", async () => {
  const text = await tandem(["lint", "--from-git", "HEAD", "-f", "manifests/samples", "-o", "table"]);
  expect(text.out).toMatch(/^HEAD:manifests\/samples\/policies\.yaml:\d+:\d+: warning TL120 /);
  const annotations = await tandem(["lint", "--from-git", "HEAD", "-f", "manifests/samples", "-o", "github"]);
  expect(annotations.out).toMatch(/^::warning file=manifests\/samples\/policies\.yaml,line=/);
});

test("colour only where there is one", async () => {
  const { out } = await tandem(["lint", ...SAMPLES], "", { colour: true });
  expect(out).toContain("\u001b[33mwarning\u001b[39m");
  expect((await tandem(["lint", ...SAMPLES])).out).not.toContain("\u001b");
});
