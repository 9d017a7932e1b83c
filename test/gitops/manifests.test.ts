import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { beforeAll, describe, expect, test } from "vitest";
import { documentsOf, files, GITOPS, textOf } from "./files.ts";
import { KINDS, ROOT } from "./verdicts.ts";

const WAVE = "argocd.argoproj.io/sync-wave";

interface Built {
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
}

interface FluxStep {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly dependsOn?: readonly { readonly name: string }[];
    readonly sourceRef: { readonly name: string };
    readonly wait: boolean;
    readonly timeout: string;
  };
}

test("every YAML file parses, and every shell script too", () => {
  const yaml = files().filter((file) => file.endsWith(".yaml"));
  expect(yaml.length).toBeGreaterThan(25);
  for (const file of yaml) expect(documentsOf(file), file).not.toEqual([]);
  for (const file of files().filter((one) => textOf(one).startsWith("#!/bin/sh"))) {
    execFileSync("sh", ["-n", join(GITOPS, file)]);
  }
});

test("the image is the one that the Deployment runs, and the file in it the one that is put there", () => {
  const deployment = readFileSync(join(ROOT, "manifests", "base", "deployment.yaml"), "utf8");
  const image = /image: (\S+)/.exec(deployment)?.[1] ?? "none";
  expect(readFileSync(join(ROOT, "scripts", "image-root.ts"), "utf8")).toContain('import("/app/tandem.mjs")');
  const github = textOf("pull-request/github.yaml");
  expect(github).toContain(`TANDEM_IMAGE: ${image}\n`);
  expect(github).toContain(":/app/tandem.mjs .tandem/tandem.mjs\n");
  const [name, tag] = image.split(":");
  expect(textOf("argocd/applications.yaml")).toContain(`images: [${name}=registry.example.com/${image}]`);
  expect(textOf("flux/tandem.yaml")).toContain(`newTag: ${tag}\n`);
});

describe("Flux", () => {
  const documents = ["flux/tandem.yaml", "flux/estate.yaml"].flatMap((file) => documentsOf(file)) as FluxStep[];
  const steps = documents.filter(({ kind }) => kind === "Kustomization");
  const sources = documents.filter(({ kind }) => kind === "GitRepository").map(({ metadata }) => metadata.name);

  test("each step waits for its objects, for a time, and begins after the one before it", () => {
    expect(steps.map(({ metadata }) => metadata.name)).toEqual([
      "tandem-crds",
      "tandem-controller",
      "estate-appliances",
      "estate-policies",
      "estate-vms",
    ]);
    steps.forEach(({ metadata, spec }, index) => {
      const before = steps[index - 1]?.metadata.name;
      expect(spec.dependsOn ?? [], metadata.name).toEqual(before === undefined ? [] : [{ name: before }]);
      expect(spec).toMatchObject({ wait: true, timeout: expect.stringMatching(/^\d+m$/) });
      expect(sources).toContain(spec.sourceRef.name);
    });
  });
});

describe("what kustomize builds", () => {
  const build = (folder: string) => {
    const text = execFileSync("kubectl", ["kustomize", join(GITOPS, folder)], { encoding: "utf8" });
    return loadAll(text) as Built[];
  };
  let reasonToSkip: string | undefined;
  beforeAll(() => {
    try {
      execFileSync("kubectl", ["version", "--client"], { stdio: "ignore" });
    } catch {
      reasonToSkip = "there is no kubectl on the PATH";
    }
  });

  test("for Flux: two sources and five steps, where Flux looks for them", ({ skip }) => {
    skip(reasonToSkip !== undefined, reasonToSkip);
    const objects = build("flux");
    expect(objects.map(({ kind }) => kind).toSorted()).toEqual([
      ...Array(2).fill("GitRepository"),
      ...Array(5).fill("Kustomization"),
    ]);
    for (const { metadata } of objects) expect(metadata.namespace).toBe("flux-system");
  });

  test("for Argo CD: Namespaces before Appliances, and those before policies and VMs", ({ skip }) => {
    skip(reasonToSkip !== undefined, reasonToSkip);
    const waves = new Map<string, Set<string>>();
    for (const { kind, metadata } of build("argocd/example")) {
      const wave = metadata.annotations?.[WAVE] ?? "0";
      waves.set(kind, (waves.get(kind) ?? new Set()).add(wave));
    }
    expect(Object.fromEntries(waves)).toEqual({
      Namespace: new Set(["-1"]),
      Appliance: new Set(["0"]),
      AffinityPolicy: new Set(["1"]),
      ProtectedVM: new Set(["1"]),
    });
  });

  test("for Argo CD: the health scripts under the keys where it looks for them", ({ skip }) => {
    skip(reasonToSkip !== undefined, reasonToSkip);
    const [configMap, ...others] = build("argocd");
    expect(others).toEqual([]);
    expect(configMap?.metadata).toMatchObject({ name: "argocd-cm", namespace: "argocd" });
    const scripts = KINDS.map((kind) => [
      `resource.customizations.health.tandem.dev_${kind}`,
      textOf(`argocd/resource_customizations/tandem.dev/${kind}/health.lua`),
    ]);
    expect(configMap?.data).toEqual(Object.fromEntries(scripts));
  });
});
