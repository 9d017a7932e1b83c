import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GITOPS } from "./files.ts";
import { Forge } from "./forge.ts";
import { Repository } from "./repository.ts";
import { run } from "./shell.ts";

const SCRIPTS = join(GITOPS, "pull-request");
const MARKER = "<!-- tandem plan -->";

describe.each(["github", "gitlab"] as const)("comment.mjs on %s", (name) => {
  const folder = mkdtempSync(join(tmpdir(), "tandem-comment-"));
  let forge: Forge;
  beforeAll(async () => {
    forge = await Forge.start();
  });
  afterAll(async () => {
    await forge[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const comment = async (text: string, env: Record<string, string> = {}) => {
    writeFileSync(join(folder, "plan.md"), `${MARKER}\n${text}`);
    const command = [process.execPath, join(SCRIPTS, "comment.mjs"), "plan.md"] as const;
    return await run(command, { cwd: folder, env: { ...forge[name], ...env } });
  };

  test("posts one comment, and replaces it from then on, however many others there are", async () => {
    for (let index = 0; index < 130; index++) forge.write(`I think that ${MARKER} ${index}`);
    forge.write(`${MARKER}\nnothing to see here`);
    for (const text of ["first", "second", "third"]) {
      expect(await comment(text)).toMatchObject({ code: 0, err: "" });
      const marked = forge.comments.filter(({ body }) => body.startsWith(MARKER)).map(({ body }) => body);
      expect(marked).toEqual([`${MARKER}\nnothing to see here`, `${MARKER}\n${text}`]);
    }
    expect(forge.writes.map((one) => one.split(" ")[0])).toEqual(
      name === "github" ? ["POST", "PATCH", "PATCH"] : ["POST", "PUT", "PUT"],
    );
  });

  test("cuts what is longer than a comment can be", async () => {
    expect(await comment("x".repeat(100_000))).toMatchObject({ code: 0 });
    const body = forge.comments.at(-1)?.body ?? "";
    expect(body).toHaveLength(65_536);
    expect(body).toMatch(/x\n\n… the rest is in the log of the job\.$/);
  });

  test("posts nothing that it would not find again", async () => {
    writeFileSync(join(folder, "other.md"), "no marker");
    const command = [process.execPath, join(SCRIPTS, "comment.mjs"), "other.md"] as const;
    const { code, err } = await run(command, { cwd: folder, env: forge[name] });
    expect([code, err]).toEqual([1, expect.stringContaining("other.md does not begin with a comment of HTML")]);
  });

  test("fails with the answer of the forge", async () => {
    const { code, err } = await comment("refused", { GITHUB_TOKEN: "wrong", COMMENT_TOKEN: "wrong" });
    expect(code).toBe(1);
    expect(err).toMatch(/GET .*: 401 .*Bad credentials/);
  });
});

describe("plan.sh", () => {
  const stub = (code: number, out: string, err = "") =>
    `#!/bin/sh\necho "$@" > called\nprintf '%s' '${out}'\nprintf '%s' '${err}' >&2\nexit ${code}\n`;
  const planned = async (repository: Repository, env: Record<string, string> = {}) =>
    await repository.run(["sh", join(SCRIPTS, "plan.sh")], { BASE: "main", PATHS: "manifests more", ...env });

  test("compares with the merge base, not with what the other branch has become", async () => {
    using repository = await Repository.withSamples();
    repository.program("tandem", stub(1, "a plan"));
    const base = await repository.git("rev-parse", "HEAD");
    await repository.git("checkout", "--quiet", "-b", "change");
    repository.write("manifests/new.yaml", "");
    await repository.commit("ours");
    await repository.git("checkout", "--quiet", "main");
    repository.write("manifests/other.yaml", "");
    await repository.commit("theirs");
    await repository.git("checkout", "--quiet", "change");
    expect(await planned(repository)).toMatchObject({ code: 1 });
    expect(repository.read("called").trim()).toBe(
      `plan -R --from git:${base} --to git:HEAD -f manifests -f more --fail-on losses,conflicts,installs>100 -o markdown`,
    );
    expect(repository.read("plan.md")).toBe("a plan");
  });

  test("says in the comment why there is no plan, as text that is no markdown", async () => {
    using repository = await Repository.withSamples();
    repository.program("tandem", stub(2, "", "a.yaml:1:1: ```\n# wrong\n"));
    const { code, err } = await planned(repository, { PATHS: "manifests" });
    expect([code, err]).toEqual([2, "a.yaml:1:1: ```\n# wrong\n"]);
    expect(repository.read("plan.md")).toBe(
      "<!-- tandem plan -->\n### Tandem cannot read this change\n\n    a.yaml:1:1: ```\n    # wrong\n",
    );
  });

  test("a program that is not there is a failure too, not a guard that holds", async () => {
    using repository = await Repository.withSamples();
    expect(await planned(repository, { TANDEM: "no-such-program" })).toMatchObject({ code: 2 });
    expect(repository.read("plan.md")).toContain("no-such-program");
  });

  test("a checkout without history is told so", async () => {
    using repository = await Repository.withSamples();
    repository.program("tandem", stub(0, ""));
    await repository.git("checkout", "--quiet", "--orphan", "alone");
    await repository.commit("no past");
    const { code, err } = await planned(repository);
    expect(code).toBe(2);
    expect(err).toContain("was the repository fetched with its whole history?");
  });
});
