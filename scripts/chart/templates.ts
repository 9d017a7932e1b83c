import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What becomes of a file of manifests/. */
interface Template {
  readonly name: string;
  /** The values that it is there with; absent: always. */
  readonly when?: string;
  /** A label that it has with `rbac.aggregateToUserRoles`. */
  readonly aggregatedTo?: string;
  /** Words of this file alone, and what the template has in their place. */
  readonly instead?: readonly [string, string];
}

const METRICS = "or .Values.metrics.enabled .Values.monitoring.enabled";

/** By path below manifests/. The Deployment has a template of its own, written by hand, and the release's namespace is the user's. */
const TEMPLATES: Readonly<Record<string, Template | undefined>> = {
  "base/namespace.yaml": undefined,
  "base/deployment.yaml": undefined,
  "base/serviceaccount.yaml": { name: "serviceaccount", when: ".Values.serviceAccount.create" },
  "base/clusterrole.yaml": {
    name: "clusterrole",
    instead: ["protectedvms/status, ", "{{ if not .Values.rbac.namespacedWrites }}protectedvms/status, {{ end }}"],
  },
  "base/clusterrolebinding.yaml": { name: "clusterrolebinding" },
  "base/role.yaml": { name: "role" },
  "base/rolebinding.yaml": { name: "rolebinding" },
  "base/poddisruptionbudget.yaml": { name: "poddisruptionbudget", when: ".Values.podDisruptionBudget.enabled" },
  "base/user-roles/viewer.yaml": { name: "user-role-viewer", aggregatedTo: "view" },
  "base/user-roles/editor.yaml": { name: "user-role-editor", aggregatedTo: "edit" },
  "base/user-roles/reporter.yaml": { name: "user-role-reporter" },
  "components/metrics/rbac.yaml": { name: "metrics-rbac", when: METRICS },
  "components/monitoring/rbac.yaml": { name: "monitoring-rbac", when: ".Values.monitoring.enabled" },
  "components/monitoring/service.yaml": { name: "monitoring-service", when: ".Values.monitoring.enabled" },
  "components/monitoring/servicemonitor.yaml": {
    name: "monitoring-servicemonitor",
    when: ".Values.monitoring.enabled",
  },
  "components/namespaced-writes/clusterrole.yaml": {
    name: "vm-status-writer",
    when: ".Values.rbac.namespacedWrites",
  },
  "components/network-policy/networkpolicies.yaml": { name: "networkpolicies", when: ".Values.networkPolicy.enabled" },
  "components/reporter-guard/validatingadmissionpolicy.yaml": {
    name: "reporter-guard",
    when: ".Values.reporterGuard.enabled",
  },
};

/** The words of the manifests that are values of the chart. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/(?<=namespace: )tandem-system$/gm, "{{ .Release.Namespace | quote }}"],
  [/tandem-system/g, "{{ .Release.Namespace }}"],
  [
    /(?<=kind: ServiceAccount\n(?:metadata:\n)?\s+name: )tandem-controller$/gm,
    "{{ .Values.serviceAccount.name | quote }}",
  ],
  [/(?<=system:serviceaccount:[^"]+:)tandem-controller/g, "{{ .Values.serviceAccount.name }}"],
  [/(?<=kind: ServiceAccount\n\s+name: )prometheus-k8s$/gm, "{{ .Values.monitoring.serviceAccount | quote }}"],
  [/(?<=name: )tandem-metrics-certificate$/gm, "{{ .Values.metrics.certificateSecret | quote }}"],
  [/(?<=(?:namespace|metadata\.name): )monitoring$/gm, "{{ .Values.monitoring.namespace | quote }}"],
];

/**
 * The generated files of manifests/chart/templates by name: an object of manifests/base or of a component each, and the
 * CRDs. `root`: the folder of this project. Throws on a file of manifests/ that has no place in the table above.
 */
export function chartTemplates(root: string): Record<string, string> {
  const manifests = join(root, "manifests");
  const files = globSync("{base,components}/**/*.yaml", { cwd: manifests });
  const sources = files.filter((file) => !file.endsWith("/kustomization.yaml")).toSorted();
  const unknown = sources.find((file) => !Object.hasOwn(TEMPLATES, file));
  if (unknown !== undefined) throw new Error(`manifests/${unknown} is not in the table of scripts/chart/templates.ts`);
  const objects = sources.flatMap((file) => {
    const template = TEMPLATES[file];
    if (template === undefined) return [];
    const text = readFileSync(join(manifests, file), "utf8");
    return [[`${template.name}.yaml`, templateOf(text, template, `manifests/${file}`)]];
  });
  const crds = globSync("*.yaml", { cwd: join(root, "crds") }).toSorted();
  const kinds = crds.map((file) => [`crd-${file}`, crdTemplate(readFileSync(join(root, "crds", file), "utf8"), file)]);
  return Object.fromEntries([...objects, ...kinds]);
}

function templateOf(yaml: string, { when, aggregatedTo, instead }: Template, source: string): string {
  // Comments are for who reads the manifests; some speak of their folders.
  let text = yaml.replaceAll(/^\s*#.*\n/gm, "").trim();
  if (instead !== undefined) {
    if (!text.includes(instead[0])) throw new Error(`${source} has no "${instead[0]}"`);
    text = text.replace(...instead);
  }
  for (const [words, value] of VALUES) text = text.replaceAll(words, value);
  const aggregated =
    aggregatedTo === undefined
      ? ""
      : `\n    {{- if .Values.rbac.aggregateToUserRoles }}\n    rbac.authorization.k8s.io/aggregate-to-${aggregatedTo}: "true"\n    {{- end }}`;
  const labels = `  labels: {{- include "tandem.labels" . | nindent 4 }}${aggregated}\n{{- include "tandem.annotations" . }}`;
  text = text.replaceAll(/^ {2}labels:\n {4}app\.kubernetes\.io\/name: tandem$/gm, labels);
  return generated(text, source, when);
}

/** Helm never upgrades what is in a folder `crds`, so these are templates; `keep`: an uninstall would delete everybody's objects. */
function crdTemplate(yaml: string, file: string): string {
  const text = yaml
    .trim()
    .replace(/^(metadata:\n {2}name: .*)$/m, "$1\n  annotations:\n    helm.sh/resource-policy: keep");
  return generated(text, `crds/${file}`, ".Values.crds.enabled");
}

function generated(text: string, source: string, when: string | undefined): string {
  const header = `{{- /* Generated from ${source} by scripts/chart.ts (\`make generate\`). Do not edit. */ -}}\n`;
  return when === undefined ? `${header}${text}\n` : `${header}{{- if ${when} }}\n${text}\n{{- end }}\n`;
}
