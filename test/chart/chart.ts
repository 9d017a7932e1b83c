import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "../../src/api/object.ts";
import { MANIFESTS, objectsOf } from "../manifests/kustomize.ts";

export const CHART = join(MANIFESTS, "chart");
export type Values = Readonly<Record<string, unknown>>;

/** Labels that the chart gives every object besides those of the kustomizations; and, of the kinds, what keeps them. */
const LABELS_OF_HELM = ["instance", "version", "managed-by"].map((name) => `app.kubernetes.io/${name}`);

/** What each kustomization makes is what the chart makes with these values. */
export const VARIANTS: Readonly<Record<string, Values>> = {
  base: {},
  "overlays/production": {
    replicas: 3,
    topologySpread: "Required",
    monitoring: { enabled: true },
    networkPolicy: { enabled: true },
    reporterGuard: { enabled: true },
  },
  "overlays/single-node": { replicas: 1, topologySpread: "None", podDisruptionBudget: { enabled: false } },
  "components/aggregate-roles": { rbac: { aggregateToUserRoles: true } },
  "components/high-availability": { replicas: 3, topologySpread: "Required" },
  "components/metrics": { metrics: { enabled: true } },
  "components/monitoring": { monitoring: { enabled: true } },
  "components/namespaced-writes": { rbac: { namespacedWrites: true } },
  "components/network-policy": { networkPolicy: { enabled: true } },
  "components/reporter-guard": { reporterGuard: { enabled: true } },
};

/** Every value that can be set and that no variant sets. */
export const OF_AN_OPERATOR = {
  image: { repository: "registry.example.com/tandem", tag: "1.2.3", digest: `sha256:${"0123456789abcdef".repeat(4)}` },
  imagePullSecrets: [{ name: "registry" }],
  settings: { "manager-version": "12.0", concurrency: 4, events: false, "log-level": "warn", "relist-interval": "5m" },
  resources: { requests: { cpu: "200m", memory: "300Mi" }, limits: { memory: "1Gi" } },
  priorityClassName: "system-cluster-critical",
  nodeSelector: { "kubernetes.io/os": "linux" },
  tolerations: [{ key: "infra", operator: "Exists", effect: "NoSchedule" }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "pool", operator: "In", values: ["infra"] }] }],
      },
    },
  },
  labels: { team: "platform", "argocd.argoproj.io/instance": "tandem" },
  annotations: { contact: "platform@example.com" },
  podLabels: { "sidecar.istio.io/inject": "false" },
  podAnnotations: { "cluster-autoscaler.kubernetes.io/safe-to-evict": "true" },
  serviceAccount: { create: false, name: "custom" },
  crds: { enabled: false },
} as const satisfies Values;

/** Helm with nothing of the user's own, in a temporary folder. */
export class Helm implements Disposable {
  readonly home = mkdtempSync(join(tmpdir(), "tandem-helm-"));
  readonly #program: string;
  readonly #kubeconfig: string;

  /** Without a kubeconfig it can render, and reach no cluster. */
  constructor(program: string, kubeconfig = "/dev/null") {
    this.#program = program;
    this.#kubeconfig = kubeconfig;
  }

  /** What it prints; throws that if it refuses. */
  async run(args: readonly string[], values?: Values): Promise<string> {
    const { text, failed } = await this.try(args, values);
    if (failed) throw new Error(`helm ${args.join(" ")}\n${text}`);
    return text;
  }

  /** What it prints on both, whether it refuses or not. */
  async try(args: readonly string[], values: Values = {}): Promise<{ text: string; failed: boolean }> {
    const { promise, resolve } = Promise.withResolvers<{ text: string; failed: boolean }>();
    const given = Object.keys(values).length === 0 ? [] : ["--values", join(this.home, "values.json")];
    writeFileSync(join(this.home, "values.json"), JSON.stringify(values));
    // The time of what it packs.
    const env = { PATH: process.env.PATH, HOME: this.home, KUBECONFIG: this.#kubeconfig, SOURCE_DATE_EPOCH: "0" };
    execFile(this.#program, [...args, ...given], { env, timeout: 60_000, maxBuffer: 2 ** 24 }, (error, out, err) =>
      resolve({ text: `${out}${err}${typeof error?.code === "string" ? error.message : ""}`, failed: error !== null }),
    );
    return await promise;
  }

  /** The objects that the chart makes. */
  async template(values: Values = {}, namespace = "tandem-system"): Promise<KubeObject[]> {
    return objectsOf(await this.run(["template", "tandem", CHART, "--namespace", namespace], values));
  }

  [Symbol.dispose](): void {
    rmSync(this.home, { recursive: true });
  }
}

/** An object without the labels that only the chart gives; throws if one is missing. */
export function withoutHelm(object: KubeObject): KubeObject {
  const { metadata } = object;
  const labels = { ...metadata.labels };
  for (const label of [...LABELS_OF_HELM, "helm.sh/chart"]) {
    if (labels[label] === undefined) throw new Error(`${object.kind} ${metadata.name} has no label ${label}`);
    delete labels[label];
  }
  return { ...object, metadata: { ...metadata, labels } };
}
