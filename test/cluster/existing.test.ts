import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { accessOf } from "./existing.ts";
import { readKubeconfig, writeKubeconfig } from "./kubeconfig.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** A kubeconfig as k3s and kind write it: certificates inline, and other clusters beside the current one. */
const CERTIFICATES = `
apiVersion: v1
kind: Config
current-context: mine
contexts:
- {name: other, context: {cluster: other, user: other}}
- {name: mine, context: {cluster: mine, user: mine}}
clusters:
- {name: other, cluster: {server: "https://other.example"}}
- {name: mine, cluster: {server: "https://127.0.0.1:6443/", certificate-authority-data: ${base64("CA")}}}
users:
- {name: other, user: {token: not-this-one}}
- {name: mine, user: {client-certificate-data: ${base64("CERT")}, client-key-data: ${base64("KEY")}}}
`;

const EXEC = `
apiVersion: v1
kind: Config
current-context: cloud
contexts: [{name: cloud, context: {cluster: cloud, user: cloud}}]
clusters: [{name: cloud, cluster: {server: "https://cloud.example", tls-server-name: api.example}}]
users:
- name: cloud
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      interactiveMode: Never
      command: printf
      args: ['{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"fresh"}}']
`;

describe("a kubeconfig of somebody else's", () => {
  test("is taken with its current context and its certificates, and survives our own copy", async () => {
    const access = await accessOf({ text: CERTIFICATES });
    expect(access).toEqual({ server: "https://127.0.0.1:6443", ca: "CA", clientCertificate: "CERT", clientKey: "KEY" });
    const folder = mkdtempSync(join(tmpdir(), "tandem-test-"));
    try {
      const path = join(folder, "kubeconfig");
      writeKubeconfig(path, access);
      expect(readKubeconfig(path)).toEqual(access);
      expect(await accessOf({ path })).toEqual(access);
      expect(statSync(path).mode & 0o077).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("may get its token from a program", async () => {
    expect(await accessOf({ text: EXEC })).toEqual({
      server: "https://cloud.example",
      tlsServerName: "api.example",
      token: "fresh",
    });
  });

  test("that cannot be used is refused by name", async () => {
    const missing = { code: "KubeconfigRefused", message: expect.stringContaining("/does/not/exist") };
    await expect(accessOf({ path: "/does/not/exist" })).rejects.toMatchObject(missing);
    const empty = accessOf({ text: "apiVersion: v1\nkind: Config\n" });
    await expect(empty).rejects.toMatchObject({ code: "KubeconfigRefused" });
  });
});
