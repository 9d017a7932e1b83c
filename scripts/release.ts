/**
 * Puts together what a release consists of, twice the same bytes for the same commit:
 * `node scripts/release.ts [--out FOLDER] [--image NAME@sha256:DIGEST]`, without --out in dist/release. `--image` is where the
 * image was pushed: install.yaml and the chart then name it; else they name tandem:VERSION, which is in no registry.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import metadata from "../package.json" with { type: "json" };
import type { Sbom } from "./sbom.ts";
import { tarGz } from "./tar.ts";

const root = join(import.meta.dirname, "..");
const { name, version, description, engines, type, bin } = metadata;
const { values } = parseArgs({ options: { out: { type: "string" }, image: { type: "string" } } });
const out = resolve(values.out ?? join(root, "dist", "release"));
const image = values.image === undefined ? undefined : pinned(values.image);

const BUILT = ["tandem.mjs", "sbom.cdx.json", "THIRD-PARTY-LICENSES.txt"];
const files = new Map<string, string | Buffer>();

function pinned(reference: string): { reference: string; repository: string; digest: string } {
  const [, repository, digest] = /^([^\s@]+)@(sha256:[0-9a-f]{64})$/.exec(reference) ?? [];
  if (repository !== undefined && digest !== undefined) return { reference, repository, digest };
  throw new Error(`--image ${reference}: not of the form NAME@sha256:DIGEST, as a registry prints it after a push`);
}

/** Replaces what stands exactly once in a text. */
function replaceOnce(text: string, [from, to]: readonly [string, string]): string {
  const [before, after, ...more] = text.split(from);
  if (before === undefined || after === undefined || more.length > 0) throw new Error(`not exactly one "${from}"`);
  return before + to + after;
}

/** The commit that the files are of; absent where some are not committed, or where there is no git. */
function commit(): string | undefined {
  const git = (...args: string[]) => {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  };
  try {
    return git("status", "--porcelain") === "" ? git("rev-parse", "HEAD") : undefined;
  } catch {
    return undefined;
  }
}

/** What CHANGELOG.md says about this version. */
function changes(): string {
  const sections = readFileSync(join(root, "CHANGELOG.md"), "utf8").split(/^(?=## )/m);
  const section = sections.find((one) => one.startsWith(`## ${version} `) || one.startsWith(`## ${version}\n`));
  if (section === undefined) throw new Error(`CHANGELOG.md has no section "## ${version}"`);
  return `${section.trim()}\n`;
}

function chart(folder: string): Buffer {
  cpSync(join(root, "manifests", "chart"), folder, { recursive: true });
  if (!readFileSync(join(folder, "Chart.yaml"), "utf8").includes(`\nversion: ${version}\n`)) {
    throw new Error(`manifests/chart is not of version ${version}: run make generate`);
  }
  if (image !== undefined) {
    const { repository, digest } = image;
    const file = join(folder, "values.yaml");
    const named = replaceOnce(readFileSync(file, "utf8"), [`  repository: ${name}\n`, `  repository: ${repository}\n`]);
    writeFileSync(file, replaceOnce(named, [`  digest: ""\n`, `  digest: ${digest}\n`]));
  }
  return tarGz(folder, name);
}

/** The command line as npm installs it: the bundle has its dependencies in it, so the package has none. */
function npmPackage(built: string, folder: string): Buffer {
  for (const file of ["bin", "crds", "README.md"]) {
    cpSync(join(root, file), join(folder, file), { recursive: true });
  }
  for (const file of BUILT) cpSync(join(built, file), join(folder, "dist", file));
  const manifest = { name, version, description, type, bin, engines, ...(gitHead !== undefined && { gitHead }) };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const packed = mkdtempSync(join(work, "packed-"));
  execFileSync("npm", ["pack", folder, "--pack-destination", packed, "--silent"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return readFileSync(join(packed, `${name}-${version}.tgz`));
}

const started = performance.now();
const gitHead = commit();
const work = mkdtempSync(join(tmpdir(), "tandem-release-"));
try {
  const built = join(work, "built");
  execFileSync(process.execPath, [join(import.meta.dirname, "build.ts"), built], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (gitHead !== undefined) {
    const file = join(built, "sbom.cdx.json");
    const { metadata: about, ...rest } = JSON.parse(readFileSync(file, "utf8")) as Sbom;
    const component = { ...about.component, pedigree: { commits: [{ uid: gitHead }] } };
    writeFileSync(file, `${JSON.stringify({ ...rest, metadata: { ...about, component } }, null, 2)}\n`);
  }
  for (const file of BUILT) files.set(file, readFileSync(join(built, file)));
  const install = readFileSync(join(root, "manifests", "install.yaml"), "utf8");
  const shipped = `image: ${name}:${version}\n`;
  files.set(
    "install.yaml",
    replaceOnce(install, [shipped, image === undefined ? shipped : `image: ${image.reference}\n`]),
  );
  files.set(`tandem-chart-${version}.tgz`, chart(join(work, "chart")));
  files.set(`tandem-cli-${version}.tgz`, npmPackage(built, join(work, "package")));
  files.set("CHANGES.md", changes());
} finally {
  rmSync(work, { recursive: true, force: true });
}

const sums = [...files.keys()].toSorted().map((file) => {
  return `${createHash("sha256")
    .update(files.get(file) ?? "")
    .digest("hex")}  ${file}\n`;
});
files.set("SHA256SUMS", sums.join(""));
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [file, content] of files) writeFileSync(join(out, file), content);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const source = gitHead ?? "from a tree with changes that are not committed";
process.stdout.write(`${relative("", out)}: ${files.size} files of ${version}, ${source}, in ${seconds} s\n`);
