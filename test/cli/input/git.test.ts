import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { formatProblem, readSources, SourceText } from "../../../src/api/manifest/index.ts";
import { readGit } from "../../../src/cli/input/git/read.ts";
import { commit, enter, git, repository, temporaryFolder, write } from "./repository.ts";

/** What is read, each source as `file=text` or as its problem. */
async function shown(sources: AsyncIterable<SourceText | Parameters<typeof formatProblem>[0]>): Promise<string[]> {
  const read: string[] = [];
  for await (const source of sources) {
    read.push(source instanceof SourceText ? `${source.file}=${source.text}` : formatProblem(source));
  }
  return read;
}

const atRevision = (revision: string, paths = ["."], recursive = true) =>
  shown(readGit({ revision, paths, recursive }));
const onDisk = (paths = ["."], recursive = true) =>
  shown(readSources(paths, { recursive, stdin: (async function* () {})() }));

const FILES = {
  "b.yaml": "b",
  "a/c.yml": "c",
  "a.yaml": "a",
  "a/d e/é.json": "é",
  "a/notes.txt": "no",
  "Z/x.yaml": "x",
};

test("a clean tree reads as its last commit does, with and without -R, from the root and from below", async () => {
  const folder = repository({ ...FILES, "a/link.yaml": "-> ../b.yaml", "l/deep.yaml": "-> ../a/d e/é.json" });
  for (const [below, paths] of [
    [".", ["."]],
    [".", ["a", "b.yaml", "a/d e"]],
    ["a", [".", "../Z", "d e/é.json"]],
    ["a", [join(folder, "Z")]],
  ] as const) {
    for (const recursive of [true, false]) {
      enter(join(folder, below));
      const texts = (read: string[]) => read.map((one) => one.replace(/^[^=]*[/:]/, ""));
      expect(texts(await atRevision("HEAD", [...paths], recursive))).toEqual(
        texts(await onDisk([...paths], recursive)),
      );
    }
  }
});

test("random trees read in the same order", { timeout: 60_000 }, async () => {
  const name = fc.constantFrom("a", "a.b", "a-b", "ab", "B", "é", "a.yaml");
  const path = fc.array(name, { minLength: 0, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(path, { selector: String, minLength: 1, maxLength: 8 }), async (folders) => {
      const files = Object.fromEntries(
        folders.map((parts, index) => [[...parts, `f${index}.yaml`].join("/"), `${index}`]),
      );
      const folder = temporaryFolder();
      git(folder, "init", "-q", "-b", "main");
      write(folder, files);
      commit(folder);
      enter(folder);
      const strip = (read: string[]) => read.map((one) => one.replace("main:", ""));
      expect(strip(await atRevision("main"))).toEqual(await onDisk());
    }),
    { numRuns: 15 },
  );
});

test("places read REV:path:line:column, the path from the root of the repository", async () => {
  const folder = repository({ "clusters/prod/bad.yaml": "a" });
  enter(join(folder, "clusters"));
  expect(await atRevision("main", ["prod"])).toEqual(["main:clusters/prod/bad.yaml=a"]);
  expect(await atRevision("main", ["prod", "nothing", "../..", "../clusters"], false)).toEqual([
    "main:clusters/prod/bad.yaml=a",
    "main:clusters/nothing: there is no such file or directory",
    "main:../..: is outside of the repository",
    "main:clusters: has no manifest; files are read that end in .yaml, .yml, .json; -R descends",
  ]);
});

test("an older commit, a tag, a deleted file and a deleted folder", async () => {
  const folder = repository(FILES);
  git(folder, "tag", "v1");
  rmSync(join(folder, "a"), { recursive: true });
  write(folder, { "b.yaml": "new" });
  commit(folder);
  enter(folder);
  expect(await atRevision("v1", ["a", "b.yaml"], false)).toEqual(["v1:a/c.yml=c", "v1:b.yaml=b"]);
  expect(await atRevision("HEAD~1", ["b.yaml"])).toEqual(["HEAD~1:b.yaml=b"]);
  expect(await atRevision("HEAD", ["a", "b.yaml"])).toEqual([
    "HEAD:a: there is no such file or directory",
    "HEAD:b.yaml=new",
  ]);
  // What is not committed is not read.
  write(folder, { "b.yaml": "newer", "c.yaml": "c" });
  expect(await atRevision("HEAD", ["b.yaml"])).toEqual(["HEAD:b.yaml=new"]);
});

