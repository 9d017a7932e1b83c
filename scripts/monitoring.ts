/**
 * Writes what follows from other files in `manifests/monitoring/`: `prometheusrule.yaml` is `alerts.yaml` for the Prometheus
 * Operator, `dashboard.json` is the dashboard for Grafana of `scripts/monitoring/`.
 * `node scripts/monitoring.ts` writes; with `--check` it only compares, and exits 1 if a file is not current.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dashboard } from "./monitoring/dashboard.ts";

const folder = new URL("../manifests/monitoring/", import.meta.url);

const HEADER = `# Generated from alerts.yaml by scripts/monitoring.ts. Do not edit.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: tandem
  namespace: tandem-system
  labels:
    app.kubernetes.io/name: tandem
spec:
`;

function prometheusRule(): string {
  const [, groups] = readFileSync(new URL("alerts.yaml", folder), "utf8").split(/^(?=groups:$)/m);
  if (groups === undefined) throw new Error("alerts.yaml has no line `groups:`");
  return HEADER + groups.replaceAll(/^(?=.)/gm, "  ");
}

const files = { "prometheusrule.yaml": prometheusRule(), "dashboard.json": dashboard() };

for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, folder);
  if (!process.argv.includes("--check")) writeFileSync(file, text);
  else if (readFileSync(file, "utf8") !== text) {
    process.stderr.write(
      `manifests/monitoring/${name} is not current: run \`node scripts/monitoring.ts\` and commit it\n`,
    );
    process.exitCode = 1;
  }
}
