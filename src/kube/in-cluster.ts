import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import type { Clock } from "./clock.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { ApiError } from "./errors.ts";

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The kubelet rotates a token long before it expires: once a minute is often enough. Milliseconds. */
const REREAD_AFTER = 60_000;

type Env = Readonly<Record<string, string | undefined>>;

interface InClusterOptions {
  readonly env: Env;
  readonly clock: Clock;
  /** Where token, ca.crt and namespace are mounted. Default: where the kubelet mounts them. */
  readonly directory?: string;
}

/** Whether the kubelet's variables for the API server are there. */
export function isInCluster(env: Env): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST) && Boolean(env.KUBERNETES_SERVICE_PORT);
}

/**
 * The credentials of the Pod's ServiceAccount. Token and CA are read again every minute and after a 401; while they
 * cannot be read, or are empty (a file being rewritten), the last good ones are kept.
 */
export function inClusterCredentials(options: InClusterOptions): CredentialSource {
  const { env, clock, directory = SERVICE_ACCOUNT } = options;
  const server = serverOf(env);
  let last: Credentials | undefined;
  let readAt = 0;
  let loading: Promise<Credentials> | undefined;

  const load = async (): Promise<Credentials> => {
    try {
      const [token, ca, namespace] = await Promise.all([
        readText(join(directory, "token")),
        readText(join(directory, "ca.crt")),
        readText(join(directory, "namespace")).catch(() => undefined),
      ]);
      last = { server, tls: { ca }, headers: { authorization: `Bearer ${token}` }, ...(namespace && { namespace }) };
    } catch (cause) {
      if (last === undefined) {
        throw new ApiError("Credentials", `cannot read the ServiceAccount of this Pod in ${directory}`, { cause });
      }
    }
    readAt = clock.monotonic();
    return last;
  };

  return {
    get() {
      if (last !== undefined && clock.monotonic() - readAt < REREAD_AFTER) {
        return Promise.resolve(last);
      }
      loading ??= load().finally(() => {
        loading = undefined;
      });
      return loading;
    },
    invalidate(refused) {
      if (refused === last) {
        readAt = Number.NEGATIVE_INFINITY;
      }
    },
  };
}

function serverOf(env: Env): string {
  const host = env.KUBERNETES_SERVICE_HOST ?? "";
  return `https://${isIPv6(host) ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT}`;
}

async function readText(file: string): Promise<string> {
  const text = (await readFile(file, "utf8")).trim();
  if (text === "") {
    throw new Error(`${file} is empty`);
  }
  return text;
}
