import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import metadata from "../../package.json" with { type: "json" };
import { readText, SourceText } from "../../src/api/manifest/index.ts";
import { tandem } from "./run.ts";

const DOCUMENT = {
  apiVersion: "cli.tandem.dev/v1",
  kind: "Version",
  tandem: metadata.version,
  node: process.versions.node,
  platform: `${process.platform}/${process.arch}`,
  api: "tandem.dev/v1alpha1",
};

test("says what is running, for people and for programs", async () => {
  expect(await tandem(["version"])).toEqual({
    code: 0,
    out:
      `tandem ${DOCUMENT.tandem}\nnode ${DOCUMENT.node} ${DOCUMENT.platform}\n` +
      "API tandem.dev/v1alpha1\ndocuments cli.tandem.dev/v1\n",
    err: "",
  });
  const json = await tandem(["version", "-o", "json"]);
  expect(json).toMatchObject({ code: 0, err: "" });
  expect(JSON.parse(json.out)).toEqual(DOCUMENT);
  const yaml = await tandem(["version", "-o", "yaml"]);
  expect(yaml).toMatchObject({ code: 0, err: "" });
  expect(readText(new SourceText("version", yaml.out)).manifests[0]?.object).toEqual(DOCUMENT);
});

test("other formats there are none", async () => {
  expect(await tandem(["version", "-o", "wide"])).toMatchObject({ code: 2, out: "" });
  expect(await tandem(["version", "more"])).toMatchObject({ code: 2, out: "" });
});

test("docs/commands/version.md tells of every field", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/commands/version.md"), "utf8");
  const fields = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(fields).toEqual(Object.keys(DOCUMENT));
  for (const line of ["tandem", "node", "API", "documents"]) expect(page).toMatch(new RegExp(`^${line} \\S+`, "m"));
});
