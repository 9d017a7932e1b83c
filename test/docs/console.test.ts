import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";

/** What the pages show as a command and its output: ```console, `$ ` and the command, then what it prints. */
const BLOCK = /^```console\n\$ ([^\n]*)\n(.*?)^```$/gms;

const pages = ["README.md", ...globSync("docs/commands/*.md").sort()];
const blocks = pages.flatMap((page) =>
  [...readFileSync(page, "utf8").matchAll(BLOCK)].map(([, command = "", shown = ""]) => ({ page, command, shown })),
);

test("the README and every page of a command but that of the version show a real output", () => {
  const without = pages.filter((page) => !blocks.some((block) => block.page === page));
  expect(without).toEqual(["docs/commands/version.md"]);
});

test.for(blocks)("$page: $command", ({ command, shown }) => {
  const PATH = [join(process.cwd(), "bin"), process.env.PATH].join(delimiter);
  const { stdout } = spawnSync("bash", ["-c", command], { encoding: "utf8", env: { ...process.env, PATH } });
  expect(stdout).toBe(shown);
});
