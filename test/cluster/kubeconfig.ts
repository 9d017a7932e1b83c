import { readFileSync, writeFileSync } from "node:fs";

/** How to reach an API server, and as whom: everything inline, nothing left to look up or to run. */
export interface Access {
  /** `https://host:port`, with no slash at the end. */
  readonly server: string;
  /** PEM. Absent: the system's authorities. */
  readonly ca?: string;
  readonly skipTlsVerify?: boolean;
  /** Expected in the server's certificate in place of the host of `server`. */
  readonly tlsServerName?: string;
  readonly token?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
}

/**
 * Writes a kubeconfig with one context, readable for its owner only. It is JSON, which every reader of kubeconfigs takes
 * as the YAML that it is.
 */
export function writeKubeconfig(path: string, access: Access, name = "tandem-test"): void {
  const cluster = {
    server: access.server,
    "certificate-authority-data": access.ca === undefined ? undefined : encode(access.ca),
    "insecure-skip-tls-verify": access.skipTlsVerify,
    "tls-server-name": access.tlsServerName,
  };
  const user = {
    token: access.token,
    "client-certificate-data": access.clientCertificate === undefined ? undefined : encode(access.clientCertificate),
    "client-key-data": access.clientKey === undefined ? undefined : encode(access.clientKey),
  };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

/** Reads back what `writeKubeconfig` wrote; not any other kubeconfig (see existing.ts for those). */
export function readKubeconfig(path: string): Access {
  const config: Written = JSON.parse(readFileSync(path, "utf8"));
  const cluster = config.clusters[0]?.cluster;
  const user = config.users[0]?.user;
  if (cluster === undefined || user === undefined) throw new Error(`${path} is not a kubeconfig of ours`);
  const access = {
    server: cluster.server,
    ca: decode(cluster["certificate-authority-data"]),
    skipTlsVerify: cluster["insecure-skip-tls-verify"],
    tlsServerName: cluster["tls-server-name"],
    token: user.token,
    clientCertificate: decode(user["client-certificate-data"]),
    clientKey: decode(user["client-key-data"]),
  };
  return withoutUndefined(access);
}

interface Written {
  clusters: {
    cluster: {
      server: string;
      "certificate-authority-data"?: string;
      "insecure-skip-tls-verify"?: boolean;
      "tls-server-name"?: string;
    };
  }[];
  users: { user: { token?: string; "client-certificate-data"?: string; "client-key-data"?: string } }[];
}

/** An `Access` out of parts of which some may be missing. */
export function withoutUndefined(parts: { server: string } & { [K in keyof Access]: Access[K] | undefined }): Access {
  const access: { -readonly [K in keyof Access]: Access[K] } = { server: parts.server };
  if (parts.ca !== undefined) access.ca = parts.ca;
  if (parts.skipTlsVerify === true) access.skipTlsVerify = true;
  if (parts.tlsServerName !== undefined) access.tlsServerName = parts.tlsServerName;
  if (parts.token !== undefined) access.token = parts.token;
  if (parts.clientCertificate !== undefined) access.clientCertificate = parts.clientCertificate;
  if (parts.clientKey !== undefined) access.clientKey = parts.clientKey;
  return access;
}

function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

function decode(data: string | undefined): string | undefined {
  return data === undefined ? undefined : Buffer.from(data, "base64").toString("utf8");
}
