import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Credentials, findCredentials } from "../../src/kube/credentials.ts";
import { ApiError } from "../../src/kube/errors.ts";
import { inClusterCredentials } from "../../src/kube/in-cluster.ts";
import { Transport } from "../../src/kube/transport.ts";
import { sendJson } from "../kube/server.ts";
import { credentials, get, server, status, transport, useTransport } from "../kube/transport-bench.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { rejection, traces } from "./traces.ts";

const SECRET = "q7Zk-3vXw-Lm9Tp-2RsYd-8HfGb-5NcJe";
const BASE64 = Buffer.from(SECRET).toString("base64");

/** Nor any eight characters of it in a row: messages quote beginnings and ends. */
function expectNoSecret(error: unknown, what: string): void {
  const shown = traces(error);
  for (const secret of [SECRET, BASE64]) {
    for (let from = 0; from + 8 <= secret.length; from++) {
      const at = shown.indexOf(secret.slice(from, from + 8));
      expect(at < 0 ? "" : shown.slice(Math.max(0, at - 200), at + 60), what).toBe("");
    }
  }
}

let directory: string;
const clock = new VirtualClock();

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "tandem-secrets-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const kubeconfig = (user: string, { cluster = "{server: https://127.0.0.1:1}", more = "" } = {}): string => `
apiVersion: v1
kind: Config
current-context: c
clusters: [{name: c, cluster: ${cluster}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
users:
- name: u
  user: ${user}
${more}`;

const exec = (script: string): string =>
  `{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, args: ["-c", ${JSON.stringify(script)}]}}`;

async function refusedBy(text: string): Promise<unknown> {
  const file = join(directory, "config");
  writeFileSync(file, text);
  return await rejection(findCredentials({ kubeconfig: file, env: {}, clock }).get());
}

describe("a kubeconfig that is wrong says so, and not what is secret in it", () => {
  const TOKEN = `{token: ${SECRET}}`;
  const cases: Record<string, string> = {
    "a line out of place": kubeconfig(TOKEN, { more: "   bad: [x" }),
    "a tab beside the token": kubeconfig(`\n    token: ${SECRET}\n\tusername: x`),
    "an unclosed quote": kubeconfig(`{token: "${SECRET}}`),
    "the token as an alias": kubeconfig(`{token: *${SECRET}}`),
    "the token as a tag": kubeconfig(`{token: !${SECRET} x}`),
    "a key twice": kubeconfig(`{token: ${SECRET}, token: ${SECRET}}`),
    "the token where the users are": kubeconfig("{}").replace(/users:[\s\S]*/, `users: ${SECRET}`),
    "a user without a name": kubeconfig(TOKEN).replace("- name: u", "- nam: u"),
    "the token as the whole file": SECRET,
    "a JSON file cut short": JSON.stringify({ users: [{ user: { token: SECRET } }] }).slice(0, -2),
    "no such context": kubeconfig(TOKEN).replace("current-context: c", "current-context: other"),
    "a proxy with a password": kubeconfig(TOKEN, {
      cluster: `{server: "https://127.0.0.1:1", proxy-url: "http://u:${SECRET}@proxy:3128"}`,
    }),
    "a server with a password": kubeconfig("{}", { cluster: `{server: "https://u:${SECRET}@127.0.0.1:1"}` }),
    "a server that is no URL": kubeconfig("{}", { cluster: `{server: "https://u:${SECRET}@:x y"}` }),
    "a token file that is not there": kubeconfig(`{tokenFile: none, token: ${SECRET}}`),
    "a key file that is not there": kubeconfig(`{client-certificate: none, client-key: none, token: ${SECRET}}`),
  };
  test.each(Object.entries(cases))("%s", async (what, text) => {
    const error = await refusedBy(text);
    expect(error, what).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "Credentials" });
    expectNoSecret(error, what);
  });
});

describe("an exec plugin that fails is named, and not what it printed", () => {
  const cases: Record<string, string> = {
    "exit 1 with the token on standard error": `echo token=${SECRET} >&2; exit 1`,
    "exit 1 with the token on standard output": `echo ${SECRET}; exit 1`,
    "a bare token": `echo ${SECRET}`,
    "JSON with rubbish behind it": `echo '{"status":{"token":"${SECRET}"}} x'`,
    "JSON cut short": `printf '{"status":{"token":"${SECRET}'`,
    "no status": `echo '{"kind":"ExecCredential","spec":"${SECRET}"}'`,
    "a program that is not there": `exec ${SECRET}`,
  };
  test.each(Object.entries(cases))("%s", async (what, script) => {
    const error = await refusedBy(kubeconfig(exec(script)));
    expect(error).toMatchObject({ code: "Credentials", message: expect.stringContaining("exec plugin") });
    expectNoSecret(error, what);
  });

  test("nor its arguments or environment, if it is not there", async () => {
    const user = `{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./none, args: ["--password=${SECRET}"], env: [{name: P, value: ${SECRET}}]}}`;
    const error = await refusedBy(kubeconfig(user));
    expect(error).toMatchObject({ code: "Credentials", message: expect.stringContaining("ENOENT") });
    expectNoSecret(error, "arguments");
  });
});

