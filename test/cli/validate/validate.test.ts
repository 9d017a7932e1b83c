import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Schema } from "../../../src/api/crd.ts";
import { crds } from "../../../src/api/generated/schemas.ts";
import { type Json, type JsonObject, writeYaml } from "../../../src/api/manifest/index.ts";
import { estates, stream } from "../estates.ts";
import { type Outcome, tandem } from "../run.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const MISTAKES = "test/cli/validate/mistakes.yaml";

interface Validation {
  readonly valid: number;
  readonly invalid: number;
  readonly notRead: readonly { readonly kind: string; readonly count: number }[];
  readonly findings: readonly { readonly line: number; readonly path: string; readonly name?: string }[];
}

async function validation(text: string): Promise<Validation> {
  const { code, out, err } = await tandem(["validate", "-f", "-", "-o", "json"], text);
  const result: Validation = JSON.parse(out);
  expect([code, err]).toEqual([result.findings.length === 0 ? 0 : 1, ""]);
  return result;
}

/** What a user sees who runs it in a folder; paths in its answer are theirs. */
function runIn(cwd: string, ...args: string[]): Pick<Outcome, "code" | "out"> {
  const command = [join(ROOT, "src", "main.ts"), "validate", ...args];
  const { status, stdout } = spawnSync(process.execPath, command, { cwd, encoding: "utf8" });
  return { code: status ?? -1, out: stdout };
}

test("the samples are valid", async () => {
  expect(await tandem(["validate", "-f", join(ROOT, "manifests", "samples")])).toEqual({
    code: 0,
    out: "24 valid, 0 invalid, 1 of other kinds not read (1 Kustomization)\n",
    err: "",
  });
});

test("every mistake with its place, what is wrong and what is allowed, and what was not read", async () => {
  const forPeople = runIn(ROOT, "-f", MISTAKES);
  const forPrograms = runIn(ROOT, "-f", MISTAKES, "-o", "json");
  expect([forPeople.code, forPrograms.code]).toEqual([1, 1]);
  await expect(forPeople.out).toMatchFileSnapshot("mistakes.txt");
  await expect(forPrograms.out).toMatchFileSnapshot("mistakes.json");
});

test("what is no YAML is invalid; a file that cannot be read is a failure, and the others are judged all the same", async () => {
  expect(await tandem(["validate", "-f", "-"], "a: [")).toEqual({
    code: 1,
    out: "standard input:1:5: is not YAML: unexpected end of the stream within a flow collection\n0 valid, 1 invalid\n",
    err: "",
  });
  expect(await tandem(["validate", "-f", "/nowhere", "-f", "-"], "kind: Appliance")).toEqual({
    code: 2,
    out: "standard input:1:1: apiVersion: is missing\n0 valid, 1 invalid\n",
    err: "/nowhere: there is no such file or directory\n",
  });
  const { code, err } = await tandem(["validate"]);
  expect([code, err]).toEqual([2, expect.stringMatching(/^error: name the input:/)]);
});

test("nothing of ours is nothing wrong, and it is said; what a terminal must not see is escaped", async () => {
  const others = '{"apiVersion":"a/v1","kind":"Deployment"}\n---\n{"apiVersion":"b/v1","kind":"\\u001b[31mRed"}';
  expect(await tandem(["validate", "-f", "-"], others)).toEqual({
    code: 0,
    out: "0 valid, 0 invalid, 2 of other kinds not read (1 \\u001b[31mRed, 1 Deployment)\n",
    err: "",
  });
  expect(await tandem(["validate", "-f", "-"], "")).toEqual({ code: 0, out: "0 valid, 0 invalid\n", err: "" });
});

test("each object is judged by itself: one that is given twice is two valid ones", async () => {
  const appliance =
    '{"apiVersion":"tandem.dev/v1alpha1","kind":"Appliance","metadata":{"name":"a"},"spec":{"hostName":"h"}}';
  expect(await validation(`${appliance}\n---\n${appliance}`)).toMatchObject({ valid: 2, invalid: 0 });
});

