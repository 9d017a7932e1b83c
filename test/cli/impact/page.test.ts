import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { tandem } from "../run.ts";

const PAGE = readFileSync("docs/commands/impact.md", "utf8");

test("every field of the document is on the page", async () => {
  const questions = [
    ["appliance", "--all", "-f", "manifests/samples"],
    ["appliance", "dsva-a1", "dsva-a2", "-f", "test/cli/impact/estate.yaml"],
    ["host", "esx-01.dc1.example", "--evacuate-to", "esx-02.dc1.example", "-f", "manifests/samples"],
  ];
  for (const question of questions) {
    const { out } = await tandem(["impact", ...question, "-o", "json"]);
    for (const field of fieldsOf(JSON.parse(out))) expect(PAGE, field).toContain(`\`${field}\``);
  }
});

function fieldsOf(value: unknown): Set<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((item) => [...fieldsOf(item)]));
  if (typeof value !== "object" || value === null) return new Set();
  const own = Object.entries(value).flatMap(([key, inner]) => [key, ...fieldsOf(inner)]);
  return new Set(own.filter((field) => field !== "apiVersion" && field !== "kind"));
}
