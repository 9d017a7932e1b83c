/**
 * Puts together, while the image is built, what is to be in it: `node scripts/image-root.ts FOLDER` writes FOLDER/node, the
 * pinned Node with the libraries that it needs, and FOLDER/app, what `node scripts/build.ts` has made. They become one layer
 * each, and a new release changes the small one alone. Runs on Debian. Every file has the time of SOURCE_DATE_EPOCH.
 */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Component, Sbom } from "./sbom.ts";

const [target = "image"] = process.argv.slice(2);
const project = join(import.meta.dirname, "..");
const layers = { node: resolve(target, "node"), app: resolve(target, "app") };
const epoch = Number(process.env.SOURCE_DATE_EPOCH ?? 0);
const USER = 65532;

interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
}

function copy(from: string, to: string, mode = 0o644): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

/** The shared libraries and the loader, by the paths under which the program finds them. */
function librariesOf(program: string): string[] {
  const lines = run("ldd", program).split("\n");
  return lines.flatMap((line) => /(?:=> |^\s+)(\/\S+) \(/.exec(line)?.[1] ?? []);
}

/** The package that a library is of. Debian lists it as it was before /lib became a link to /usr/lib, or as it is since. */
function packageOf(library: string): DebianPackage {
  const files = [library, `/usr${library}`, realpathSync(library)];
  const found = files.flatMap((file) => {
    try {
      return run("dpkg-query", "--search", file).split(": ")[0] ?? [];
    } catch {
      return [];
    }
  });
  const [name = ""] = found;
  const format = ["Package", "Version", "Architecture"].map((field) => `\${${field}}`).join(" ");
  const [short = "", version = "", architecture = ""] = run(
    "dpkg-query",
    "--show",
    `--showformat=${format}`,
    name,
  ).split(" ");
  return { name: short, version, architecture };
}

const node = realpathSync(join(project, "node_modules", ".bin", "node"));
copy(node, join(layers.node, "usr/local/bin/node"), 0o755);
copy(join(dirname(node), "..", "LICENSE"), join(layers.node, "usr/share/doc/node/copyright"));
const packages = new Map<string, DebianPackage>();
for (const library of librariesOf(node)) {
  copy(realpathSync(library), join(layers.node, library), 0o755);
  const one = packageOf(library);
  packages.set(one.name, one);
}
for (const name of packages.keys()) {
  copy(realpathSync(`/usr/share/doc/${name}/copyright`), join(layers.node, `usr/share/doc/${name}/copyright`));
  // Scanners look here for what a distroless image has in it.
  write(join(layers.node, `var/lib/dpkg/status.d/${name}`), `${run("dpkg-query", "--status", name).trim()}\n`);
}
copy("/usr/lib/os-release", join(layers.node, "etc/os-release"));
write(
  join(layers.node, "etc/passwd"),
  `root:x:0:0:root:/root:/none\nnonroot:x:${USER}:${USER}:nonroot:/home/nonroot:/none\n`,
);
write(join(layers.node, "etc/group"), `root:x:0:\nnonroot:x:${USER}:\n`);
write(join(layers.node, "etc/nsswitch.conf"), "hosts: files dns\n");

const version = run(node, "--version").trim().slice(1);
const runtime: Component[] = [
  {
    "bom-ref": `node@${version}`,
    type: "platform",
    name: "node",
    version,
    purl: `pkg:generic/node@${version}`,
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
  },
  ...[...packages.values()].map(({ name, version, architecture }) => ({
    "bom-ref": `${name}@${version}`,
    type: "library",
    name,
    version,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`,
  })),
];
const bom = JSON.parse(readFileSync(join(project, "dist", "sbom.cdx.json"), "utf8")) as Sbom;
const whole: Sbom = { ...bom, components: [...bom.components, ...runtime] };
write(join(layers.app, "app/sbom.cdx.json"), `${JSON.stringify(whole, null, 2)}\n`);
for (const file of ["tandem.mjs", "THIRD-PARTY-LICENSES.txt"]) {
  copy(join(project, "dist", file), join(layers.app, "app", file));
}
// There is no shell, so no bin/tandem, which says what the flag is for.
const launcher = '#!/usr/local/bin/node --max-semi-space-size=8\nimport("/app/tandem.mjs");\n';
write(join(layers.app, "usr/local/bin/tandem"), launcher, 0o755);

for (const layer of Object.values(layers)) {
  // A folder's time changes with what is written into it, so the deepest go first.
  const inside = readdirSync(layer, { recursive: true, encoding: "utf8" }).map((path) => join(layer, path));
  for (const path of inside.toSorted((a, b) => b.length - a.length)) utimesSync(path, epoch, epoch);
}
process.stdout.write(`${basename(node)} ${version} with ${[...packages.keys()].join(", ")}\n`);
