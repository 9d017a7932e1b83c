/**
 * Writes of `manifests/chart/` what follows from other files: the templates of all objects but the Deployment, from `crds/`
 * and `manifests/`; `values.schema.json`, with the settings of the code; `Chart.yaml`, with the version of package.json.
 * `node scripts/chart.ts` writes; with `--check` it only compares, and exits 1 if a file is not current.
 */
import { join } from "node:path";
import { chartFiles, staleFiles, writeFiles } from "./chart/files.ts";

const root = join(import.meta.dirname, "..");
const files = chartFiles(root);
if (!process.argv.includes("--check")) writeFiles(root, files);
for (const file of staleFiles(root, files)) {
  process.stderr.write(`${file} is not current: run \`node scripts/chart.ts\` and commit it\n`);
  process.exitCode = 1;
}
