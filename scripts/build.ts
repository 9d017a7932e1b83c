/**
 * Bundles the program into dist/tandem.mjs, one file that needs nothing but Node >= 24, and tries whether it runs.
 * What a command does not use is not evaluated: dynamic imports stay lazy inside the bundle.
 */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import metadata from "../package.json" with { type: "json" };

const root = new URL("../", import.meta.url);
const outfile = fileURLToPath(new URL("dist/tandem.mjs", root));

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

rmSync(new URL("dist", root), { recursive: true, force: true });
await build({
  entryPoints: [fileURLToPath(new URL("src/main.ts", root))],
  outfile,
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
process.stdout.write(`dist/tandem.mjs ${version}\n`);
