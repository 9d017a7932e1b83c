import { expect, test } from "vitest";
import { APPLIANCE, documents, VM } from "../../../src/cli/lint/examples.ts";
import { tandem } from "../run.ts";
import { codes, lint, type Report } from "./lint.ts";

/** A VM that opts out in combined mode: TL204, on its last line. */
const BAD = `${VM}  applianceProtection: Disabled\n`;
const REASON = "until the agents are gone";

function linted(vm: string): Promise<Report> {
  return lint(documents(APPLIANCE, vm), "--show-ignored");
}

function silenced({ findings }: Report): string[] {
  return findings.filter(({ ignored }) => ignored !== undefined).map(({ code }) => code);
}

test.each([
  ["on the line of the finding", BAD.replace("Disabled", `Disabled # tandem:ignore TL204 ${REASON}`)],
  ["on the line above", BAD.replace("  applianceP", `  # tandem:ignore TL204 ${REASON}\n  applianceP`)],
  [
    "above, with other comments between",
    BAD.replace("  applianceP", `  # tandem:ignore TL204 ${REASON}\n  # and more\n  applianceP`),
  ],
  ["first in the document", `# tandem:ignore TL204 ${REASON}\n${BAD}`],
  ["among the first comments", `\n# A VM.\n#tandem:ignore   TL204   ${REASON}\n\n${BAD}`],
  ["with Windows' line ends", `# tandem:ignore TL204 ${REASON}\n${BAD}`.replaceAll("\n", "\r\n")],
  [
    "among several codes",
    `# tandem:ignore TL204, TL205 ${REASON}\n${BAD.replace("modules", "licensedFeatures: [], modules")}`,
  ],
])("a comment %s silences it, visibly", async (_, vm) => {
  const report = await linted(vm);
  expect(codes(report)).toEqual(silenced(report));
  expect(codes(report)).toContain("TL204");
  expect(report.findings.every(({ ignored }) => ignored?.reason === REASON)).toBe(true);
  expect(report.summary).toMatchObject({ errors: 0, warnings: 0, notes: 0, ignored: codes(report).length });

  const { code, out, err } = await tandem(["lint", "-f", "-"], documents(APPLIANCE, vm));
  expect([code, out]).toEqual([0, ""]);
  expect(err).toBe(`no findings; ${codes(report).length} silenced by comments (--show-ignored)\n`);
});

test.each([
  ["two lines above", `  # tandem:ignore TL204 ${REASON}\n  affinity: {}\n  applianceP`],
  ["below", `  applianceP`, `\n  # tandem:ignore TL204 ${REASON}\n`],
])("a comment %s silences nothing, and says so", async (_, above, below = "\n") => {
  const report = await linted(BAD.replace("  applianceP", above).replace("Disabled\n", `Disabled${below}`));
  expect(codes(report).sort()).toEqual(["TL012", "TL204"]);
  expect(silenced(report)).toEqual([]);
});

test("without a reason it silences nothing; an unknown code comes with the one that was meant", async () => {
  const noReason = await linted(`# tandem:ignore TL204\n${BAD}`);
  expect(codes(noReason)).toEqual(["TL011", "TL204"]);
  expect(silenced(noReason)).toEqual([]);
  const bare = await linted(`# tandem:ignore\n${BAD}`);
  expect(bare.findings[0]).toMatchObject({ code: "TL011", message: "no code and no reason are given" });
  const unknown = await linted(`# tandem:ignore TL240,tl204 ${REASON}\n${BAD}`);
  expect(unknown.findings.filter(({ code }) => code === "TL010").map(({ message }) => message)).toEqual([
    expect.stringMatching(/^TL240 is no code that can be silenced; did you mean TL2/),
    "tl204 is no code that can be silenced; did you mean TL204?",
  ]);
});

test("what the API server would refuse cannot be silenced", async () => {
  const report = await linted(`# tandem:ignore TL002 ${REASON}\n${VM}`);
  expect(codes(report)).toEqual(["TL010"]);
});

test.each([
  ["double quotes", '"a # tandem:ignore TL204 no comment"'],
  ["single quotes", "'it''s # tandem:ignore TL204 no comment'"],
  ["a word that goes on", "x # tandem:ignored TL204 of another tool"],
  ["no blank before", "x#tandem:ignore TL204 no comment"],
])("%s: not a comment of ours", async (_, value) => {
  const report = await linted(
    BAD.replace("labels: {tier: web}", "labels: {tier: web}").replace(
      "metadata: {",
      `metadata: {annotations: {note: ${value}\n}, `,
    ),
  );
  expect(codes(report)).toEqual(["TL204"]);
});

test("an item of a list has its own first lines, and one comment does not reach the next object", async () => {
  const item = (name: string) =>
    BAD.replace("web-1", name)
      .trimEnd()
      .split("\n")
      .map((line, index) => `${index === 0 ? "- " : "  "}${line}`)
      .join("\n");
  const list = `apiVersion: v1\nkind: List\nitems:\n# tandem:ignore TL204 ${REASON}\n${item("web-1")}\n${item("web-2")}\n`;
  const report = await linted(list);
  expect(report.findings.map(({ code, vms, ignored }) => [code, vms?.sample, ignored !== undefined])).toEqual([
    ["TL204", ["shop/web-1"], true],
    ["TL204", ["shop/web-2"], false],
  ]);
});

test("of many VMs of one cause, one is silenced and the others stay one finding", async () => {
  const vms = ["a", "b", "c"].map((name) => BAD.replace("web-1", name));
  const [a, b = "", c = ""] = vms;
  const report = await lint(documents(APPLIANCE, `# tandem:ignore TL204 ${REASON}\n${a}`, b, c));
  expect(report.findings.map(({ vms }) => vms)).toEqual([{ total: 2, sample: ["shop/b", "shop/c"] }]);
  expect(report.summary).toMatchObject({ warnings: 1, ignored: 1 });
});

test("a comment counts as used although its code is not asked for", async () => {
  const text = documents(APPLIANCE, `# tandem:ignore TL204 ${REASON}\n${BAD}`);
  expect(codes(await lint(text, "--skip", "TL204"))).toEqual([]);
  expect(codes(await lint(text, "--only", "TL012"))).toEqual([]);
});
