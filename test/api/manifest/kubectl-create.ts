import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";

/** Every kubectl on the PATH, with those of other versions that lie beside it (`kubectl.1.33`), by version. */
export function kubectls(): Map<string, string> {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => existsSync(folder));
  const found = folders.map((folder) => join(folder, "kubectl")).filter((file) => existsSync(file));
  folders.push(...found.map((file) => dirname(realpathSync(file))));
  const versions = new Map<string, string>();
  for (const folder of new Set(folders)) {
    for (const name of readdirSync(folder).filter((file) => /^kubectl(\.1\.\d+)?$/.test(file))) {
      const file = join(folder, name);
      const { status, stdout } = spawnSync(file, ["version", "--client", "-o", "json"], { encoding: "utf8" });
      if (status !== 0) continue;
      const { clientVersion } = JSON.parse(stdout) as { clientVersion: { gitVersion: string } };
      if (!versions.has(clientVersion.gitVersion)) versions.set(clientVersion.gitVersion, file);
    }
  }
  return versions;
}

const DISCOVERY: Readonly<Record<string, object>> = {
  "/api": { kind: "APIVersions", versions: ["v1"] },
  "/api/v1": { kind: "APIResourceList", groupVersion: "v1", resources: [] },
  "/apis": {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: [
      {
        name: "x.example",
        versions: [{ groupVersion: "x.example/v1", version: "v1" }],
        preferredVersion: { groupVersion: "x.example/v1", version: "v1" },
      },
    ],
  },
  "/apis/x.example/v1": {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: "x.example/v1",
    resources: [{ name: "things", singularName: "thing", namespaced: false, kind: "Thing", verbs: ["create"] }],
  },
};

export interface Created {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A server that knows one kind, `Thing` of `x.example/v1`: `kubectl create --dry-run=client` asks for no more than that, and
 * prints what it read.
 */
export class Kubectl implements AsyncDisposable {
  readonly #server = createServer((request, response) => {
    const found = DISCOVERY[(request.url ?? "").split("?")[0] ?? ""];
    response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? {}));
  });
  readonly #file: string;

  private constructor(file: string) {
    this.#file = file;
  }

  static async start(file: string): Promise<Kubectl> {
    const kubectl = new Kubectl(file);
    kubectl.#server.listen(0, "127.0.0.1");
    await once(kubectl.#server, "listening");
    return kubectl;
  }

  async create(input: string): Promise<Created> {
    const { port } = this.#server.address() as AddressInfo;
    const server = `--server=http://127.0.0.1:${port}`;
    const args = ["create", "--dry-run=client", "--validate=false", "-f", "-", "-o", "json", server];
    const env = { PATH: process.env.PATH, HOME: "/nonexistent", KUBECONFIG: "/dev/null" };
    const child = spawn(this.#file, args, { env, stdio: "pipe", timeout: 60_000 });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (part) => out.push(part));
    child.stderr.on("data", (part) => err.push(part));
    // It may refuse before it has read everything.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const [status] = await once(child, "close");
    return { status, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }
}
