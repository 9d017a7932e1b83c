import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readKubeconfig } from "../cluster/kubeconfig.ts";

const DOCKERFILE = join(import.meta.dirname, "..", "..", "Dockerfile");

/** Node's flags in the image. */
export function nodeFlags(): string[] {
  const entryPoint = /^ENTRYPOINT (\[.*\])$/m.exec(readFileSync(DOCKERFILE, "utf8"))?.[1];
  if (entryPoint === undefined) throw new Error("the Dockerfile has no ENTRYPOINT that is a list");
  return (JSON.parse(entryPoint) as string[]).slice(1, -1);
}

/**
 * What a Pod finds in its environment, for the user of a kubeconfig of ours: as in a cluster no kubeconfig is read then, nor the
 * library loaded that it takes, 85 MB. The account's files are written into a folder of the caller's.
 */
export function asPod(kubeconfig: string, folder: string): { env: NodeJS.ProcessEnv; args: string[] } {
  const { server, ca = "", token = "" } = readKubeconfig(kubeconfig);
  const account = join(folder, "service-account");
  mkdirSync(account);
  writeFileSync(join(account, "token"), token, { mode: 0o600 });
  writeFileSync(join(account, "ca.crt"), ca);
  const { hostname, port } = new URL(server);
  return {
    env: { KUBECONFIG: "", KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    args: [`--service-account-dir=${account}`],
  };
}
