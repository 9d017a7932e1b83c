import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { type Clock, systemClock } from "./clock.ts";
import { ApiError } from "./errors.ts";
import { inClusterCredentials, isInCluster } from "./in-cluster.ts";
import { kubeconfigCredentials } from "./kubeconfig.ts";

/** What a connection is made with. A change of any field but `headers` and `namespace` needs new connections. */
export interface Credentials {
  /** URL of the API server, perhaps with a path. */
  readonly server: string;
  readonly tls: TlsCredentials;
  /** Authorization and impersonation. Secret: never to be logged. */
  readonly headers: Readonly<Record<string, string>>;
  /** The namespace of the Pod; absent outside of a cluster. */
  readonly namespace?: string;
}

interface TlsCredentials {
  /** PEM. Absent: the system's authorities. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name in the server's certificate, if it is not that of the URL. */
  readonly servername?: string;
  /** False only if the kubeconfig says `insecure-skip-tls-verify`. */
  readonly rejectUnauthorized?: boolean;
}

/** Where credentials come from. Both members may be called from several requests at once. */
export interface CredentialSource {
  /** The current ones, from a short cache. Throws `Credentials`. */
  get(): Promise<Credentials>;
  /** After a 401: the next `get` reads or asks again, unless somebody else's already did since `refused`. */
  invalidate(refused: Credentials): void;
}

export interface CredentialOptions {
  /** `--kubeconfig`: this file only. */
  readonly kubeconfig?: string | undefined;
  /** `--context` of the kubeconfig; absent: its current one. */
  readonly context?: string | undefined;
  /** Where the kubelet mounts the ServiceAccount; default: its usual place. */
  readonly serviceAccountDir?: string;
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

/**
 * Chooses as other controllers do: `--kubeconfig`, then the files in KUBECONFIG, then the ServiceAccount of the Pod,
 * then ~/.kube/config. A `--context` rules the ServiceAccount out. Throws `Credentials` if there is none of them.
 */
export function findCredentials(options: CredentialOptions = {}): CredentialSource {
  const { kubeconfig, context, serviceAccountDir, env = process.env, clock = systemClock } = options;
  if (kubeconfig !== undefined) {
    return kubeconfigCredentials({ files: [kubeconfig], mayMiss: false, context, clock });
  }
  const listed = (env.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  if (listed.length > 0) {
    return kubeconfigCredentials({ files: listed, mayMiss: true, context, clock });
  }
  if (context === undefined && isInCluster(env)) {
    return inClusterCredentials({ env, clock, ...(serviceAccountDir && { directory: serviceAccountDir }) });
  }
  const home = join(env.HOME ?? homedir(), ".kube", "config");
  if (existsSync(home)) {
    return kubeconfigCredentials({ files: [home], mayMiss: false, context, clock });
  }
  throw new ApiError(
    "Credentials",
    `no cluster to talk to: not in a Pod (no KUBERNETES_SERVICE_HOST), KUBECONFIG is not set and there is no ${home}; name a file with --kubeconfig`,
  );
}