describe("a ServiceAccount", () => {
  test("that cannot be read", async () => {
    writeFileSync(join(directory, "token"), SECRET);
    const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", KUBERNETES_SERVICE_PORT: "443" };
    const error = await rejection(inClusterCredentials({ env, clock, directory }).get());
    expect(error).toMatchObject({ code: "Credentials" });
    expectNoSecret(error, "no ca.crt");
  });
});

describe("a server or a proxy that repeats the Authorization header", () => {
  useTransport();

  const header = `Bearer ${SECRET}`;
  const bodies: Record<string, string> = {
    "a Status": JSON.stringify(status(403, "Forbidden", `header was authorization: ${header}`)),
    "a Status with the token as its reason": JSON.stringify(status(403, SECRET, "no")),
    "a Status with the token as a cause": JSON.stringify({
      ...status(422, "Invalid"),
      details: { causes: [{ reason: SECRET }] },
    }),
    "a page of HTML": `<html><body><pre>Authorization: ${header}</pre></body></html>`,
    "a line of text": `bad request: ${SECRET}`,
    "text, at the end of what is kept": `${"x ".repeat(490)} ${header}`,
    "JSON of another kind": JSON.stringify({ headers: { authorization: header } }),
  };
  for (const [what, body] of Object.entries(bodies)) {
    for (const code of [400, 401, 403, 404, 422, 503]) {
      test(`${code}: ${what}`, async () => {
        credentials.current = { ...credentials.current, headers: { authorization: header } };
        server.answer = (_, response) => response.writeHead(code).end(body);
        const once = transport.requestJson({ method: "PUT", path: "/x", body: {}, once: true });
        const error = await rejection(once);
        expect(error).toMatchObject({ code: "Status", httpStatus: code });
        expectNoSecret(error, what);
      });
    }
  }

  test("basic credentials, decoded or not", async () => {
    const pair = Buffer.from(`admin:${SECRET}`).toString("base64");
    credentials.current = { ...credentials.current, headers: { authorization: `Basic ${pair}` } };
    for (const said of [`Basic ${pair}`, pair, `user admin, password ${SECRET}`]) {
      server.answer = (_, response) => sendJson(response, 403, status(403, "Forbidden", said));
      const error = await rejection(get());
      expectNoSecret(error, said);
      expect(traces(error)).not.toContain(pair);
    }
  });

  test("in an answer that is no JSON", async () => {
    credentials.current = { ...credentials.current, headers: { authorization: header } };
    for (const body of [header, SECRET.slice(0, 12), `{"a": "${header}`, `{"a": 1} ${SECRET}`]) {
      server.answer = (_, response) => response.writeHead(200).end(body);
      const error = await rejection(get());
      expect(error).toMatchObject({ code: "Protocol" });
      expectNoSecret(error, body);
    }
  });

  test("a token that cannot be a header", async () => {
    credentials.current = { ...credentials.current, headers: { authorization: `Bearer ${SECRET}\r\nx: y\u0000` } };
    expectNoSecret(
      await rejection(transport.requestJson({ method: "PUT", path: "/x", body: {}, once: true })),
      "CR LF",
    );
  });
});

describe("below HTTP", () => {
  let plain: Server;
  let answer = "";
  const sockets = new Set<Socket>();
  beforeEach(async () => {
    plain = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("data", () => socket.end(answer));
    });
    await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => plain.close(resolve));
  });

  const port = (): number => {
    const address = plain.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  };

  async function failureWith(change: Partial<Credentials>): Promise<unknown> {
    const headers = { authorization: `Bearer ${SECRET}` };
    const current = { server: `https://127.0.0.1:${port()}`, tls: {}, headers, ...change };
    const source = { get: () => Promise.resolve(current), invalidate: () => {} };
    await using transport = new Transport({ credentials: source, version: "1" });
    return await rejection(transport.requestJson({ method: "PUT", path: "/x", body: {}, once: true }));
  }

  test("no TLS on the other side, a certificate or a key that is none", async () => {
    answer = "HTTP/1.1 200 OK\r\n\r\n";
    for (const tls of [
      {},
      { key: SECRET, cert: SECRET },
      { ca: SECRET },
      { key: `-----BEGIN PRIVATE KEY-----\n${BASE64}\n-----END PRIVATE KEY-----` },
    ]) {
      const error = await failureWith({ tls });
      expect(error).toBeInstanceOf(ApiError);
      expectNoSecret(error, JSON.stringify(tls));
    }
  });

  test("what is no HTTP, and repeats what it got", async () => {
    for (const said of [
      `Authorization: Bearer ${SECRET}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\n${SECRET}\r\n\r\n`,
      `HTTP/1.1 2x0 ${SECRET}\r\n\r\n`,
    ]) {
      answer = said;
      const error = await failureWith({ server: `http://127.0.0.1:${port()}` });
      expect(error).toBeInstanceOf(ApiError);
      expectNoSecret(error, said);
    }
  });
});
