import type { IncomingMessage, ServerResponse } from "node:http";
import { crds } from "../../src/api/generated/schemas.ts";
import { keyOf, type Resource } from "../../src/api/object.ts";
import { TestServer } from "../kube/server.ts";
import { Model, type ModelObject, Refusal, type Sent } from "../simulation/model.ts";
import { LEASES, NAMESPACES } from "../simulation/wire.ts";
import { withManagedFields } from "./managed-fields.ts";
import { type Taken, Traffic } from "./traffic.ts";

const EVENTS: Resource = {
  group: "events.k8s.io",
  version: "v1",
  plural: "events",
  kind: "Event",
  namespaced: true,
};
const RESOURCES = new Map(
  [NAMESPACES, LEASES, EVENTS, ...Object.values(crds).map(({ resource }) => resource)].map((one) => [one.plural, one]),
);
/** Revisions that keep their number of digits, so that bytes can be compared. */
const FIRST_REVISION = 1_000_000n;

interface Request {
  readonly verb: string;
  readonly resource: Resource;
  readonly key: string;
  readonly subresource: string;
  readonly query: URLSearchParams;
  /** For the counts. */
  readonly what: string;
}

interface Stream {
  readonly kind: string;
  readonly what: string;
  readonly response: ServerResponse;
}

/** The API server of the simulation behind HTTP, without faults and delays, that counts what goes over the wire. */
export class GateServer implements AsyncDisposable {
  readonly model = new Model(() => Date.now(), FIRST_REVISION);
  readonly #traffic = new Traffic();
  readonly #http = new TestServer((request, response, body) => this.#receive(request, response, body));
  readonly #streams = new Set<Stream>();
  readonly #held = new Map<string, PromiseWithResolvers<void>>();
  /** How much of the model's history went to the watches. */
  #told = 0;
  #connections = 0;

  async listen(): Promise<this> {
    await this.#http.listen();
    return this;
  }

  get url(): string {
    return this.#http.url;
  }

  /** Kinds of which a watch has begun and has had its initial events, in order. */
  get watched(): string[] {
    return [...this.#streams].map(({ kind }) => kind).sort();
  }

  /** Somebody changes objects. */
  change(act: (model: Model) => void): void {
    act(this.model);
    this.#tell();
  }

  /** What went over the wire since the last time. */
  take(): Taken {
    const connections = this.#http.connections - this.#connections;
    this.#connections += connections;
    return this.#traffic.take(connections);
  }

  /** How many status writes of VMs came in since then. */
  get vmWrites(): number {
    return this.#traffic.of("update protectedvms/status").requests;
  }

  /** The initial events of a kind wait for its release. */
  hold(kind: string): void {
    this.#held.set(kind, Promise.withResolvers());
  }

  release(kind: string): void {
    this.#held.get(kind)?.resolve();
    this.#held.delete(kind);
  }

  /** Tells each watch how far it has come. */
  bookmark(): void {
    for (const stream of this.#streams) this.#send(stream, bookmark(stream.kind, this.model.revision));
  }

  /** Ends each watch in order, as a server does when its time is over. */
  endWatches(): void {
    for (const { response } of this.#streams) response.end();
    this.#streams.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]();
  }

  #receive(message: IncomingMessage, response: ServerResponse, body: string): void {
    const request = parse(message);
    this.#traffic.received(request.what, message, body);
    if (request.verb.startsWith("watch")) {
      this.#watch(request, response).catch((error: unknown) => response.destroy(error as Error));
      return;
    }
    try {
      const object = this.#handle(request, body);
      this.#tell();
      this.#answer(response, { status: 200, what: request.what, body: withManagedFields(object) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#answer(response, { status: error.status, what: request.what, body: error.body });
    }
  }

  #handle({ verb, resource, key, subresource }: Request, body: string): ModelObject {
    const { model } = this;
    switch (`${verb} ${subresource}`) {
      case "get ": {
        const object = model.get(resource.kind, key);
        if (object === undefined) throw new Refusal(404, "NotFound");
        return object;
      }
      case "create ":
        return model.create(resource, JSON.parse(body) as Sent);
      case "update ":
        return model.update(resource, JSON.parse(body) as Sent);
      case "update status":
        return model.putStatus(resource, JSON.parse(body) as Sent);
      default:
        throw new Refusal(405, "MethodNotAllowed");
    }
  }

  async #watch({ resource: { kind }, query, what }: Request, response: ServerResponse): Promise<void> {
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    await this.#held.get(kind)?.promise;
    const { model } = this;
    const stream = { kind, what, response };
    if (query.get("sendInitialEvents") === "true") {
      for (const object of model.all(kind)) this.#send(stream, { type: "ADDED", object: withManagedFields(object) });
      this.#send(stream, bookmark(kind, model.revision, { "k8s.io/initial-events-end": "true" }));
    } else {
      const missed = model.history.slice(model.after(query.get("resourceVersion") ?? ""));
      for (const { type, object } of missed.filter((change) => change.kind === kind)) {
        this.#send(stream, { type, object: withManagedFields(object) });
      }
    }
    this.#streams.add(stream);
    response.on("close", () => this.#streams.delete(stream));
  }

  #tell(): void {
    const { history } = this.model;
    for (; this.#told < history.length; this.#told++) {
      const change = history[this.#told];
      for (const stream of this.#streams) {
        if (stream.kind !== change?.kind) continue;
        this.#send(stream, { type: change.type, object: withManagedFields(change.object) });
      }
    }
  }

  #send({ response, what }: Stream, event: object): void {
    const line = `${JSON.stringify(event)}\n`;
    this.#traffic.of(what).answerBytes += Buffer.byteLength(line);
    response.write(line);
  }

  #answer(response: ServerResponse, { status, what, body }: { status: number; what: string; body: object }): void {
    const text = JSON.stringify(body);
    const bytes = Buffer.byteLength(text);
    this.#traffic.of(what).answerBytes += bytes;
    response.writeHead(status, { "content-type": "application/json", "content-length": bytes });
    response.end(text);
  }
}

function bookmark(kind: string, revision: bigint, annotations?: object): object {
  return { type: "BOOKMARK", object: { kind, metadata: { resourceVersion: String(revision), annotations } } };
}

function parse({ method = "", url = "" }: IncomingMessage): Request {
  const { pathname, searchParams: query } = new URL(url, "http://server");
  const parts = pathname.split("/").slice(pathname.startsWith("/api/") ? 3 : 4);
  const namespace = parts[0] === "namespaces" && parts.length > 2 ? parts.splice(0, 2)[1] : undefined;
  const [plural = "", name = "", subresource = ""] = parts;
  const resource = RESOURCES.get(plural);
  if (resource === undefined) throw new Error(`${method} ${url}: no such resource`);
  const verb = verbOf(method, name, query);
  const key = keyOf({ metadata: { name, ...(namespace !== undefined && { namespace }) } });
  const what = `${verb} ${plural}${subresource && `/${subresource}`}`;
  return { verb, resource, key, subresource, query, what };
}

function verbOf(method: string, name: string, query: URLSearchParams): string {
  if (method === "PUT") return "update";
  if (method === "POST") return "create";
  if (method !== "GET") return method.toLowerCase();
  if (query.has("sendInitialEvents")) return "watchlist";
  if (query.has("watch")) return "watch";
  return name === "" ? "list" : "get";
}