test("a Git revision is read in place of the files", () => {
  const folder = mkdtempSync(join(tmpdir(), "tandem-validate-"));
  try {
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: folder });
    git("init", "-q");
    writeFileSync(join(folder, "vm.yaml"), "kind: ProtectedVM\n");
    git("add", ".");
    git("commit", "-q", "-m", "a");
    writeFileSync(join(folder, "vm.yaml"), "");
    const out = "HEAD:vm.yaml:1:1: apiVersion: is missing\n0 valid, 1 invalid\n";
    expect(runIn(folder, "--from-git", "HEAD")).toEqual({ code: 1, out });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("valid objects are valid, all of them", async () => {
  await fc.assert(
    fc.asyncProperty(estates, async (objects) => {
      expect(await validation(stream(objects))).toMatchObject({ valid: objects.length, invalid: 0, findings: [] });
    }),
  );
});

/** Longer than any text may be, and no number. */
const TOO_LONG = "A".repeat(400);

/** Every place of a value, but for the maps and lists that hold others. */
function* leaves(value: Json, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  if (typeof value !== "object" || value === null) yield path;
  else for (const [key, child] of Object.entries(value)) yield* leaves(child, [...path, key]);
}

function withLeaf(object: JsonObject, path: readonly (string | number)[], value: Json): JsonObject {
  // An object that stands there twice becomes two.
  const copy: JsonObject = JSON.parse(JSON.stringify(object));
  let node = copy as Record<string | number, Json>;
  for (const step of path.slice(0, -1)) node = node[step] as Record<string | number, Json>;
  node[path.at(-1) ?? ""] = value;
  return copy;
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split("\n").length;
}

test("one value out of bounds, anywhere in a spec, is found in its line, and nothing else is", async () => {
  const mutation = estates
    .map((objects) => objects.filter((object) => "spec" in object) as JsonObject[])
    .filter((objects) => objects.length > 0)
    .chain((objects) => {
      const places = objects.flatMap((object, index) =>
        [...leaves(object.spec ?? {})].map((path) => ({ index, path: ["spec", ...path] })),
      );
      return fc.constantFrom(...places).map(({ index, path }) => ({ objects, index, path }));
    });
  await fc.assert(
    fc.asyncProperty(mutation, async ({ objects, index, path }) => {
      const changed = objects.map((object, at) => (at === index ? withLeaf(object, path, TOO_LONG) : object));
      const text = changed.map((object) => writeYaml(object)).join("---\n");
      const { valid, invalid, findings } = await validation(text);
      expect({ valid, invalid }).toEqual({ valid: objects.length - 1, invalid: 1 });
      expect(new Set(findings.map(({ line }) => line))).toEqual(new Set([lineOf(text, TOO_LONG)]));
    }),
  );
});

test("a field that no schema knows is found in its line, in any object of a spec", async () => {
  const mutation = estates.chain((objects) => {
    const ours = objects.filter((object) => "spec" in object) as JsonObject[];
    return fc.constantFrom(...ours.flatMap((object) => [...objectsIn(object)].map((path) => ({ object, path }))));
  });
  await fc.assert(
    fc.asyncProperty(mutation, async ({ object, path }) => {
      const text = writeYaml(withLeaf(object, [...path, "unheardOf"], 1));
      const { findings } = await validation(text);
      expect(findings.map(({ line, path: at }) => [line, at])).toEqual([
        [lineOf(text, "unheardOf"), [...path, "unheardOf"].join(".").replace(/\.(\d+)(?=\.)/g, "[$1]")],
      ]);
    }),
  );
});

/** The places of the objects of a spec whose fields a schema names. */
function* objectsIn(object: JsonObject): Generator<readonly (string | number)[]> {
  const { schema } = crds[object.kind as keyof typeof crds];
  function* within(
    value: Json,
    { properties, items }: Schema,
    path: (string | number)[],
  ): Generator<(string | number)[]> {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) yield* within(item, items ?? {}, [...path, index]);
    } else if (typeof value === "object" && value !== null && properties !== undefined) {
      yield path;
      for (const [key, child] of Object.entries(value)) yield* within(child, properties[key] ?? {}, [...path, key]);
    }
  }
  yield* within(object.spec ?? {}, schema.properties?.spec ?? {}, ["spec"]);
}

test("standard input is in no Git revision, here as for every command", async () => {
  for (const command of ["validate", "render", "lint"]) {
    const { code, err } = await tandem([command, "--from-git", "HEAD", "-f", "-"]);
    expect([code, err]).toEqual([2, "error: standard input (-) is in no Git revision\n"]);
  }
});
