import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  built,
  COMPONENTS,
  FOLDERS,
  idOf,
  kustomizationOf,
  MANIFESTS,
  NO_KUBECTL,
  OVERLAYS,
  objectsOf,
} from "./kustomize.ts";

/** Of kustomize v5: what else there is of these names is deprecated, or nothing that we use. */
const FIELDS = ["apiVersion", "kind", "resources", "components", "patches", "images", "labels"];
const FILES = globSync("{base,components,overlays}/**/*.yaml", { cwd: MANIFESTS });

/** Every value in an object, with its path. */
function* valuesOf(value: unknown, path = ""): Generator<{ path: string; value: unknown }> {
  yield { path, value };
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value)) yield* valuesOf(child, `${path}.${key}`);
}

test("there are a base, overlays and components", () => {
  expect(OVERLAYS).toEqual(["base", "overlays/production", "overlays/single-node"]);
  expect(COMPONENTS).toEqual(
    [
      "aggregate-roles",
      "high-availability",
      "metrics",
      "monitoring",
      "namespaced-writes",
      "network-policy",
      "reporter-guard",
    ].map((name) => `components/${name}`),
  );
});

test.each(FOLDERS)("%s has the fields of kustomize v5, and takes each of its files", (folder) => {
  const kustomization = kustomizationOf(folder);
  expect(FIELDS).toEqual(expect.arrayContaining(Object.keys(kustomization)));
  const isComponent = COMPONENTS.includes(folder);
  expect(kustomization).toMatchObject(
    isComponent
      ? { apiVersion: "kustomize.config.k8s.io/v1alpha1", kind: "Component" }
      : { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" },
  );
  const { resources = [] } = kustomization as { resources?: string[] };
  const taken = resources.filter((name) => statSync(join(MANIFESTS, folder, name)).isFile());
  const there = FILES.filter((file) => file.startsWith(`${folder}/`))
    .map((file) => file.slice(folder.length + 1))
    .filter((file) => !file.includes("/") && file !== "kustomization.yaml");
  expect(taken.toSorted()).toEqual(there.toSorted());
});

test("no file holds what the server writes, or nothing: GitOps tools would see drift for ever", () => {
  for (const file of FILES) {
    for (const object of objectsOf(readFileSync(join(MANIFESTS, file), "utf8"))) {
      expect(object, file).not.toHaveProperty("status");
      for (const { path, value } of valuesOf(object)) {
        const where = `${file} ${path}`;
        expect(path, where).not.toMatch(/\.(creationTimestamp|resourceVersion|uid|generation|managedFields)$/);
        expect(value, where).not.toBeNull();
        if (Array.isArray(value)) expect(value.length, where).toBeGreaterThan(0);
      }
    }
  }
});

test.for([...OVERLAYS, ...COMPONENTS])(
  "%s builds, each object once, labelled, in tandem-system",
  (folder, { skip }) => {
    if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
    const objects = objectsOf(built(folder));
    const ids = objects.map(idOf);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { metadata } of objects) expect(metadata.labels).toMatchObject({ "app.kubernetes.io/name": "tandem" });
    const namespaces = objects.flatMap(({ metadata: { namespace } }) => namespace ?? []);
    expect(new Set(namespaces)).toEqual(new Set(["tandem-system"]));
  },
);
