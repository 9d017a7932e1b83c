import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Routes, ServeOptions } from "../../src/observe/server.ts";
import { Serving } from "../../src/observe/server.ts";

/** A server on a free port of 127.0.0.1, with what it said of errors. */
export class Served implements AsyncDisposable {
  readonly errors: unknown[];
  readonly #serving: Serving;
  readonly #sockets: Socket[] = [];

  private constructor(serving: Serving, errors: unknown[]) {
    this.#serving = serving;
    this.errors = errors;
  }

  static async start(routes: Routes, options: Partial<ServeOptions> = {}): Promise<Served> {
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    return new Served(await Serving.start({ host: "127.0.0.1", port: 0, routes, onError, ...options }), errors);
  }

  get port(): number {
    return this.#serving.port;
  }

  /** A connection on which so much has been said, and no more. */
  async socket(bytes: string | Uint8Array = ""): Promise<Socket> {
    const socket = connect(this.port, "127.0.0.1");
    this.#sockets.push(socket);
    socket.on("error", () => {});
    await once(socket, "connect");
    if (bytes.length > 0) socket.write(bytes);
    return socket;
  }

  /** Says this on a connection of its own; resolves with everything that came back when it is closed. */
  async exchange(bytes: string | Uint8Array): Promise<string> {
    const socket = await this.socket(bytes);
    socket.end();
    return await answerOn(socket);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, init);
  }

  /** Milliseconds that it takes to end. */
  async end(): Promise<number> {
    const started = performance.now();
    await this.#serving[Symbol.asyncDispose]();
    return performance.now() - started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#serving[Symbol.asyncDispose]();
  }
}

/** What comes on a connection until the server closes it; fails after 15 s. */
export async function answerOn(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on("data", (part) => parts.push(part));
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const limit = new AbortController();
  const late = sleep(15_000, "late", { signal: limit.signal }).catch(() => "closed");
  if ((await Promise.race([closed, late])) === "late") throw new Error("the connection is not closed");
  limit.abort();
  return Buffer.concat(parts).toString();
}
