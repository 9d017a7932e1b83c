import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installYaml } from "../../scripts/install-yaml.ts";
import { readFolder } from "../cluster/install.ts";
import { built, idOf, MANIFESTS, NO_KUBECTL, objectsOf, ROOT } from "./kustomize.ts";

const text = readFileSync(join(MANIFESTS, "install.yaml"), "utf8");
const byId = (yaml: string) => Object.fromEntries(objectsOf(yaml).map((one) => [idOf(one), one]));

test("install.yaml is current", () => {
  expect(text).toBe(installYaml(ROOT));
});

test("install.yaml is the kinds, and what kubectl kustomize builds of manifests/base", ({ skip }) => {
  if (NO_KUBECTL !== undefined) skip(NO_KUBECTL);
  const kinds = Object.fromEntries(readFolder(join(ROOT, "crds")).map((one) => [idOf(one), one]));
  expect(byId(text)).toEqual({ ...kinds, ...byId(built("base")) });
});

test("the order of install.yaml is one in which every object finds what it needs", () => {
  const kinds = objectsOf(text).map(({ kind }) => kind);
  expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
    "CustomResourceDefinition",
    "Namespace",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "ClusterRole",
    "PodDisruptionBudget",
    "Deployment",
  ]);
});
