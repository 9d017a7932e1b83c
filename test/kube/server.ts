import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { CredentialSource, Credentials } from "../../src/kube/credentials.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** An HTTP server in this process that answers by `answer`, which may be changed at any time. */
export class TestServer implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  answer: Answer;
  readonly #server: Server;

  constructor(answer: Answer) {
    this.answer = answer;
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (chunk: string) => {
        body += chunk;
      });
      request.on("end", () => this.answer(request, response, body));
    });
    this.#server.on("connection", (socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

/** Credentials that a test may change; counts how often it was told that they were refused. */
export class TestCredentials implements CredentialSource {
  current: Credentials;
  invalidations = 0;
  onInvalidate: () => void = () => {};

  constructor(server: string) {
    this.current = { server, tls: {}, headers: { authorization: "Bearer old" } };
  }

  get(): Promise<Credentials> {
    return Promise.resolve(this.current);
  }

  invalidate(): void {
    this.invalidations++;
    this.onInvalidate();
  }
}
