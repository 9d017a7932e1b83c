import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A package of npm of which something is in the bundle. */
export interface BundledPackage {
  /** Its folder: `node_modules/pino-pretty/node_modules/sonic-boom`. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
}

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const LICENCE = /^(licen[cs]e|copying|notice)/i;
const RULE = "=".repeat(80);

/** The packages that files are of, by name and version. `root`: the folder of this project, to which the files are relative. */
export function bundledPackages(root: string, files: readonly string[]): BundledPackage[] {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file) ?? []));
  return [...folders]
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as BundledPackage;
      return { folder, name, version };
    })
    .toSorted((a, b) => (referenceOf(a) < referenceOf(b) ? -1 : 1));
}

/** What npm calls a package in an SBOM. */
export function referenceOf({ name, version }: Pick<BundledPackage, "name" | "version">): string {
  return `${name}@${version}`;
}

/** The licences of packages, word for word. Throws where a package comes without one: it may not be passed on. */
export function licencesOf(root: string, packages: readonly BundledPackage[]): string {
  const parts = packages.map((one) => {
    const folder = join(root, one.folder);
    const files = readdirSync(folder).filter((file) => LICENCE.test(file));
    if (files.length === 0) throw new Error(`${one.folder} has no file with its licence`);
    const texts = files.toSorted().map((file) => readFileSync(join(folder, file), "utf8").trimEnd());
    return `${RULE}\n${referenceOf(one)}\n${RULE}\n${texts.join("\n\n")}\n`;
  });
  return `tandem.mjs has parts of these packages in it, under these licences.\n\n${parts.join("\n")}`;
}
