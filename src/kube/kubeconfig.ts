import { existsSync, readFileSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { dirname, resolve } from "node:path";
import type { Cluster, KubeConfig } from "@kubernetes/client-node";
import { isJsonObject, readText, SourceText } from "../api/manifest/index.ts";
import type { Clock } from "./clock.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { ApiError } from "./errors.ts";

/** An exec plugin is a process a call: at most one in ten seconds. Milliseconds. */
const CACHE_FOR = 10_000;

/** Nor one for each refused request of a burst. Milliseconds. */
const RELOAD_AFTER = 1_000;

interface KubeconfigOptions {
  /** Merged as kubectl does: the first file that names a cluster, user, context or current context wins. */
  readonly files: readonly string[];
  /** Whether a file of the list may be missing, as in KUBECONFIG. */
  readonly mayMiss: boolean;
  readonly context: string | undefined;
  readonly clock: Clock;
}

/**
 * Credentials from kubeconfig files: certificates, tokens, exec plugins, OIDC. Cached for ten seconds with one load in
 * flight; after a 401 the files are read again. The client library costs a second and 85 MB to load, so it is loaded
 * with the first use.
 */
export function kubeconfigCredentials(options: KubeconfigOptions): CredentialSource {
  const { clock } = options;
  let config: KubeConfig | undefined;
  let cached: { readonly credentials: Credentials; readonly at: number } | undefined;
  let loading: Promise<Credentials> | undefined;

  const load = async (): Promise<Credentials> => {
    config ??= await loadConfig(options);
    const credentials = await toCredentials(config);
    cached = { credentials, at: clock.monotonic() };
    return credentials;
  };

  return {
    get() {
      if (cached !== undefined && clock.monotonic() - cached.at < CACHE_FOR) {
        return Promise.resolve(cached.credentials);
      }
      loading ??= load().finally(() => {
        loading = undefined;
      });
      return loading;
    },
    invalidate(refused) {
      if (cached?.credentials === refused && clock.monotonic() - cached.at >= RELOAD_AFTER) {
        // A new KubeConfig, because the old one caches what its exec plugin said until that expires.
        config = undefined;
        cached = undefined;
      }
    },
  };
}

async function loadConfig(options: KubeconfigOptions): Promise<KubeConfig> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const { files, mayMiss, context } = options;
  const merged = new KubeConfig();
  const names = files.join(", ");
  for (const file of files) {
    if (mayMiss && !existsSync(file)) {
      continue;
    }
    const one = new KubeConfig();
    let text = "";
    try {
      text = readFileSync(file, "utf8");
      if (text.trim() === "") {
        continue;
      }
      one.loadFromFile(file);
    } catch (error) {
      const why = ofTheSystem(error) ?? whyUnreadable(text);
      throw new ApiError("Credentials", `cannot read the kubeconfig ${file}: ${why}`);
    }
    for (const user of one.getUsers()) {
      const tokenFile = tokenFileOf(text, user.name);
      if (tokenFile !== undefined) {
        // The library does not know the field, but reads such a file, and again every minute, for a user of this form.
        Object.assign(user, {
          token: undefined,
          authProvider: { name: "", config: { tokenFile: resolve(dirname(file), tokenFile) } },
        });
      }
    }
    mergeFirstWins(merged, one);
  }
  const contexts = merged.getContexts().map((known) => known.name);
  const chosen = context ?? merged.getCurrentContext();
  if (!chosen) {
    throw new ApiError(
      "Credentials",
      `${names}: no current context; ${contexts.length > 0 ? `name one with --context: ${contexts.join(", ")}` : "and no contexts, or no such file"}`,
    );
  }
  if (!contexts.includes(chosen)) {
    throw new ApiError("Credentials", `${names}: no context "${chosen}"; there are: ${contexts.join(", ") || "none"}`);
  }
  merged.setCurrentContext(chosen);
  return merged;
}

