import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import metadata from "../../package.json" with { type: "json" };
import type { Sbom } from "../../scripts/sbom.ts";
import { tandem } from "../cli/run.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const SAMPLES = join(ROOT, "manifests", "samples");
const IMAGE = `registry.example.com/security/tandem@sha256:${"0123456789abcdef".repeat(4)}`;
const { version } = metadata;
const folder = mkdtempSync(join(tmpdir(), "tandem-release-test-"));
const first = join(folder, "first");
const env = { ...process.env, PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) };

function release(
  out: string,
  { args = [], ...options }: { args?: string[]; cwd?: string; env?: NodeJS.ProcessEnv } = {},
) {
  const all = [join(ROOT, "scripts", "release.ts"), "--out", out, ...args];
  return spawnSync(process.execPath, all, { encoding: "utf8", env, ...options });
}

function contents(of: string): Record<string, string> {
  const digest = (file: string) =>
    createHash("sha256")
      .update(readFileSync(join(of, file)))
      .digest("hex");
  return Object.fromEntries(readdirSync(of).map((file) => [file, digest(file)]));
}

/** Unpacks with the system's tar, and answers where. */
function unpack(file: string): string {
  const target = mkdtempSync(join(folder, "unpacked-"));
  execFileSync("tar", ["-xzf", file, "-C", target]);
  return target;
}

beforeAll(() => {
  expect(release(first)).toMatchObject({ status: 0, stderr: "" });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true }));

test("it is this, and the sums are those of the files", () => {
  const { SHA256SUMS: _, ...files } = contents(first);
  expect(Object.keys(files).toSorted()).toEqual([
    "CHANGES.md",
    "THIRD-PARTY-LICENSES.txt",
    "install.yaml",
    "sbom.cdx.json",
    `tandem-chart-${version}.tgz`,
    `tandem-cli-${version}.tgz`,
    "tandem.mjs",
  ]);
  const lines = readFileSync(join(first, "SHA256SUMS"), "utf8").trimEnd().split("\n");
  expect(Object.fromEntries(lines.map((line) => line.split("  ").toReversed()))).toEqual(files);
});

test("a second release has the same bytes, from another folder, in another time zone and language", {
  timeout: 120_000,
}, () => {
  const second = join(folder, "second");
  const elsewhere = { cwd: folder, env: { ...env, TZ: "Asia/Tokyo", LC_ALL: "C", HOME: join(folder, "home") } };
  mkdirSync(elsewhere.env.HOME);
  expect(release(second, elsewhere)).toMatchObject({ status: 0, stderr: "" });
  expect(contents(second)).toEqual(contents(first));
});

test("install.yaml and chart name the image by the digest that they are given", { timeout: 120_000 }, () => {
  const out = join(folder, "pinned");
  expect(release(out, { args: ["--image", IMAGE] }).status).toBe(0);
  const images = (from: string) => readFileSync(join(from, "install.yaml"), "utf8").match(/image: .*/g);
  expect(images(out)).toEqual([`image: ${IMAGE}`]);
  expect(images(first)).toEqual([`image: tandem:${version}`]);
  const chart = join(unpack(join(out, `tandem-chart-${version}.tgz`)), "tandem");
  const [repository, digest] = IMAGE.split("@");
  expect(readFileSync(join(chart, "values.yaml"), "utf8")).toContain(`  repository: ${repository}\n`);
  expect(readFileSync(join(chart, "values.yaml"), "utf8")).toContain(`  digest: ${digest}\n`);
});

test("a tag is no digest: somebody could move it", () => {
  const out = join(folder, "refused");
  const { status, stderr } = release(out, { args: ["--image", "registry.example.com/tandem:1"] });
  expect(status).toBe(1);
  expect(stderr).toContain("not of the form NAME@sha256:DIGEST");
  expect(() => readdirSync(out)).toThrow("ENOENT");
});

test("the packed chart has the files of manifests/chart", () => {
  const chart = join(unpack(join(first, `tandem-chart-${version}.tgz`)), "tandem");
  const source = join(ROOT, "manifests", "chart");
  const files = (of: string) => {
    const entries = readdirSync(of, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = entries.map((entry) => join(entry.parentPath, entry.name));
    return paths.toSorted().map((path) => [path.slice(of.length), readFileSync(path, "utf8")]);
  };
  expect(files(chart)).toEqual(files(source));
});

test("the SBOM and the licences name the same packages, each with its licence and the hash of package-lock.json", () => {
  const { components } = JSON.parse(readFileSync(join(first, "sbom.cdx.json"), "utf8")) as Sbom;
  expect(components.length).toBeGreaterThan(20);
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version: string; integrity?: string }>;
  };
  const locked = Object.entries(lock.packages).map(([path, { version: of, integrity = "" }]) => {
    const hash = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
    return `${path.split("node_modules/").at(-1)}@${of} ${hash}`;
  });
  for (const { licenses, hashes, ...component } of components) {
    expect(licenses, component.name).toMatchObject([{ license: { id: expect.any(String) } }]);
    const [{ content }] = hashes as [{ content: string }];
    expect(locked).toContain(`${component.name}@${component.version} ${content}`);
  }
  const texts = readFileSync(join(first, "THIRD-PARTY-LICENSES.txt"), "utf8");
  const headings = [...texts.matchAll(/^={80}\n(.+)\n={80}$/gm)].map(([, name]) => name);
  expect(headings).toEqual(components.map((component) => component["bom-ref"]));
  for (const [direct] of Object.entries(metadata.dependencies)) {
    expect(
      components.some(({ name }) => name === direct),
      `${direct} is in the bundle, or no dependency`,
    ).toBe(true);
  }
});

test("npm installs the command line without a network and without anything else, and it answers as the sources do", async () => {
  const place = mkdtempSync(join(folder, "installed-"));
  const file = join(first, `tandem-cli-${version}.tgz`);
  execFileSync("npm", ["install", "--offline", "--prefix", place, "--no-audit", "--no-fund", file], { env });
  const modules = readdirSync(join(place, "node_modules")).filter((name) => !name.startsWith("."));
  expect(modules).toEqual(["tandem"]);
  const installed = join(place, "node_modules", "tandem");
  expect(readdirSync(installed).toSorted()).toEqual(["README.md", "bin", "crds", "dist", "package.json"]);
  const run = (program: string, ...args: string[]) => {
    const options = { encoding: "utf8", cwd: place, env } as const;
    const { status, stdout, stderr } = spawnSync(join(place, "node_modules", ".bin", program), args, options);
    return { code: status, out: stdout, err: stderr };
  };
  for (const args of [
    ["--help"],
    ["--version"],
    ["plan", "--from", SAMPLES, "--to", SAMPLES],
    ["completion", "bash"],
  ]) {
    expect(run("tandem", ...args)).toEqual(await tandem(args));
  }
  const yaml = ["render", "-f", SAMPLES, "-o", "json"];
  const times = /"(lastTransitionTime|time)": ?"[^"]+"/g;
  expect(run("tandem", ...yaml).out.replaceAll(times, "")).toBe((await tandem(yaml)).out.replaceAll(times, ""));
  expect(run("kubectl-tandem", "--help").out).toContain("Usage: kubectl tandem");
});
