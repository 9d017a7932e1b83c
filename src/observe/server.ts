import {
  createServer as createHttp,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { CertificateFiles } from "./certificate.ts";

/** What answers a request. `authorization`: the header, as it came. */
export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body: string;
}

/** Answers by path. A path that is not among them is a 404. */
export type Routes = Readonly<
  Record<string, (request: { query: URLSearchParams; authorization: string }) => Answer | Promise<Answer>>
>;

export interface ServeOptions {
  /** An IP address or `localhost`; absent: every interface. */
  readonly host?: string;
  /** 0: one that is free. */
  readonly port: number;
  readonly routes: Routes;
  /** A directory with `tls.crt` and `tls.key`: HTTPS. They are read again when they change. */
  readonly certDir?: string;
  /** Gets what a route throws; the client gets a 500 without a word of it. */
  readonly onError: (error: unknown) => void;
}

/** So many scrapers and probes there are not. */
const MAX_CONNECTIONS = 64;
/** Milliseconds for a whole request, and for a TLS handshake. A client that is slower is no scraper. */
const PATIENCE = 5_000;
const LIMITS: ServerOptions = {
  headersTimeout: PATIENCE,
  requestTimeout: PATIENCE,
  // Node looks twice a minute otherwise, and so long 64 slow clients would keep everybody else out.
  connectionsCheckingInterval: 1_000,
  keepAliveTimeout: 30_000,
  maxHeaderSize: 16_384,
};

/** A server for probes or metrics; it answers GET and HEAD, and reads no body. */
export class Serving implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Throws what `listen` says, such as EADDRINUSE, or if the certificate cannot be read. */
  static async start(options: ServeOptions): Promise<Serving> {
    const { host, port, certDir } = options;
    const answer = (request: IncomingMessage, response: ServerResponse) => void respond(options, { request, response });
    const server =
      certDir === undefined ? createHttp(LIMITS, answer) : await secure(certDir, { answer, onError: options.onError });
    server.maxConnections = MAX_CONNECTIONS;
    const serving = new Serving(server);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen({ port, ...(host !== undefined && { host }) }, resolve);
    await promise;
    server.off("error", reject).on("error", options.onError);
    return serving;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends at once: who still waits for an answer gets none. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    // Not `closeAllConnections`: it does not know of those that are in their TLS handshake.
    for (const socket of this.#sockets) socket.destroy();
    await promise;
  }
}

async function secure(
  certDir: string,
  {
    answer,
    onError,
  }: { answer: (request: IncomingMessage, response: ServerResponse) => void; onError: (error: unknown) => void },
): Promise<Server> {
  const files = new CertificateFiles(certDir);
  const tls = { ...(await files.read()), minVersion: "TLSv1.2", handshakeTimeout: PATIENCE } as const;
  const server = createHttps({ ...LIMITS, ...tls }, answer);
  server.on("connection", () => {
    // A pair that is not whole throws, here or there: the last good one stays.
    files
      .changed()
      .then((pair) => pair && server.setSecureContext(pair))
      .catch(onError);
  });
  return server;
}

async function respond(
  { routes, onError }: ServeOptions,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  response.on("error", () => {});
  try {
    const { status, body, contentType = "text/plain; charset=utf-8" } = await answerTo(routes, request);
    const headers = { "content-type": contentType, "x-content-type-options": "nosniff", "cache-control": "no-store" };
    response.writeHead(status, headers).end(request.method === "HEAD" ? undefined : body);
  } catch (error) {
    onError(error);
    response.writeHead(500, { "content-type": "text/plain" }).end("internal error\n");
  }
}

function answerTo(routes: Routes, { method = "", url = "", headers }: IncomingMessage): Answer | Promise<Answer> {
  if (method !== "GET" && method !== "HEAD") return { status: 405, body: "only GET and HEAD\n" };
  // Cut by hand: `new URL` throws on what a client may send.
  const [path = "", query = ""] = url.split("?", 2);
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined) return { status: 404, body: `not found; there is ${Object.keys(routes).join(", ")}\n` };
  return route({ query: new URLSearchParams(query), authorization: headers.authorization ?? "" });
}
