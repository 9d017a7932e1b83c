import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../../src/api/object.ts";
import { documentsOf } from "../../gitops/files.ts";
import { moduleFolder } from "../../tools/modules.ts";
import { useCluster } from "../fixture.ts";
import { deleteAndWait, until } from "../until.ts";

/*
 * The objects that we tell users of Flux and Argo CD to apply, before a real API server that has the kinds of both: as a dry
 * run, in which an unknown field is refused.
 */
const { admin, namespace } = useCluster();
const CRD = "CustomResourceDefinition";
const DOWNLOAD_TIMEOUT_MS = 120_000;
const SOURCES = [
  {
    path: "github.com/fluxcd/kustomize-controller",
    version: "v1.9.6",
    sum: "h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE=",
    file: "config/crd/bases/kustomize.toolkit.fluxcd.io_kustomizations.yaml",
    plural: "kustomizations",
    group: "kustomize.toolkit.fluxcd.io/v1",
  },
  {
    path: "github.com/fluxcd/source-controller",
    version: "v1.9.6",
    sum: "h1:nG534/bI6nVpyHra7ONAk6xDB3xPsVT+EOLHZHXPrrc=",
    file: "config/crd/bases/source.toolkit.fluxcd.io_gitrepositories.yaml",
    plural: "gitrepositories",
    group: "source.toolkit.fluxcd.io/v1",
  },
  {
    path: "github.com/argoproj/argo-cd/v3",
    version: "v3.5.7",
    sum: "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=",
    file: "manifests/crds/application-crd.yaml",
    plural: "applications",
    group: "argoproj.io/v1alpha1",
  },
];
let reasonToSkip: string | undefined;
/** Kinds that were not there before. */
const ours: string[] = [];

beforeAll(async () => {
  for (const { file, plural, group, ...module } of SOURCES) {
    const folder = await moduleFolder(module);
    if (typeof folder !== "string") {
      reasonToSkip = folder.skipped;
      return;
    }
    const definition = load(readFileSync(join(folder, file), "utf8")) as KubeObject;
    const { name } = definition.metadata;
    if ((await admin.find({ kind: CRD, name })) !== undefined) continue;
    await admin.create(definition);
    ours.push(name);
    const path = `/apis/${group}/${plural}`;
    const isServed = async () => (await admin.request({ method: "GET", path, query: { limit: 1 } })).status === 200;
    await until(isServed, { what: `${name} is served` });
  }
}, DOWNLOAD_TIMEOUT_MS);
beforeEach(({ skip }) => skip(reasonToSkip !== undefined, reasonToSkip));
afterAll(async () => {
  for (const name of ours) await deleteAndWait(admin, { kind: CRD, name });
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function dryRun(object: KubeObject): Promise<Answer> {
  const plural = SOURCES.find(({ group }) => group === object.apiVersion)?.plural;
  const path = `/apis/${object.apiVersion}/namespaces/${namespace}/${plural}`;
  const body = { ...object, metadata: { ...object.metadata, namespace } };
  return await admin.request({ method: "POST", path, body, query: { dryRun: "All", fieldValidation: "Strict" } });
}

test.each([
  ["flux/tandem.yaml", 3],
  ["flux/estate.yaml", 4],
  ["argocd/applications.yaml", 2],
])("%s is what the kinds' own schemas allow", async (file, count) => {
  const objects = documentsOf(file) as KubeObject[];
  expect(objects).toHaveLength(count);
  for (const object of objects) {
    const { status, body } = await dryRun(object);
    expect(status, JSON.stringify(body)).toBe(201);
    const misspelt = { ...object, spec: { ...(object as KubeObject & { spec: object }).spec, waitt: true } };
    expect((await dryRun(misspelt)).status).toBe(400);
  }
});
