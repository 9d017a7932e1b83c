import type { ServerResponse } from "node:http";
import { sendJson, TestServer } from "../kube/server.ts";
import { found } from "../resolve/estate.ts";

const PATHS: Record<string, string> = {
  namespaces: "Namespace",
  protectedvms: "ProtectedVM",
  affinitypolicies: "AffinityPolicy",
  appliances: "Appliance",
};

export interface Put {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** As much of an API server, over HTTP, as a controller needs: WatchLists that stay open, and status writes. */
export class HttpApi implements AsyncDisposable {
  readonly puts: Put[] = [];
  readonly server: TestServer;
  /** By plural. */
  objects: Record<string, object[]> = {};
  /** Plurals that may not be listed. */
  readonly forbidden = new Set<string>();
  /** Answers a write; by default it is taken. */
  onPut: (put: Put, response: ServerResponse) => void = (put, response) => sendJson(response, 200, accepted(put));
  readonly #streams: { plural: string; response: ServerResponse }[] = [];

  constructor() {
    this.server = new TestServer((request, response, body) => {
      const { pathname } = new URL(request.url ?? "/", "http://server");
      if (request.method === "PUT") {
        const put = { path: pathname, body: JSON.parse(body) as Record<string, unknown> };
        this.puts.push(put);
        this.onPut(put, response);
        return;
      }
      this.#watch(found(pathname.split("/").at(-1)), response);
    });
  }

  /** Ends the watches of a kind in a way that only a new list mends. */
  expire(plural: string): void {
    for (const { response } of this.#streams.filter((stream) => stream.plural === plural)) {
      const object = { kind: "Status", apiVersion: "v1", code: 410, reason: "Expired", message: "too old" };
      response.end(`${JSON.stringify({ type: "ERROR", object })}\n`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }

  #watch(plural: string, response: ServerResponse): void {
    if (this.forbidden.has(plural)) {
      const message = `${plural} is forbidden`;
      sendJson(response, 403, { kind: "Status", apiVersion: "v1", code: 403, reason: "Forbidden", message });
      return;
    }
    const kind = found(PATHS[plural]);
    const apiVersion = kind === "Namespace" ? "v1" : "tandem.dev/v1alpha1";
    response.writeHead(200, { "content-type": "application/json" });
    const send = (type: string, object: object) => response.write(`${JSON.stringify({ type, object })}\n`);
    for (const object of this.objects[plural] ?? []) send("ADDED", { apiVersion, kind, ...object });
    const annotations = { "k8s.io/initial-events-end": "true" };
    send("BOOKMARK", { apiVersion, kind, metadata: { resourceVersion: "1000", annotations } });
    this.#streams.push({ plural, response });
  }
}

let version = 2_000;

/** What the server answers to a write that it takes. */
export function accepted({ body }: Put, more: object = {}): object {
  const { metadata, ...rest } = body as { metadata: object };
  return { ...rest, spec: {}, metadata: { ...metadata, resourceVersion: String(++version), generation: 1, ...more } };
}
