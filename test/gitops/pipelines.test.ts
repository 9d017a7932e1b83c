import { chmodSync, cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, test } from "vitest";
import { deactivate } from "./changes.ts";
import { GITOPS, textOf } from "./files.ts";
import { Forge } from "./forge.ts";
import { programImage, programPackage, runGithub, runGitlab } from "./jobs.ts";
import { Repository } from "./repository.ts";
import { ROOT } from "./verdicts.ts";

/*
 * The jobs and hooks that users copy, run in a temporary Git repository, with the program of this checkout. Each change is
 * one to the samples.
 */
const TANDEM = join(ROOT, "bin", "tandem");
const TIMEOUT_MS = 60_000;

/** A pull request with that change, against a main that has moved on. */
async function pullRequest(change: (repository: Repository) => void): Promise<Repository> {
  const repository = await Repository.withSamples();
  await repository.git("checkout", "--quiet", "-b", "change");
  change(repository);
  await repository.commit("the change");
  await repository.git("checkout", "--quiet", "main");
  rmSync(join(repository.folder, "manifests", "vms-lab.yaml"));
  repository.edit("manifests/kustomization.yaml", "  - vms-lab.yaml\n", "");
  await repository.commit("the lab is gone");
  await repository.git("checkout", "--quiet", "change");
  repository.copyJobs();
  return repository;
}

