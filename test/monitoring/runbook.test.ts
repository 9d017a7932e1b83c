import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../manifests/kustomize.ts";
import { RULES } from "./rules.ts";
import { SECTIONS as sections, RUNBOOK as text } from "./runbook.ts";

test("each alert has its section, in the order of the rules, and there is no other section", () => {
  expect(sections.map(({ title }) => title)).toEqual(RULES.map(({ alert }) => alert));
});

test("each alert links to its section", () => {
  for (const { alert, annotations } of RULES) {
    expect(annotations.runbook_url).toBe(`docs/runbook.md#${alert.toLowerCase()}`);
  }
});

test("the table says of each alert what the rules say", () => {
  const rows = text.match(/^\| \[.*$/gm);
  expect(rows).toEqual(
    RULES.map(
      ({ alert, labels, for: after = "at once" }) =>
        `| [${alert}](#${alert.toLowerCase()}) | ${labels.severity} | ${after} |`,
    ),
  );
});

test.each(sections)(
  "$title: what it means, what breaks, where to look, what to do, when to call for help",
  ({ body }) => {
    expect(body.match(/^\*\*\w+[.*]/gm)?.map((word) => word.replaceAll(/\W/g, ""))).toEqual([
      "Means",
      "Meanwhile",
      "Look",
      "Do",
      "Escalate",
    ]);
    expect(body).toMatch(/^```sh$/m);
  },
);

test("links within the page lead somewhere", () => {
  const anchors = new Set(sections.map(({ title }) => title.toLowerCase()));
  for (const [, anchor = ""] of text.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
});

test("lines of the log that it quotes or looks for are lines that the program logs", () => {
  const source = globSync("src/**/*.ts", { cwd: ROOT })
    .map((file) => readFileSync(join(ROOT, file), "utf8"))
    .join("\n");
  const quoted = [
    "all kinds are complete again, going on",
    "the lease is lost",
    "status not written",
    "failed, trying again",
  ];
  for (const line of quoted) expect(source).toContain(line);
  for (const line of quoted.slice(0, 3)) expect(text).toContain(line);
});
