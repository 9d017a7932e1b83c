import { goPrograms } from "../cluster/build.ts";

/** The path of Helm, built once a machine, or the reason why it cannot be. Throws `BuildFailed`. */
export async function helm(): Promise<string | { skipped: string }> {
  const built = await goPrograms(
    {
      what: "helm (test/tools-helm)",
      module: import.meta.dirname,
      cache: "tools-helm",
      packages: { helm: "helm.sh/helm/v4/cmd/helm" },
      takes: "three to six minutes on two cores",
    },
    { say: (line) => process.stderr.write(`${line}\n`) },
  );
  return "skipped" in built ? built : built.helm;
}
