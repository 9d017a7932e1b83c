import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { goPrograms } from "../cluster/build.ts";

/** Compiles for real, one tiny program that needs nothing of the standard library. */
let folder = "";
const module = () => join(folder, "module");
const said: string[] = [];

function write(file: string, text: string): void {
  const path = join(module(), file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const saying = (word: string) => `package main\n\nfunc main() { print("${word}") }\n`;
const build = () =>
  goPrograms(
    { what: "the thing", module: module(), cache: "things", packages: { said: "./say/v2" }, takes: "no time" },
    { say: (line) => said.push(line) },
  );
const builds = () => said.filter((line) => line.startsWith("Building the thing")).length;

async function output(): Promise<string> {
  const built = await build();
  if ("skipped" in built) throw new Error(built.skipped);
  return execFileSync(built.said, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

beforeEach(({ skip }) => {
  try {
    execFileSync("go", ["version"]);
  } catch {
    skip("there is no go on the PATH");
  }
  folder = mkdtempSync(join(tmpdir(), "tandem-go-"));
  said.length = 0;
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  // Go's own caches stay where they are, or every run would compile the runtime anew.
  for (const name of ["GOCACHE", "GOMODCACHE"]) {
    vi.stubEnv(name, execFileSync("go", ["env", name], { encoding: "utf8", env: outside }).trim());
  }
  write("go.mod", "module example.com/thing\n\ngo 1.26.0\n");
  write("go.sum", "");
  write("say/v2/main.go", saying("one"));
});
const outside = { ...process.env };

afterEach(() => {
  vi.unstubAllEnvs();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
});

test("a program is built once, under the name that was asked for, and again when a Go file changes", async () => {
  await output();
  await output();
  expect(builds()).toBe(1);
  expect(said.join("\n")).toMatch(/once for this machine\n {2}usually takes no time.*\n {2}built in /);
  write("say/v2/main.go", saying("two"));
  await output();
  expect(builds()).toBe(2);
  expect(readdirSync(join(folder, "cache", "tandem", "things"))).toHaveLength(2);
});

test("two that want it at once build it once", async () => {
  const [one, two] = await Promise.all([build(), build()]);
  expect(two).toEqual(one);
  expect(builds()).toBe(1);
  expect(said).toContain("Waiting for another build of the thing on this machine");
});

test("what does not compile says why, and leaves nothing behind", async () => {
  write("say/v2/main.go", "package main\n\nfunc main() { nonsense() }\n");
  await expect(build()).rejects.toMatchObject({
    code: "BuildFailed",
    message: expect.stringMatching(/^the thing: the build failed:\n[\s\S]*undefined: nonsense/),
  });
  expect(readdirSync(join(folder, "cache", "tandem", "things"))).toEqual([]);
});

test("without a Go compiler the answer is why, and no failure", async () => {
  vi.stubEnv("PATH", folder);
  expect(await build()).toEqual({ skipped: expect.stringMatching(/^no usable Go compiler \(.*ENOENT/) });
});
