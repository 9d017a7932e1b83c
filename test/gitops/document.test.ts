import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { deactivate } from "./changes.ts";
import { DOCUMENT, documentWith, scriptOf } from "./document.ts";
import { Repository } from "./repository.ts";
import { ROOT } from "./verdicts.ts";

const TANDEM = join(ROOT, "bin", "tandem");

test("every link of docs/gitops.md leads to something", () => {
  const links = [...documentWith("comment", "").matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => link ?? "");
  const files = links.filter((link) => !/^(https:|#)/.test(link));
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((link) => !existsSync(join(dirname(DOCUMENT), link)))).toEqual([]);
});

test("the comment that it shows is the one that a pull request gets", async () => {
  using repository = await Repository.withSamples();
  deactivate(repository);
  const guards = ["--fail-on", "losses,conflicts,installs>100"];
  const plan = ["plan", "-R", "--from", "git:HEAD", "-f", "manifests", "-o", "markdown", ...guards] as const;
  const { code, out } = await repository.run([TANDEM, ...plan]);
  expect(code).toBe(1);
  const [, title = "", rest = ""] = /^<!-- .* -->\n(.*\n)([\s\S]*?)\n### /.exec(out) ?? [];
  await expect(documentWith("comment", `\`\`\`markdown\n${title}${rest.trimEnd()}\n\`\`\``)).toMatchFileSnapshot(
    DOCUMENT,
  );
});

test("the script for kustomize compares what it builds before and after", async ({ skip }) => {
  using repository = await Repository.withSamples();
  try {
    await repository.run(["kubectl", "version", "--client"]);
  } catch {
    skip("there is no kubectl on the PATH");
  }
  await repository.git("update-ref", "refs/remotes/origin/main", "HEAD");
  await repository.git("checkout", "--quiet", "-b", "change");
  deactivate(repository);
  await repository.commit("switch it off");
  repository.program("tandem", `#!/bin/sh\nexec ${TANDEM} "$@"\n`);
  // In a folder of its own: the script puts a worktree beside the repository.
  const script = scriptOf("kustomize").replaceAll("../before", "before");
  const { code, out, err } = await repository.run(["sh", "-e", "-c", script]);
  expect([code, err]).toEqual([1, expect.not.stringContaining("rror")]);
  expect(out).toContain("payments/card-2");
});
