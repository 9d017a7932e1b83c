import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { tandem } from "../run.ts";

const PAGE = readFileSync("docs/commands/lint.md", "utf8");

test("the catalogue is what `tandem lint --list -o markdown` prints", async () => {
  const { out } = await tandem(["lint", "--list", "-o", "markdown"]);
  expect(PAGE.slice(PAGE.indexOf("## Catalogue\n\n") + "## Catalogue\n\n".length)).toBe(out);
});

test("every field of the document is described", async () => {
  const { out } = await tandem(["lint", "-f", "manifests/samples", "--min-severity", "note", "-o", "json"]);
  const fields = new Set<string>();
  const walk = (value: unknown, path: string): void => {
    if (Array.isArray(value)) for (const one of value) walk(one, `${path}[]`);
    else if (typeof value === "object" && value !== null) {
      for (const [name, inner] of Object.entries(value)) walk(inner, path === "" ? name : `${path}.${name}`);
    } else fields.add(path.replace(/\[\]$/, ""));
  };
  walk(JSON.parse(out), "");
  const table = PAGE.slice(PAGE.indexOf("## The document"), PAGE.indexOf("## Exit codes"));
  for (const field of fields) expect(table).toContain(field.split(".").at(-1));
});