test("links are followed in the tree; those that lead nowhere, out of it or to a folder are told", async () => {
  const folder = repository({
    "a/x.yaml": "x",
    folder: "-> a",
    "l/1.yaml": "-> ../a/x.yaml",
    "l/2.yaml": "-> /etc/passwd",
    "l/3.yaml": "-> nothing",
    "l/4.yaml": "-> 4.yaml",
    "l/5.yaml": "-> ../a",
    "l/6.yaml": "-> ../../../out.yaml",
    "l/ignored": "-> nothing",
  });
  enter(folder);
  expect(await atRevision("main", ["folder"])).toEqual(["main:folder/x.yaml=x"]);
  expect(await atRevision("main", ["l"])).toEqual([
    "main:l/1.yaml=x",
    "main:l/2.yaml: is a link to what is outside of the repository",
    "main:l/3.yaml: is a link to what is not in this revision",
    "main:l/4.yaml: is a link that leads to itself",
    "main:l/5.yaml: is a link to a folder; name the folder with -f",
    "main:l/6.yaml: is a link to what is outside of the repository",
  ]);
});

test("a submodule is told, where its files would have been read", async () => {
  const inner = repository({ "x.yaml": "x" });
  const folder = repository({ "a.yaml": "a" });
  git(folder, "submodule", "--quiet", "add", inner, "sub");
  commit(folder);
  enter(folder);
  const told = "is a submodule, whose files are not in this repository; name the folders beside it with -f";
  expect(await atRevision("main")).toEqual(["main:a.yaml=a", `main:sub: ${told}`]);
  expect(await atRevision("main", ["sub"])).toEqual([`main:sub: ${told}`]);
  expect(await atRevision("main", ["."], false)).toEqual(["main:a.yaml=a"]);
});

test("a bare repository and a worktree", async () => {
  const folder = repository(FILES);
  const bare = join(temporaryFolder(), "bare.git");
  git(folder, "clone", "-q", "--bare", folder, bare);
  enter(bare);
  expect(await atRevision("main", ["a"], false)).toEqual(["main:a/c.yml=c"]);
  const tree = join(temporaryFolder(), "tree");
  git(folder, "worktree", "add", "-q", tree, "-b", "other");
  enter(join(tree, "a"));
  expect(await atRevision("other", ["."], false)).toEqual(["other:a/c.yml=c"]);
});

test("a shallow clone says how to fetch what it lacks", async () => {
  const folder = repository(FILES);
  git(folder, "branch", "release");
  commit(folder);
  const clone = join(temporaryFolder(), "clone");
  git(folder, "clone", "-q", "--depth=1", `file://${folder}`, clone);
  enter(clone);
  const told = (revision: string) => expect(atRevision(revision)).rejects;
  await told("origin/release").toThrow(
    'there is no Git revision "origin/release" here, in a clone that is not whole; fetch it: git fetch --depth=1 origin release:refs/remotes/origin/release',
  );
  await told("HEAD~1").toThrow("git fetch --unshallow makes it whole");
  git(clone, "fetch", "-q", "--depth=1", "origin", "release:refs/remotes/origin/release");
  expect(await atRevision("origin/release", ["b.yaml"])).toEqual(["origin/release:b.yaml=b"]);
});

test("no revision, no repository, no git: each is a usage error that says what to do", async () => {
  const folder = repository(FILES);
  enter(folder);
  const told = (revision: string) => expect(atRevision(revision)).rejects;
  await told("--upload-pack=touch x").toThrow('"--upload-pack=touch x" is no Git revision; name a branch');
  await told("").toThrow("is no Git revision");
  await told("v9").toThrow('there is no Git revision "v9" here; fetch it: git fetch origin v9');
  await told("HEAD:b.yaml").toThrow('there is no Git revision "HEAD:b.yaml" here; is its name right?');
  await told("x\u001b[31m").toThrow(String.raw`"x\u001b[31m"`);
  vi.stubEnv("PATH", "/nowhere");
  await told("main").toThrow("there is no git on the PATH");
  vi.unstubAllEnvs();
  enter(temporaryFolder());
  await told("main").toThrow("there is no Git repository here; run this in one");
});

test("a pointer of Git LFS, a large file, text that is no UTF-8, a file without a line end", async () => {
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n";
  const folder = repository({ "1.yaml": pointer, "2.yaml": "x".repeat(3_000_000), "3.yaml": "", "4.yaml": "a\nb" });
  enter(folder);
  const read = await atRevision("main");
  expect(read[0]).toBe(
    "main:1.yaml:1:1: is a pointer of Git LFS: its text is not in the repository; check it out and read the file (-f)",
  );
  expect(read[1]?.length).toBe(3_000_000 + "main:2.yaml=".length);
  expect(read.slice(2)).toEqual(["main:3.yaml=", "main:4.yaml=a\nb"]);
});

test("nothing that the repository configures is run", async () => {
  const folder = repository({ "a.yaml": "a", ".gitattributes": "*.yaml filter=evil diff=evil\n" });
  const ran = join(folder, "ran");
  for (const key of ["filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv", "core.pager", "core.fsmonitor"]) {
    git(folder, "config", key, `touch ${ran};cat`);
  }
  mkdirSync(join(folder, ".git", "hooks"), { recursive: true });
  enter(folder);
  expect(await atRevision("main")).toEqual(["main:a.yaml=a"]);
  expect(existsSync(ran)).toBe(false);
});
