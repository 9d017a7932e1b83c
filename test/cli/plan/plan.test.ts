import { load } from "js-yaml";
import { expect, test } from "vitest";
import { FIGURES } from "../../../src/cli/plan/counts.ts";
import { type Outcome, tandem } from "../run.ts";
import { EDITS, SAMPLES } from "./samples.ts";

const EXTENSIONS = { table: "txt", wide: "wide.txt", markdown: "md", json: "json.txt" };

/** Plans from the samples to a copy of them. */
function toEdit(name: string, ...args: string[]): Promise<Outcome> {
  return tandem(["plan", "--from", SAMPLES, "--to", "-", ...args], EDITS[name]?.());
}

for (const name of Object.keys(EDITS)) {
  for (const [output, extension] of Object.entries(EXTENSIONS)) {
    test(`the samples, ${name}, as ${output}`, async () => {
      const { code, out, err } = await toEdit(name, "-o", output);
      expect([code, err]).toEqual([name === "nothing" ? 0 : 1, ""]);
      await expect(out).toMatchFileSnapshot(`golden/${name}.${extension}`);
    });
  }
}

test("YAML says what JSON says", async () => {
  for (const name of Object.keys(EDITS)) {
    const [json, yaml] = [await toEdit(name, "-o", "json"), await toEdit(name, "-o", "yaml")];
    expect(load(yaml.out)).toEqual(JSON.parse(json.out));
  }
});

test("guards: 1 only if one fails, and every output says which, with its figure", async () => {
  const guarded = (guards: string, output: string) => toEdit("deactivated", "--fail-on", guards, "-o", output);
  expect((await guarded("conflicts,installs>3", "table")).code).toBe(0);
  const document = /losses>5/;
  const says = {
    table: /^FAILED guard losses>5: 6 found, 5 allowed\npassed guard installs>100: 3 found, 100 allowed\n/,
    wide: /^FAILED guard losses>5: 6 found/,
    markdown: /^<!-- tandem plan -->\n## .*\n\n- \*\*Guard failed: losses>5\*\* \(6 found, 5 allowed\)\n/,
    json: document,
    yaml: document,
  };
  for (const [output, pattern] of Object.entries(says)) {
    const { code, out } = await guarded("losses>5, installs>100", output);
    expect([code, out]).toEqual([1, expect.stringMatching(pattern)]);
  }
});

test("guards may be given several times", async () => {
  const { code, out } = await toEdit("deactivated", "--fail-on", "moves", "--fail-on", "gains", "-o", "json");
  expect([code, JSON.parse(out).guards]).toEqual([
    1,
    [
      { guard: "moves", figure: "moves", limit: 0, found: 4, failed: true },
      { guard: "gains", figure: "gains", limit: 0, found: 0, failed: false },
    ],
  ]);
});

test("a guard that is no word is refused, and the words are listed; help lists them too", async () => {
  for (const guard of ["lossses", "", "losses,", "losses>", "losses>-1", "losses<3", "constructor"]) {
    const { code, out, err } = await toEdit("nothing", "--fail-on", guard);
    expect([code, out]).toEqual([2, ""]);
    for (const word of Object.keys(FIGURES)) expect(err).toContain(word);
  }
  const { out } = await tandem(["plan", "--help"]);
  const [, words = ""] = /Guards \(--fail-on\): ([^;]+);/.exec(out) ?? [];
  expect(words.split(/,\s+/)).toEqual(Object.keys(FIGURES));
});

test("colours: losses red, installs yellow, gains green; none where there is no terminal", async () => {
  const coloured = async (name: string) =>
    (await tandem(["plan", "--from", SAMPLES, "--to", "-"], EDITS[name]?.(), { colour: true })).out;
  expect(await coloured("deactivated")).toContain("\u001b[31mlost ");
  expect(await coloured("deactivated")).toMatch(/\[33mto agent .*to install/);
  expect(await coloured("priority")).toMatch(/\[32m +1 {2}wanted feature gains protection/);
  expect((await toEdit("deactivated")).out).not.toContain("\u001b");
});

test("bad input on either side: every problem, nothing on stdout, 2", async () => {
  const bad = "apiVersion: tandem.dev/v1alpha1\nkind: Appliance\nmetadata: {name: x}\nspec: {}\n";
  for (const sides of [
    ["--from", SAMPLES, "--to", "-"],
    ["--from", "-", "--to", SAMPLES],
  ]) {
    const { code, out, err } = await tandem(["plan", ...sides], bad);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain("standard input:4:");
  }
});
