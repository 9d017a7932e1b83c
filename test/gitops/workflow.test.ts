import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { tools } from "../tools/tools.ts";
import { textOf } from "./files.ts";
import { run } from "./shell.ts";

const BUILD_TIMEOUT_MS = 10 * 60_000;
const folder = mkdtempSync(join(tmpdir(), "tandem-workflow-"));
const WORKFLOW = textOf("pull-request/github.yaml");
let actionlint = "";
let reasonToSkip: string | undefined;
beforeAll(async () => {
  const built = await tools();
  if ("skipped" in built) reasonToSkip = built.skipped;
  else actionlint = built.actionlint;
}, BUILD_TIMEOUT_MS);
beforeEach(({ skip }) => skip(reasonToSkip !== undefined, reasonToSkip));
afterAll(() => rmSync(folder, { recursive: true }));

/** What actionlint says of a workflow: it knows GitHub's keys, events, permissions, expressions and the inputs of actions. */
async function lint(workflow: string): Promise<string> {
  writeFileSync(join(folder, "tandem.yaml"), workflow);
  // Other linters of scripts are not everywhere.
  const { out, err } = await run([actionlint, "-no-color", "-shellcheck=", "-pyflakes=", "tandem.yaml"], {
    cwd: folder,
  });
  return out + err;
}

test("actionlint finds nothing in the GitHub workflow", async () => {
  expect(await lint(WORKFLOW)).toBe("");
});

test.each([
  ["fetch-depth: 0", "fetch-deep: 0", /input "fetch-deep" is not defined in action "actions\/checkout@v4"/],
  ["github.token }}", "githb.token }}", /undefined variable "githb"/],
  ["pull-requests: write", "pull-request: write", /unknown permission scope "pull-request"/],
  ["runs-on: ubuntu-latest", "run-on: ubuntu-latest", /unexpected key "run-on"/],
])("and would find %s changed to %s", async (before, after, expected) => {
  expect(await lint(WORKFLOW.replace(before, after))).toMatch(expected);
});
