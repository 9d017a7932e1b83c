/**
 * Bundles the program into tandem.mjs, one file that needs nothing but Node >= 24, and tries whether it runs. Beside it: what is
 * in it (sbom.cdx.json) and under which licences (THIRD-PARTY-LICENSES.txt).
 * What a command does not use is not evaluated: dynamic imports stay lazy inside the bundle.
 * `node scripts/build.ts [FOLDER]` replaces the folder; without one, dist/.
 */
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import metadata from "../package.json" with { type: "json" };
import { bundledPackages, licencesOf } from "./licences.ts";
import { sbomOf } from "./sbom.ts";

const root = join(import.meta.dirname, "..");
const folder = resolve(process.argv[2] ?? join(root, "dist"));
const outfile = join(folder, "tandem.mjs");

/** In one file all imports of Node's own modules would run at every start; as CommonJS they run where they are used. */
const lazyBuiltins: Plugin = {
  name: "lazy-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /.*/ }, ({ path, kind }) => {
      return isBuiltin(path) && kind !== "require-call" ? { path, namespace: "builtin" } : undefined;
    });
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => {
      return { contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`, loader: "js" };
    });
  },
};

rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/main.ts"],
  outfile,
  metafile: true,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  charset: "utf8",
  legalComments: "eof",
  // Names stay, for stack traces; blanks go, for the time that parsing takes.
  minifyWhitespace: true,
  minifySyntax: true,
  // Of the client library only kubeconfigs are used; its other 16 MB would make every start 0.2 s slower.
  alias: { "@kubernetes/client-node": "@kubernetes/client-node/dist/config.js" },
  plugins: [lazyBuiltins],
  logLevel: "warning",
  // CommonJS packages in the bundle call `require` for Node's own modules.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module";\nconst require = __createRequire(import.meta.url);',
  },
});

const version = execFileSync(process.execPath, [outfile, "--version"], { encoding: "utf8" }).trim();
if (version !== metadata.version) throw new Error(`the bundle says it is version ${version}`);
const sample = `{"apiVersion":"tandem.dev/v1alpha1","kind":"Appliance","metadata":{"name":"a"},"spec":{"hostName":"h"}}`;
execFileSync(process.execPath, [outfile, "render", "-f", "-"], { input: sample });

const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
const files = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file);
const packages = bundledPackages(root, files);
writeFileSync(join(folder, "sbom.cdx.json"), `${JSON.stringify(sbomOf(root, packages), null, 2)}\n`);
writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), licencesOf(root, packages));
process.stdout.write(`${relative("", outfile)} ${version}, with ${packages.length} packages in it\n`);
