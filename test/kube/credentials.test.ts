import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findCredentials } from "../../src/kube/credentials.ts";
import { inClusterCredentials } from "../../src/kube/in-cluster.ts";
import { VirtualClock } from "./virtual-clock.ts";

let directory: string;
let clock: VirtualClock;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tandem-credentials-"));
  clock = new VirtualClock();
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};

const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };

describe("in a cluster", () => {
  const source = (host = "10.0.0.1") =>
    inClusterCredentials({ env: { ...env, KUBERNETES_SERVICE_HOST: host }, clock, directory });

  beforeEach(() => {
    file("token", "first\n");
    file("ca.crt", "CA\n");
    file("namespace", "tandem-system");
  });

  test("server, CA, token and namespace are the Pod's", async () => {
    await expect(source().get()).resolves.toEqual({
      server: "https://10.0.0.1:443",
      tls: { ca: "CA" },
      headers: { authorization: "Bearer first" },
      namespace: "tandem-system",
    });
    await expect(source("fd00::1").get()).resolves.toMatchObject({ server: "https://[fd00::1]:443" });
  });

  test("the ServiceAccount may be mounted elsewhere", async () => {
    const cluster = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };
    const source = findCredentials({ env: cluster, clock, serviceAccountDir: directory });
    await expect(source.get()).resolves.toMatchObject({ headers: { authorization: "Bearer first" } });
  });

  test("the token is read again after a minute and after a 401, and kept while it cannot be read", async () => {
    const credentials = source();
    const token = async () => (await credentials.get()).headers.authorization;
    const first = await credentials.get();
    file("token", "second");
    expect(await token()).toBe("Bearer first");
    await clock.advance(60_000);
    expect(await token()).toBe("Bearer second");
    file("token", "third");
    credentials.invalidate(first);
    expect(await token(), "what was refused is not in use any more").toBe("Bearer second");
    credentials.invalidate(await credentials.get());
    expect(await token()).toBe("Bearer third");
    file("token", "");
    await clock.advance(60_000);
    expect(await token(), "truncated, about to be written").toBe("Bearer third");
    unlinkSync(join(directory, "token"));
    await clock.advance(60_000);
    expect(await token()).toBe("Bearer third");
    mkdirSync(join(directory, "..data"));
    symlinkSync(file("..data/token", "fourth"), join(directory, "token"));
    await clock.advance(60_000);
    expect(await token(), "swapped by the kubelet").toBe("Bearer fourth");
  });

  test("no token at the start is an error, not a stop", async () => {
    unlinkSync(join(directory, "token"));
    const credentials = source();
    await expect(credentials.get()).rejects.toMatchObject({ code: "Credentials" });
    file("token", "late");
    await expect(credentials.get()).resolves.toMatchObject({ headers: { authorization: "Bearer late" } });
  });
});

describe("a kubeconfig", () => {
  const config = (name: string, extra = "") => `
apiVersion: v1
kind: Config
current-context: ${name}
clusters:
- {name: ${name}, cluster: {server: "https://${name}.example:6443", certificate-authority-data: ${btoa(`CA of ${name}`)}}}
- {name: shared, cluster: {server: "http://shared-of-${name}.example:8001"}}
users:
- {name: ${name}, user: {token: token-of-${name}}}
- {name: basic, user: {username: u, password: p}}
contexts:
- {name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: ns-of-${name}}}
- {name: shared, context: {cluster: shared, user: basic}}
- {name: broken, context: {cluster: gone, user: ${name}}}
${extra}`;

  test("--kubeconfig: its current context, or the one named", async () => {
    const kubeconfig = file("a", config("a"));
    await expect(findCredentials({ kubeconfig, env, clock }).get()).resolves.toEqual({
      server: "https://a.example:6443",
      tls: { ca: "CA of a" },
      headers: { authorization: "Bearer token-of-a" },
    });
    await expect(findCredentials({ kubeconfig, context: "shared", env, clock }).get()).resolves.toMatchObject({
      server: "http://shared-of-a.example:8001",
      headers: { authorization: `Basic ${btoa("u:p")}` },
    });
  });

  test("KUBECONFIG: a list of which the first that names something wins, and missing or empty files do not matter", async () => {
    const files = [join(directory, "none"), file("empty", "\n"), file("a", config("a")), file("b", config("b"))];
    const settings = { env: { KUBECONFIG: files.join(":") }, clock };
    await expect(findCredentials(settings).get()).resolves.toMatchObject({ server: "https://a.example:6443" });
    await expect(findCredentials({ ...settings, context: "b" }).get()).resolves.toMatchObject({
      server: "https://b.example:6443",
    });
    await expect(findCredentials({ ...settings, context: "shared" }).get()).resolves.toMatchObject({
      server: "http://shared-of-a.example:8001",
    });
  });

  test("~/.kube/config is the last resort", async () => {
    mkdirSync(join(directory, ".kube"));
    file(".kube/config", config("home"));
    await expect(findCredentials({ env: { HOME: directory }, clock }).get()).resolves.toMatchObject({
      server: "https://home.example:6443",
    });
    expect(() => findCredentials({ env: { HOME: join(directory, "nobody") }, clock })).toThrow(/--kubeconfig/);
  });

  test("what is wrong is said, with what there is instead", async () => {
    const kubeconfig = file("a", config("a"));
    const why = async (options: { kubeconfig: string; context?: string }) =>
      String(
        await findCredentials({ ...options, env, clock })
          .get()
          .catch((error: unknown) => error),
      );
    expect(await why({ kubeconfig, context: "nope" })).toMatch(/no context "nope"; there are: a, shared, broken/);
    expect(await why({ kubeconfig, context: "broken" })).toMatch(/"broken" names a cluster or a user/);
    expect(await why({ kubeconfig: join(directory, "none") })).toMatch(/cannot read the kubeconfig .*none.*ENOENT/);
    expect(await why({ kubeconfig: file("bad", "a: [b") })).toMatch(/cannot read the kubeconfig/);
    expect(await why({ kubeconfig: file("no-context", "kind: Config") })).toMatch(/no current context/);
    const proxied = config("p").replace("server:", "proxy-url: http://proxy, server:");
    expect(await why({ kubeconfig: file("proxied", proxied) })).toMatch(/proxy-url, which is not supported/);
  });

  test("an exec plugin is started once for many requests, and once more after many 401s", async () => {
    const count = join(directory, "count");
    const plugin = `echo x >> ${count}; echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$(wc -l < ${count} | tr -d " ")'"}}'`;
    const kubeconfig = file(
      "exec",
      `${config("e")}`.replace(
        "user: {token: token-of-e}",
        `user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: ["-c", ${JSON.stringify(plugin)}]}}`,
      ),
    );
    const source = findCredentials({ kubeconfig, env, clock });
    const many = await Promise.all(Array.from({ length: 20 }, () => source.get()));
    expect(new Set(many.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer 1"]));
    await clock.advance(5_000);
    const refused = await source.get();
    expect(refused.headers.authorization).toBe("Bearer 1");
    for (let i = 0; i < 20; i++) {
      source.invalidate(refused);
    }
    const fresh = await Promise.all(Array.from({ length: 20 }, () => source.get()));
    expect(new Set(fresh.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer 2"]));
  });
});
