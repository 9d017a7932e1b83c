import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readKubeconfig } from "../cluster/kubeconfig.ts";

const IMAGE_ROOT = join(import.meta.dirname, "..", "..", "scripts", "image-root.ts");

/** Node's flags in the image, from the line that starts it there. */
export function nodeFlags(): string[] {
  const flags = /#!\/usr\/local\/bin\/node (--[^'"\\]*)/.exec(readFileSync(IMAGE_ROOT, "utf8"))?.[1];
  if (flags === undefined) throw new Error(`${IMAGE_ROOT} has no line that starts Node with flags`);
  return flags.split(" ");
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
