import { execFileSync, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { load, loadAll } from "js-yaml";
import type { KubeObject } from "../../src/api/object.ts";

export const ROOT = join(import.meta.dirname, "..", "..");
export const MANIFESTS = join(ROOT, "manifests");

/** Why nothing can be built here; undefined if it can. */
export const NO_KUBECTL =
  spawnSync("kubectl", ["version", "--client"]).error === undefined ? undefined : "there is no kubectl on the PATH";

/** What runs the controller: `base`, `components/…`, `overlays/…`, each with its kustomization. */
export const FOLDERS = globSync("{base,components,overlays}/**/kustomization.yaml", { cwd: MANIFESTS })
  .map(dirname)
  .toSorted();
export const OVERLAYS = FOLDERS.filter((folder) => folder === "base" || folder.startsWith("overlays/"));
export const COMPONENTS = FOLDERS.filter((folder) => folder.startsWith("components/"));

export function kustomizationOf(folder: string): Record<string, unknown> {
  return load(readFileSync(join(MANIFESTS, folder, "kustomization.yaml"), "utf8")) as Record<string, unknown>;
}

/** The text that `kubectl kustomize` makes of a folder, for a component with the base; throws what it says if it refuses. */
export function built(folder: string): string {
  const kustomize = (path: string) => execFileSync("kubectl", ["kustomize", path], { encoding: "utf8", stdio: "pipe" });
  if (!COMPONENTS.includes(folder)) return kustomize(join(MANIFESTS, folder));
  const own = mkdtempSync(join(realpathSync(tmpdir()), "tandem-kustomize-"));
  try {
    const to = (path: string) => relative(own, join(MANIFESTS, path));
    const kustomization = { kind: "Kustomization", resources: [to("base")], components: [to(folder)] };
    writeFileSync(join(own, "kustomization.yaml"), JSON.stringify(kustomization));
    return kustomize(own);
  } finally {
    rmSync(own, { recursive: true });
  }
}

export function objectsOf(text: string): KubeObject[] {
  return (loadAll(text) as (KubeObject | null)[]).filter((one) => one !== null);
}

/** `kind/namespace/name`. */
export function idOf({ kind, metadata: { namespace = "", name } }: KubeObject): string {
  return `${kind}/${namespace}/${name}`;
}
