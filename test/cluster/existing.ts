import type { RequestOptions } from "node:https";
import { ControlPlaneError, messageOf } from "./errors.ts";
import { type Access, withoutUndefined } from "./kubeconfig.ts";

/**
 * What a kubeconfig's current context means: files read, exec plugins run, all of it once. Accepts a path, or the text
 * of a kubeconfig. A token of an exec plugin is not renewed, which limits a run to its life (an hour, usually).
 * Throws `KubeconfigRefused`.
 */
export async function accessOf(source: { path: string } | { text: string }): Promise<Access> {
  const what = "path" in source ? source.path : "the kubeconfig";
  try {
    // Loaded late: it costs a second, and only those with a cluster of their own need it.
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    if ("path" in source) config.loadFromFile(source.path);
    else config.loadFromString(source.text);
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) throw new Error("it has no current-context, or no cluster for it");
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return withoutUndefined({
      server: server.replace(/\/+$/, ""),
      ca: pem(options.ca),
      skipTlsVerify: options.rejectUnauthorized === false,
      tlsServerName: options.servername,
      token: bearer(options.headers),
      clientCertificate: pem(options.cert),
      clientKey: pem(options.key),
    });
  } catch (error) {
    throw new ControlPlaneError("KubeconfigRefused", `${what} cannot be used: ${messageOf(error)}`, { cause: error });
  }
}

function pem(value: RequestOptions["ca"] | RequestOptions["key"]): string | undefined {
  return typeof value === "string" || Buffer.isBuffer(value) ? value.toString() : undefined;
}

function bearer(headers: RequestOptions["headers"]): string | undefined {
  const value = headers !== undefined && "Authorization" in headers ? headers.Authorization : undefined;
  return typeof value === "string" && value.startsWith("Bearer ") ? value.slice("Bearer ".length) : undefined;
}
