import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { binaries, KUBERNETES_VARIABLE } from "../cluster/build.ts";
import { ROOT } from "../manifests/kustomize.ts";

const folders = readdirSync(import.meta.dirname).filter((name) => /^\d+\.\d+$/.test(name));
const goMod = (folder: string) => readFileSync(join(ROOT, "test", folder, "go.mod"), "utf8");
const newest = goMod("cluster");

/** Versions of a module in a go.mod, without those that are replaced. */
const pinned = (text: string, module: string) =>
  [...text.matchAll(new RegExp(`^\t${module} (v\\S+)`, "gm"))].map(([, version]) => version);

test.each(folders)(
  "test/versions/%s pins that Kubernetes with all of its parts, and the etcd of the newest",
  (version) => {
    const text = goMod(`versions/${version}`);
    const [kubernetes = ""] = pinned(text, "k8s.io/kubernetes");
    expect(kubernetes.startsWith(`v${version}.`)).toBe(true);
    const parts = [...text.matchAll(/ => (\S+) (v\S+)$/gm)];
    expect(parts.length).toBeGreaterThan(30);
    expect(new Set(parts.map(([, , part]) => part))).toEqual(new Set([kubernetes.replace("v1.", "v0.")]));
    expect(pinned(text, "go.etcd.io/etcd/server/v3")).toEqual(pinned(newest, "go.etcd.io/etcd/server/v3"));
  },
);

test("docs/operations.md names the versions that are tested", () => {
  const modules = [...folders.map((version) => goMod(`versions/${version}`)), newest];
  const tested = modules.flatMap((text) => pinned(text, "k8s.io/kubernetes")).map((version) => version?.slice(1));
  const page = readFileSync(join(ROOT, "docs", "operations.md"), "utf8").replaceAll(/\s+/g, " ");
  expect(page).toContain(`on ${tested.join(" and on ")}`);
});

test("a version that is not there is refused, by name", async () => {
  const before = process.env[KUBERNETES_VARIABLE];
  process.env[KUBERNETES_VARIABLE] = "1.12";
  try {
    await expect(binaries(() => {})).rejects.toMatchObject({
      code: "BuildFailed",
      message: expect.stringContaining("no k8s.io/kubernetes 1.12 in"),
    });
  } finally {
    if (before === undefined) delete process.env[KUBERNETES_VARIABLE];
    else process.env[KUBERNETES_VARIABLE] = before;
  }
});
