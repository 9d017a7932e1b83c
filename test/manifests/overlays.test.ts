import { beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { built, NO_KUBECTL, OVERLAYS, objectsOf } from "./kustomize.ts";

interface Spread {
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly labelSelector: { readonly matchLabels: Readonly<Record<string, string>> };
}

interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas: number;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly topologySpreadConstraints?: readonly Spread[];
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
        }[];
        readonly volumes?: readonly { readonly secret: { readonly secretName: string } }[];
      };
    };
  };
}

/** What a folder builds, by kind. */
class Build {
  readonly objects: readonly KubeObject[];

  constructor(folder: string) {
    this.objects = objectsOf(built(folder));
  }

  all<T extends KubeObject>(kind: string): T[] {
    return this.objects.filter((one) => one.kind === kind) as T[];
  }

  get deployment(): Deployment {
    return this.one("Deployment");
  }

  one<T extends KubeObject>(kind: string, name?: string): T {
    const [first, ...others] = this.all<T>(kind).filter(({ metadata }) => name === undefined || metadata.name === name);
    if (first === undefined || others.length > 0) throw new Error(`not one ${kind} ${name ?? ""}`);
    return first;
  }
}

const spreadOf = ({ spec }: Deployment) =>
  spec.template.spec.topologySpreadConstraints?.map((one) => `${one.topologyKey} ${one.whenUnsatisfiable}`);

beforeEach(({ skip }) => skip(NO_KUBECTL !== undefined, NO_KUBECTL));

test.each(OVERLAYS)("%s: what selects Pods of the controller selects them", (folder) => {
  const build = new Build(folder);
  const { labels } = build.deployment.spec.template.metadata;
  const { topologySpreadConstraints = [] } = build.deployment.spec.template.spec;
  const selectors = [
    (build.deployment.spec as unknown as { selector: unknown }).selector,
    ...topologySpreadConstraints.map(({ labelSelector }) => labelSelector),
    ...build.all<KubeObject & { spec: { selector: unknown } }>("PodDisruptionBudget").map(({ spec }) => spec.selector),
    ...build.all<KubeObject & { spec: { selector: unknown } }>("Service").map(({ spec }) => ({
      matchLabels: spec.selector,
    })),
  ];
  for (const selector of selectors) expect({ matchLabels: labels }).toEqual(selector);
});

test("base: two replicas, apart where they can be; one may be evicted at a time", () => {
  const build = new Build("base");
  expect(build.deployment.spec.replicas).toBe(2);
  expect(spreadOf(build.deployment)).toEqual([
    "kubernetes.io/hostname ScheduleAnyway",
    "topology.kubernetes.io/zone ScheduleAnyway",
  ]);
  expect(build.one("PodDisruptionBudget")).toMatchObject({
    spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" },
  });
});

test("single-node: one replica, that a drain may evict; otherwise the base", () => {
  const [build, base] = [new Build("overlays/single-node"), new Build("base")];
  expect(build.deployment.spec.replicas).toBe(1);
  expect(spreadOf(build.deployment)).toBeUndefined();
  const others = ({ objects }: Build) => objects.filter(({ kind }) => kind !== "Deployment");
  expect(others(build)).toEqual(others(base).filter(({ kind }) => kind !== "PodDisruptionBudget"));
});

describe("production", () => {
  const build = () => new Build("overlays/production");

  test("three replicas, evenly over zones, and a budget", () => {
    const { deployment, objects } = build();
    expect(deployment.spec.replicas).toBe(3);
    expect(spreadOf(deployment)).toEqual([
      "topology.kubernetes.io/zone DoNotSchedule",
      "kubernetes.io/hostname ScheduleAnyway",
    ]);
    expect(objects.filter(({ kind }) => kind === "PodDisruptionBudget")).toHaveLength(1);
  });

  test("Prometheus finds the port of the metrics, knows its certificate, and gets through", () => {
    const all = build();
    const { spec } = all.deployment.spec.template;
    const [container] = spec.containers;
    const [volume] = spec.volumes ?? [];
    const port = container?.ports.find(({ name }) => name === "metrics")?.containerPort;
    expect(container?.args).toContain(`--metrics-bind=:${port}`);
    const { metadata, ...service } = all.one<KubeObject & { spec: { ports: unknown } }>("Service");
    expect(service.spec.ports).toEqual([{ name: "metrics", port, targetPort: "metrics" }]);
    expect(all.one("ServiceMonitor")).toMatchObject({
      metadata: { namespace: metadata.namespace },
      spec: {
        selector: { matchLabels: metadata.labels },
        endpoints: [
          {
            port: "metrics",
            scheme: "https",
            tlsConfig: {
              serverName: `${metadata.name}.${metadata.namespace}.svc`,
              ca: { secret: { name: volume?.secret.secretName, key: "ca.crt" } },
            },
          },
        ],
      },
    });
    expect(all.one("NetworkPolicy", "prometheus-to-tandem-controller")).toMatchObject({
      spec: { ingress: [{ ports: [{ port }] }] },
    });
    const [reader, discovery] = [
      all.one("ClusterRoleBinding", "tandem-metrics-reader"),
      all.one("RoleBinding", "tandem-metrics-discovery"),
    ];
    const prometheus = [{ kind: "ServiceAccount", name: "prometheus-k8s", namespace: "monitoring" }];
    expect([reader, discovery]).toMatchObject([{ subjects: prometheus }, { subjects: prometheus }]);
  });

  test("nothing else comes in or goes out: all is denied, and only the controller has exceptions", () => {
    const policies = build().all<KubeObject & { spec: { podSelector: object } }>("NetworkPolicy");
    const [denied, ...others] = policies.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    expect(denied?.spec).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    for (const { spec } of others) {
      expect(spec.podSelector).toEqual({ matchLabels: { "app.kubernetes.io/name": "tandem" } });
    }
    expect(others.map(({ metadata }) => metadata.name)).toEqual([
      "prometheus-to-tandem-controller",
      "tandem-controller-to-api-server",
    ]);
  });
});