describe("the GitHub job", { timeout: TIMEOUT_MS }, () => {
  const run = async (repository: Repository, forge: Forge) => {
    programImage(repository, ROOT);
    const expressions = {
      "github.event.pull_request.base.sha": await repository.git("rev-parse", "main"),
      "github.token": forge.token,
      "github.event.pull_request.number": "7",
    };
    const given = { ...forge.github, GITHUB_STEP_SUMMARY: join(repository.folder, "summary.md") };
    return await runGithub(repository, expressions, given);
  };

  test("fails for a change that loses features, and says which in the one comment", async () => {
    using repository = await pullRequest(deactivate);
    await using forge = await Forge.start();
    for (const writes of [1, 2]) {
      const results = await run(repository, forge);
      expect(Object.fromEntries([...results].map(([name, { code }]) => [name, code]))).toEqual({
        "fetch tandem": 0,
        plan: 1,
        comment: 0,
        summary: 0,
        lint: 0,
      });
      expect(forge.writes).toHaveLength(writes);
      expect(forge.comments).toHaveLength(1);
    }
    const [comment] = forge.comments;
    expect(comment?.body).toContain("payments/card-2");
    // What main did since is no part of the change.
    expect(comment?.body).not.toContain("kiosk-1");
    expect(repository.read("summary.md")).toContain("payments/card-2");
    expect(JSON.parse(repository.read("lint.sarif"))).toMatchObject({ version: "2.1.0" });
  });

  test("passes for a change that no guard minds", async () => {
    const edit = (repository: Repository) =>
      repository.edit("manifests/policies.yaml", "priority: 300", "priority: 301");
    using repository = await pullRequest(edit);
    await using forge = await Forge.start();
    const results = await run(repository, forge);
    expect(results.get("plan")).toMatchObject({ code: 0 });
    expect(forge.comments).toHaveLength(1);
  });

  test("fails for a change that cannot be read, and the comment says where", async () => {
    using repository = await pullRequest((one) => one.write("manifests/wrong.yaml", "a: b\nc: : d\n"));
    await using forge = await Forge.start();
    const results = await run(repository, forge);
    expect([...results.values()].map(({ code }) => code)).toEqual([0, 2, 0, 0, 0]);
    expect(repository.read("lint.sarif")).toContain("manifests/wrong.yaml");
    expect(forge.comments[0]?.body).toMatch(/### Tandem cannot read this change\n\n {4}.*manifests\/wrong\.yaml:2/);
  });
});

describe("the GitLab jobs", { timeout: TIMEOUT_MS }, () => {
  test("say the same, and report what lint finds", async () => {
    using repository = await pullRequest(deactivate);
    await using forge = await Forge.start();
    const env = {
      ...forge.gitlab,
      ...programPackage(repository, ROOT),
      CI_MERGE_REQUEST_DIFF_BASE_SHA: await repository.git("merge-base", "main", "HEAD"),
    };
    for (const writes of [1, 2]) {
      expect(await runGitlab(repository, "tandem-plan", env)).toMatchObject({ code: 1 });
      expect(forge.writes).toHaveLength(writes);
    }
    expect(forge.comments.map(({ body }) => body)).toEqual([expect.stringContaining("payments/card-2")]);
    expect(await runGitlab(repository, "tandem-lint", env)).toMatchObject({ code: 0 });
    expect(JSON.parse(repository.read("code-quality.json"))).toBeInstanceOf(Array);
  });

  test("a project without a token for comments gets the plan all the same", async () => {
    using repository = await pullRequest(deactivate);
    const env = {
      ...programPackage(repository, ROOT),
      CI_MERGE_REQUEST_DIFF_BASE_SHA: await repository.git("merge-base", "main", "HEAD"),
    };
    expect(await runGitlab(repository, "tandem-plan", env)).toMatchObject({ code: 1 });
    expect(repository.read("plan.md")).toContain("payments/card-2");
  });

  test("a program that is not the one of that sum does not run", async () => {
    using repository = await pullRequest(deactivate);
    const env = { ...programPackage(repository, ROOT), TANDEM_SHA256: "0".repeat(64) };
    const { code, out, err } = await runGitlab(repository, "tandem-lint", env);
    expect([code, out + err]).toEqual([1, expect.stringContaining("did NOT match")]);
    expect(() => repository.read("code-quality.json")).toThrow();
  });
});

describe("the Git hook", { timeout: TIMEOUT_MS }, () => {
  const commit = async (repository: Repository) =>
    await repository.run(["git", "commit", "--quiet", "-m", "edited"], { TANDEM });
  const hooked = async (): Promise<Repository> => {
    const repository = await Repository.withSamples();
    const hook = join(repository.folder, ".git", "hooks", "pre-commit");
    cpSync(join(GITOPS, "pre-commit", "pre-commit"), hook);
    chmodSync(hook, 0o755);
    return repository;
  };

  test("shows what the commit would do, of what is staged alone", async () => {
    using repository = await hooked();
    deactivate(repository);
    await repository.git("add", "manifests");
    // Not staged, and not even YAML.
    repository.write("manifests/wip.yaml", "a: b\nc: : d\n");
    repository.write("manifests/policies.yaml", "a: b\nc: : d\n");
    const { code, err } = await commit(repository);
    expect([code, err]).toEqual([0, expect.stringContaining("payments/card-2")]);
  });

  test("stops what cannot be read", async () => {
    using repository = await hooked();
    repository.write("manifests/wrong.yaml", "a: b\nc: : d\n");
    await repository.git("add", "manifests");
    const { code, err } = await commit(repository);
    expect([code, err]).toEqual([1, expect.stringMatching(/wrong\.yaml:2/)]);
    expect(await repository.git("log", "--format=%s")).toBe("the estate");
  });

  test("has nothing to say about other files, nor without the program", async () => {
    using repository = await hooked();
    repository.write("README", "hello\n");
    await repository.git("add", "README");
    expect(await repository.run(["git", "commit", "-m", "readme"], { TANDEM: "no-such-program" })).toMatchObject({
      code: 0,
    });
  });

  test("works for the first commit of a repository", async () => {
    using repository = await Repository.start();
    cpSync(join(ROOT, "manifests", "samples"), join(repository.folder, "manifests"), { recursive: true });
    const hook = join(repository.folder, ".git", "hooks", "pre-commit");
    cpSync(join(GITOPS, "pre-commit", "pre-commit"), hook);
    chmodSync(hook, 0o755);
    await repository.git("add", "manifests");
    const { code, err } = await commit(repository);
    expect(code, err).toBe(0);
  });
});

interface Hooks {
  readonly repos: readonly { readonly hooks: readonly { id: string; entry: string; files: string }[] }[];
}

describe("the hooks for pre-commit", { timeout: TIMEOUT_MS }, () => {
  const { repos } = load(textOf("pre-commit/pre-commit-config.yaml")) as Hooks;
  const hooks = repos.flatMap((repo) => repo.hooks);
  const run = async (repository: Repository, id: string) => {
    const { entry = "" } = hooks.find((one) => one.id === id) ?? {};
    repository.program("tandem", `#!/bin/sh\nexec ${TANDEM} "$@"\n`);
    // pre-commit splits as a shell does, and runs without one.
    return await repository.run(["sh", "-c", `exec ${entry}`]);
  };

  test("are for manifests alone", () => {
    for (const { files } of hooks) {
      const pattern = new RegExp(files);
      expect(["manifests/a.yaml", "manifests/b/c.yml", "manifests/d.json"].every((file) => pattern.test(file))).toBe(
        true,
      );
      expect(["README.md", "docs/manifests/a.yaml", "manifests/a.txt"].some((file) => pattern.test(file))).toBe(false);
    }
  });

  test("show a plan, and stop what cannot be read", async () => {
    using repository = await Repository.withSamples();
    deactivate(repository);
    expect(await run(repository, "tandem-plan")).toMatchObject({
      code: 0,
      out: expect.stringContaining("payments/card-2"),
    });
    expect(await run(repository, "tandem-lint")).toMatchObject({ code: 0 });
    repository.write("manifests/wrong.yaml", "a: b\nc: : d\n");
    expect(await run(repository, "tandem-plan")).not.toMatchObject({ code: 0 });
    expect(await run(repository, "tandem-lint")).toMatchObject({
      code: 1,
      out: expect.stringMatching(/wrong\.yaml:2/),
    });
  });
});
