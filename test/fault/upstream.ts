import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import type { Socket } from "node:net";

export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Ends the request; absent for writes, which are to be seen through even when the client is gone. */
  readonly signal?: AbortSignal;
}

/**
 * The connection to the API server behind one connection of a client: they live and end together, so that a client sees
 * the API server's end as if nobody stood between.
 */
export class Upstream implements Disposable {
  readonly #agent: Agent;
  readonly #url: URL;
  readonly #client: Socket;
  readonly #known = new WeakSet<Socket>();
  #isBusy = false;

  constructor(url: string, ca: string, client: Socket) {
    this.#url = new URL(url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
    this.#client = client;
    client.once("close", () => {
      if (!this.#isBusy) this[Symbol.dispose]();
    });
  }

  /** Resolves with the head of the answer. `done` must be called when the exchange is over. Rejects with Node's error. */
  async send({ method, path, headers, body, signal }: UpstreamRequest): Promise<IncomingMessage> {
    this.#isBusy = true;
    const { hostname, port } = this.#url;
    const options: RequestOptions = { hostname, port, method, path, agent: this.#agent, headers: forwarded(headers) };
    const sent = request({ ...options, ...(signal && { signal }) });
    sent.once("socket", (socket) => this.#follow(socket));
    sent.end(body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    // What breaks later breaks the answer, which is read.
    sent.on("error", () => {});
    return answer;
  }

  done(): void {
    this.#isBusy = false;
    if (this.#client.destroyed) this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #follow(socket: Socket): void {
    if (this.#known.has(socket)) return;
    this.#known.add(socket);
    socket.once("close", () => {
      if (!this.#isBusy) this.#client.destroySoon();
    });
  }
}

function forwarded(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { host: _, connection: __, "transfer-encoding": ___, ...rest } = headers;
  return rest;
}
