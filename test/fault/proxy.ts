import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { messageOf } from "../cluster/errors.ts";
import { Exchange } from "./exchange.ts";
import { History } from "./history.ts";
import { parseRequest } from "./kube-request.ts";
import { type Plan, Plans } from "./plan.ts";
import { Upstream } from "./upstream.ts";

export interface ProxyOptions {
  /** Of the API server: `https://127.0.0.1:port`. */
  readonly server: string;
  /** PEM: the API server's own, which also is its authority, so that clients trust the proxy as they trust the API server. */
  readonly certificate: string;
  readonly key: string;
}

/**
 * A TLS proxy between one controller and the API server. It passes everything on, writes down what was asked and told
 * (`history`), and does the faults of its plans. A restart of the API server shows through. Each controller has its own.
 */
export class FaultProxy implements AsyncDisposable {
  readonly history = new History();
  readonly plans = new Plans(() => performance.now());
  /** What went wrong in the proxy itself; always empty, unless it has a bug. */
  readonly errors: string[] = [];
  /** All plans that were ever added, to be shown when a test fails. */
  readonly added: Plan[] = [];
  readonly #options: ProxyOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #upstreams = new WeakMap<Socket, { upstream: Upstream; requests: number }>();
  /** Continue tokens that were given out, and the page that they lead to. */
  readonly #pages = new Map<string, number>();
  readonly #end = new AbortController();
  #isCutOff = false;

  private constructor(options: ProxyOptions) {
    this.#options = options;
    const { certificate: cert, key } = options;
    this.#server = createServer({ cert, key, keepAliveTimeout: 90_000, requestTimeout: 0 }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on("connection", (socket: Socket) => {
      if (this.#isCutOff) socket.destroy();
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    // A client that breaks off in its TLS handshake is no mistake of ours.
    this.#server.on("tlsClientError", () => {});
  }

  /** Listens on a port of 127.0.0.1 of its own. */
  static async start(options: ProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  /** `https://127.0.0.1:port`, for a kubeconfig. */
  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Faults from now on: each counts its requests or events from here. */
  add(...plans: readonly Plan[]): void {
    this.added.push(...plans);
    this.plans.add(plans);
  }

  /** No fault begins any more. What is stalled or frozen stays so; `reset` ends that. */
  clear(): void {
    this.plans.clear();
  }

  /** Breaks all connections that there are, and with them what is stalled or frozen. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on no connection lives, new ones neither: this controller alone is cut off. */
  cutOff(): void {
    this.#isCutOff = true;
    this.reset();
  }

  /** The end of `cutOff`. */
  restore(): void {
    this.#isCutOff = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    this.cutOff();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connection(request.socket);
    connection.requests += 1;
    const { method = "GET", url = "/" } = request;
    const asked = parseRequest(method, url);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    // A client that breaks its connection is told by "close".
    request.on("error", () => {});
    response.on("error", () => {});
    try {
      const page = asked.continueToken === undefined ? 1 : (this.#pages.get(asked.continueToken) ?? 0);
      const struck = this.plans.forRequest(asked, { page, reused: connection.requests > 1 });
      const body = Buffer.concat(await request.toArray());
      await new Exchange({
        ...{ asked, method, headers: request.headers, body, response, struck, upstream: connection.upstream },
        ...{ gone: AbortSignal.any([gone.signal, this.#end.signal]), history: this.history, plans: this.plans },
        onPage: (token) => this.#pages.set(token, page + 1),
      }).run();
    } catch (error) {
      // The API server's end, or the client's, is the client's too.
      request.socket.destroy();
      if (error instanceof TypeError && !("code" in error)) this.errors.push(`${method} ${url}: ${messageOf(error)}`);
    } finally {
      connection.upstream.done();
    }
  }

  #connection(socket: Socket): { upstream: Upstream; requests: number } {
    const known = this.#upstreams.get(socket);
    if (known !== undefined) return known;
    const { server, certificate } = this.#options;
    const connection = { upstream: new Upstream(server, certificate, socket), requests: 0 };
    this.#upstreams.set(socket, connection);
    return connection;
  }
}
