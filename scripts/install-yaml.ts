import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

const HEADER = `# Generated from crds/ and manifests/base by scripts/generate.ts (\`make generate\`). Do not edit.
# Tandem in one file: kubectl apply --server-side -f install.yaml
# It has the kinds too: to delete what is in it deletes every ProtectedVM, AffinityPolicy and Appliance.
`;
/** What a kustomization may have here: anything else would change the files that it names. */
const FIELDS = new Set(["apiVersion", "kind", "resources"]);

/**
 * The text of manifests/install.yaml: the CRDs, then the files that the kustomization of manifests/base names, in its order,
 * each as it is, with its comments. `root`: the folder of this project. Throws on a kustomization that does more than name
 * files and folders (a test compares the result with what `kubectl kustomize` builds).
 */
export function installYaml(root: string): string {
  const crds = join(root, "crds");
  const files = readdirSync(crds).filter((file) => file.endsWith(".yaml"));
  const kinds = files.toSorted().map((file) => join(crds, file));
  const texts = [...kinds, ...resourcesOf(join(root, "manifests", "base"))].map((file) => readFileSync(file, "utf8"));
  return HEADER + texts.map((text) => `---\n${text.trim()}\n`).join("");
}

function resourcesOf(folder: string): string[] {
  const file = join(folder, "kustomization.yaml");
  const kustomization = load(readFileSync(file, "utf8")) as Record<string, unknown>;
  const unknown = Object.keys(kustomization).find((field) => !FIELDS.has(field));
  if (unknown !== undefined)
    throw new Error(`${file}: install.yaml can follow \`resources\` only, and this has ${unknown}`);
  return (kustomization.resources as string[]).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? resourcesOf(path) : [path];
  });
}
