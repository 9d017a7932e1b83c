import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FIGURES } from "../../../src/cli/plan/counts.ts";
import { FEATURE_CHANGES } from "../../../src/cli/plan/kinds.ts";
import { tandem } from "../run.ts";
import { EDITS, SAMPLES } from "./samples.ts";

const PAGE = readFileSync("docs/commands/plan.md", "utf8");
/** What `sed 's/AppliancePreferred/AgentOnly/'` makes of the policies. */
const EDITED = readFileSync(`${SAMPLES}/policies.yaml`, "utf8").replaceAll(/AppliancePreferred(.*)/g, "AgentOnly$1");

test("the page shows what the command prints", async () => {
  const blocks = [...PAGE.matchAll(/```console\n\$ [^\n]*\| tandem (plan [^\n]*)\n([^`]*)```/g)];
  expect(blocks.length).toBeGreaterThan(0);
  for (const [, args = "", out] of blocks) expect((await tandem(args.split(" "), EDITED)).out).toBe(out);
});

test("the comment on the page is the one that the command writes", async () => {
  const { out } = await tandem(["plan", "--from", SAMPLES, "--to", "-", "--apply", "-o", "markdown"], EDITED);
  const [, shown = ""] = /````markdown\n(.*?)````/s.exec(PAGE) ?? [];
  expect(out.startsWith(shown.replace(/…\n$/, ""))).toBe(true);
});

test("the page names every figure, every kind of change, and every field", async () => {
  for (const word of [...Object.keys(FIGURES), ...FEATURE_CHANGES]) expect(PAGE).toContain(`\`${word}\``);
  for (const [figure, meaning] of Object.entries(FIGURES)) expect(PAGE).toContain(`| \`${figure}\` | ${meaning} |`);
  for (const edit of Object.values(EDITS)) {
    const args = ["plan", "--from", SAMPLES, "--to", "-", "-o", "json", "--fail-on", "losses"];
    const { out } = await tandem(args, edit());
    for (const field of fieldsOf(JSON.parse(out))) expect(PAGE).toContain(`\`${field}\``);
  }
});

/** Names of fields that have a meaning of their own: values of declared objects and forecasts are told of elsewhere. */
function fieldsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(fieldsOf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    name,
    ...(name === "fields" || name === "forecast" ? [] : fieldsOf(inner)),
  ]);
}
