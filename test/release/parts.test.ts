import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bundledPackages, licencesOf } from "../../scripts/licences.ts";
import { tarGz } from "../../scripts/tar.ts";

const folder = mkdtempSync(join(tmpdir(), "tandem-release-parts-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
}

test("a package inside another is one of its own, and one without a licence is not passed on", () => {
  for (const [path, version] of [
    ["node_modules/@a/b", "1.0.0"],
    ["node_modules/c", "2.0.0"],
    ["node_modules/c/node_modules/@a/b", "0.9.0"],
  ]) {
    write(`${path}/package.json`, JSON.stringify({ name: path?.split("node_modules/").at(-1), version }));
  }
  const files = ["src/main.ts", "node_modules/c/node_modules/@a/b/x.js", "node_modules/@a/b/lib/x.js"];
  const packages = bundledPackages(folder, [...files, "node_modules/@a/b/lib/y.js", "builtin:node:fs"]);
  expect(packages).toEqual([
    { folder: "node_modules/c/node_modules/@a/b", name: "@a/b", version: "0.9.0" },
    { folder: "node_modules/@a/b", name: "@a/b", version: "1.0.0" },
  ]);
  write("node_modules/@a/b/license.md", "Do with it what you like.\n");
  expect(() => licencesOf(folder, packages)).toThrow("node_modules/c/node_modules/@a/b has no file with its licence");
  expect(licencesOf(folder, packages.slice(1))).toContain("@a/b@1.0.0");
  expect(licencesOf(folder, packages.slice(1))).toContain("Do with it what you like.");
});

test("the system's tar reads what we pack, of any length and in any folder", () => {
  const files = { empty: "", block: "x".repeat(512), "one more": "ü".repeat(300), "deep/er/file.yaml": "a: 1\n" };
  for (const [path, text] of Object.entries(files)) write(`packed/${path}`, text);
  const packed = join(folder, "packed.tgz");
  writeFileSync(packed, tarGz(join(folder, "packed"), "top"));
  const target = mkdtempSync(join(folder, "unpacked-"));
  execFileSync("tar", ["-xzf", packed, "-C", target]);
  for (const [path, text] of Object.entries(files)) expect(readFileSync(join(target, "top", path), "utf8")).toBe(text);
  write(`packed/${"long/".repeat(20)}file`, "");
  expect(() => tarGz(join(folder, "packed"), "top")).toThrow("too long for a tar file");
});
