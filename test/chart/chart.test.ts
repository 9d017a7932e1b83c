import { cpSync, globSync, mkdirSync, readFileSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { chartFiles, staleFiles } from "../../scripts/chart/files.ts";
import type { KubeObject } from "../../src/api/object.ts";
import { settle } from "../../src/cli/settings/settle.ts";
import { readFolder } from "../cluster/install.ts";
import { built, COMPONENTS, idOf, NO_KUBECTL, OVERLAYS, objectsOf, ROOT } from "../manifests/kustomize.ts";
import { helm } from "../tools-helm/helm.ts";
import { CHART, Helm, OF_AN_OPERATOR, VARIANTS, type Values, withoutHelm } from "./chart.ts";

const program = await helm();
const chart = new Helm(typeof program === "string" ? program : "helm");
afterAll(() => chart[Symbol.dispose]());

const KIND = "CustomResourceDefinition";
const byId = (objects: readonly KubeObject[]) => Object.fromEntries(objects.map((one) => [idOf(one), one]));

interface Pod {
  readonly metadata: { readonly labels: object; readonly annotations?: object };
  readonly spec: {
    readonly containers: readonly [
      {
        readonly image: string;
        readonly args: readonly string[];
        readonly env?: readonly { readonly name: string; readonly value: string }[];
        readonly resources: object;
      },
    ];
  };
}

function podOf(objects: readonly KubeObject[]): Pod {
  const deployment = objects.find(({ kind }) => kind === "Deployment") as KubeObject & { spec: { template: Pod } };
  return deployment.spec.template;
}

test("what follows from other files is current", () => {
  expect(staleFiles(ROOT, chartFiles(ROOT))).toEqual([]);
});

test("the README of the chart names every value at the top", () => {
  const readme = readFileSync(join(CHART, "README.md"), "utf8");
  const values = load(readFileSync(join(CHART, "values.yaml"), "utf8")) as Values;
  for (const name of Object.keys(values)) expect(readme).toMatch(new RegExp(`^\\|.*\`${name}\`.*\\|$`, "m"));
});

test("the chart takes the versions of Kubernetes that docs/operations.md names", () => {
  const oldest = /\*\*(1\.\d+) to 1\.\d+\*\*/.exec(readFileSync(join(ROOT, "docs", "operations.md"), "utf8"))?.[1];
  const { kubeVersion } = load(readFileSync(join(CHART, "Chart.yaml"), "utf8")) as { kubeVersion: string };
  expect(kubeVersion).toBe(`>=${oldest}.0-0`);
});

describe("with Helm", () => {
  beforeEach(({ skip }) => skip(typeof program !== "string", typeof program === "string" ? "" : program.skipped));

  test("the chart has values for every overlay and component", () => {
    expect(Object.keys(VARIANTS).toSorted()).toEqual([...OVERLAYS, ...COMPONENTS].toSorted());
  });

  test.for(Object.entries(VARIANTS))("what %s makes, object by object", async ([folder, values], { skip }) => {
    if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
    const objects = await chart.template(values);
    const ours = objects.filter(({ kind }) => kind !== KIND).map(withoutHelm);
    // The namespace of a release is its user's: Helm keeps its own notes in it.
    const theirs = objectsOf(built(folder)).filter(({ kind }) => kind !== "Namespace");
    expect(byId(ours)).toEqual(byId(theirs));
    expect(ours).toHaveLength(theirs.length);
  });

  test("the kinds are those of crds/, and Helm is told to keep them", async () => {
    const crds = (await chart.template()).filter(({ kind }) => kind === KIND);
    const kept = readFolder(join(ROOT, "crds")).map((one) => ({
      ...one,
      metadata: { ...one.metadata, annotations: { "helm.sh/resource-policy": "keep" } },
    }));
    expect(byId(crds)).toEqual(byId(kept));
  });

  test("another namespace and other accounts: everything follows", async () => {
    const values: Values = {
      ...VARIANTS["overlays/production"],
      serviceAccount: { name: "other-account" },
      monitoring: { enabled: true, namespace: "other-monitoring", serviceAccount: "other-prometheus" },
      metrics: { certificateSecret: "other-secret" },
    };
    const renamed = JSON.stringify(await chart.template(VARIANTS["overlays/production"]))
      .replaceAll("tandem-system", "12345")
      .replaceAll("tandem-metrics-certificate", "other-secret")
      .replaceAll('"prometheus-k8s"', '"other-prometheus"')
      .replaceAll('"monitoring"', '"other-monitoring"')
      .replaceAll(":tandem-controller\\", ":other-account\\")
      .replaceAll('"serviceAccountName":"tandem-controller"', '"serviceAccountName":"other-account"')
      .replaceAll(/("kind":"ServiceAccount",(?:"metadata":\{)?"name":)"tandem-controller"/g, '$1"other-account"');
    expect(byId(await chart.template(values, "12345"))).toEqual(byId(JSON.parse(renamed)));
  });

  test.each(Object.entries({ ...VARIANTS, "what an operator sets": OF_AN_OPERATOR }))(
    "helm lint --strict finds nothing in %s",
    async (_, values) => {
      const { text, failed } = await chart.try(["lint", "--strict", CHART], values);
      expect(failed, text).toBe(false);
      expect(text).not.toMatch(/WARNING|ERROR/);
    },
  );

  test("what an operator sets is in the objects", async () => {
    const objects = await chart.template(OF_AN_OPERATOR);
    expect(objects.filter(({ kind }) => kind === KIND || kind === "ServiceAccount")).toEqual([]);
    for (const { metadata } of objects) {
      expect(metadata).toMatchObject({ labels: OF_AN_OPERATOR.labels, annotations: OF_AN_OPERATOR.annotations });
    }
    const { metadata, spec } = podOf(objects);
    expect(metadata).toEqual({
      labels: { "app.kubernetes.io/name": "tandem", ...OF_AN_OPERATOR.podLabels },
      annotations: OF_AN_OPERATOR.podAnnotations,
    });
    const { imagePullSecrets, priorityClassName, nodeSelector, tolerations, affinity, image } = OF_AN_OPERATOR;
    expect(spec).toMatchObject({ imagePullSecrets, priorityClassName, nodeSelector, tolerations, affinity });
    expect(spec).toMatchObject({ serviceAccountName: "custom" });
    expect(spec.containers[0].image).toBe(`${image.repository}@${image.digest}`);
    expect(spec.containers[0].resources).toEqual(OF_AN_OPERATOR.resources);
  });

  test("the image: the digest before the tag before the version of the program", async () => {
    const imageOf = async (image: object) => podOf(await chart.template({ image })).spec.containers[0].image;
    const { digest } = OF_AN_OPERATOR.image;
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(await imageOf({})).toBe(`tandem:${version}`);
    expect(await imageOf({ tag: "1.2.3" })).toBe("tandem:1.2.3");
    expect(await imageOf({ tag: "1.2.3", digest })).toBe(`tandem@${digest}`);
  });

  test("the program takes its settings as they were set", async () => {
    const [container] = podOf(await chart.template({ settings: OF_AN_OPERATOR.settings })).spec.containers;
    const env = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
    const standard = await settle({}, {});
    expect(await settle({}, env)).toEqual({
      ...standard,
      managerVersion: "12.0",
      concurrency: 4,
      events: false,
      logLevel: "warn",
      relistIntervalMs: 300_000,
    });
  });

  test.each<[Values, string]>([
    [{ replica: 3 }, "'replica' not allowed"],
    [{ settings: { "manager-versoin": "20.0" } }, "'manager-versoin' not allowed"],
    [{ settings: { "manager-version": 20 } }, "at '/settings/manager-version': got number, want string"],
    [{ settings: { concurrency: 65 } }, "at '/settings/concurrency': maximum: got 65, want 64"],
    [{ settings: { "relist-interval": "10" } }, "at '/settings/relist-interval': '10' does not match pattern"],
    [
      { settings: { "log-level": "loud" } },
      "at '/settings/log-level': value must be one of 'debug', 'info', 'warn', 'error'",
    ],
    [{ settings: { "lease-name": "mine" } }, "'lease-name' not allowed"],
    [{ settings: { "leader-elect": false } }, "'leader-elect' not allowed"],
    [{ replicas: "2" }, "at '/replicas': got string, want integer"],
    [{ topologySpread: "Always" }, "at '/topologySpread': value must be one of 'Preferred', 'Required', 'None'"],
    [{ image: { digest: "0123" } }, "at '/image/digest': '0123' does not match pattern"],
    [{ image: { pullPolicy: "Always" } }, "'pullPolicy' not allowed"],
    [{ crds: { enabled: "yes" } }, "at '/crds/enabled': got string, want boolean"],
    [{ labels: { "app.kubernetes.io/name": "mine" } }, "at '/labels/app.kubernetes.io~1name': "],
    [{ podLabels: { "app.kubernetes.io/name": "mine" } }, "at '/podLabels/app.kubernetes.io~1name': "],
    [{ resources: { request: {} } }, "'request' not allowed"],
    [{ monitoring: { serviceAccount: "a b" } }, "at '/monitoring/serviceAccount': 'a b' does not match pattern"],
  ])("%j is refused", async (values, why) => {
    const { text, failed } = await chart.try(["template", "tandem", CHART], values);
    expect(failed).toBe(true);
    expect(text).toContain(why);
  });

  test("packed twice it is the same to the byte, whenever its files were written", async () => {
    const pack = async (name: string, time: number) => {
      const [copy, packed] = [join(chart.home, name, "tandem"), join(chart.home, name, "packed")];
      cpSync(CHART, copy, { recursive: true });
      mkdirSync(packed);
      for (const file of globSync("**", { cwd: copy })) utimesSync(join(copy, file), time, time);
      await chart.run(["package", copy, "--destination", packed]);
      const [file = ""] = globSync("*.tgz", { cwd: packed });
      return readFileSync(join(packed, file));
    };
    expect((await pack("one", 1_000_000_000)).equals(await pack("two", 1_700_000_000))).toBe(true);
  });
});