/**
 * What the system says, such as ENOENT. Any other error of the library's may quote the file or what a plugin printed, and
 * tokens with it: neither it nor its message may go on, not even as a `cause`.
 */
function ofTheSystem(error: unknown): string | undefined {
  return error instanceof Error && "syscall" in error ? error.message : undefined;
}

function whyUnreadable(text: string): string {
  const at = readText(new SourceText("kubeconfig", text)).problems.find(({ line }) => line !== undefined);
  return at === undefined ? "it is not what a kubeconfig looks like" : `it is not what it should be at line ${at.line}`;
}

/** `users[].user.tokenFile` of a kubeconfig, which wins over `token`. */
function tokenFileOf(text: string, name: string): string | undefined {
  for (const { object } of readText(new SourceText("kubeconfig", text)).manifests) {
    const users = Array.isArray(object.users) ? object.users : [];
    const entry = users.filter(isJsonObject).find((one) => one.name === name)?.user;
    if (isJsonObject(entry) && typeof entry.tokenFile === "string") {
      return entry.tokenFile;
    }
  }
  return undefined;
}

function mergeFirstWins(into: KubeConfig, from: KubeConfig): void {
  into.loadFromOptions({
    clusters: union(into.getClusters(), from.getClusters()).map(plainHttpAllowed),
    users: union(into.getUsers(), from.getUsers()),
    contexts: union(into.getContexts(), from.getContexts()),
    currentContext: into.getCurrentContext() || from.getCurrentContext(),
  });
}

/** As in kubectl, a server may be http:// (`kubectl proxy`); the library refuses one without this flag. */
function plainHttpAllowed(cluster: Cluster): Cluster {
  return cluster.server.startsWith("http://") ? { ...cluster, skipTLSVerify: true } : cluster;
}

function union<T extends { readonly name: string }>(first: readonly T[], second: readonly T[]): T[] {
  const names = new Set(first.map(({ name }) => name));
  return [...first, ...second.filter(({ name }) => !names.has(name))];
}

/** Its URL is logged, and is not where a password belongs. */
function checkServer({ name, server }: Cluster): void {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ApiError("Credentials", `the server of the cluster "${name}" is no http or https URL`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new ApiError(
      "Credentials",
      `the server of the cluster "${name}" has a user in its URL, which is not supported`,
    );
  }
}

async function toCredentials(config: KubeConfig): Promise<Credentials> {
  const context = config.getContextObject(config.getCurrentContext());
  const cluster = config.getCurrentCluster();
  if (context === null || cluster === null || config.getCurrentUser() === null) {
    throw new ApiError(
      "Credentials",
      `the context "${config.getCurrentContext()}" names a cluster or a user that the kubeconfig does not have`,
    );
  }
  if (cluster.proxyUrl) {
    throw new ApiError("Credentials", `the cluster "${cluster.name}" has a proxy-url, which is not supported`);
  }
  checkServer(cluster);
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    const from = `no credentials from the context "${config.getCurrentContext()}"`;
    const plugin = config.getCurrentUser()?.exec ? "its exec plugin" : "its user's settings";
    const why = ofTheSystem(error) ?? "failed, or gave nothing usable; try them with another client";
    throw new ApiError("Credentials", `${from}: ${plugin}: ${why}`);
  }
  const tls = { ca: pem(options.ca), cert: pem(options.cert), key: pem(options.key) };
  return {
    server: cluster.server,
    tls: {
      ...(tls.ca === undefined ? {} : { ca: tls.ca }),
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
      ...(options.servername === undefined ? {} : { servername: options.servername }),
      ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
    },
    headers: headersOf(options),
  };
}

/** The library hands over a Buffer (from files and data) or a string (from an exec plugin), never a list. */
function pem(value: RequestOptions["ca"] | RequestOptions["key"]): string | undefined {
  return value === undefined ? undefined : String(value);
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (typeof value === "string") {
      // A token from a file brings the end of its line along.
      headers[name.toLowerCase()] = value.trim();
    }
  }
  if (options.auth) {
    headers.authorization = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  }
  return headers;
}
