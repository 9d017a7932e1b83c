import type { Readable } from "node:stream";
import { Pool } from "undici";
import type { Credentials } from "./credentials.ts";

/** Each kind of traffic has its own connections, so that neither a burst of writes nor a watch delays a lease. */
export type PoolName = "api" | "watch" | "lease";

/**
 * Connections at most, opened as needed: for all writes that a setting allows, with lists and Events beside them. A watch
 * holds its connection, so there must be as many as watches.
 */
const CONNECTIONS: Record<PoolName, number | null> = { api: 80, watch: null, lease: 2 };

/** Milliseconds. The server closes an idle connection at 90 s; we do before it. */
const KEEP_ALIVE = 60_000;
const CONNECT_TIMEOUT = 5_000;

interface PoolRequest {
  readonly pool: PoolName;
  readonly method: string;
  /** With the query, without the path of the server's URL. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly headersTimeoutMs: number;
  readonly signal: AbortSignal;
  /** Use a connection for this request only. */
  readonly once: boolean;
}

export interface PoolResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or destroyed, else its connection is lost to others. */
  readonly body: Readable;
}

interface PoolSet {
  readonly credentials: Credentials;
  readonly basePath: string;
  readonly pools: Readonly<Record<PoolName, Pool>>;
}

/** HTTP/1.1 connection pools to one API server, made anew when server, CA or client certificate change. */
export class Pools {
  #current: PoolSet | undefined;
  readonly #open = new Set<PoolSet>();

  /** Sends one request; rejects with undici's errors or the signal's reason. */
  async send(credentials: Credentials, request: PoolRequest): Promise<PoolResponse> {
    const { pools, basePath } = this.#for(credentials);
    const { statusCode, headers, body } = await pools[request.pool].request({
      method: request.method,
      path: basePath + request.path,
      headers: request.headers,
      body: request.body,
      headersTimeout: request.headersTimeoutMs,
      bodyTimeout: 0, // Whole requests have a deadline, watches a silence deadline: both are ours.
      signal: request.signal,
      reset: request.once,
    });
    // Who gives a body up reads no more of it; its error then has no other listener.
    body.on("error", () => {});
    return { status: statusCode, headers, body };
  }

  /** Ends all connections at once, used or not. */
  async destroy(): Promise<void> {
    const sets = [...this.#open];
    this.#open.clear();
    this.#current = undefined;
    await Promise.all(sets.flatMap(({ pools }) => Object.values(pools).map((pool) => pool.destroy())));
  }

  #for(credentials: Credentials): PoolSet {
    const old = this.#current;
    if (old !== undefined && sameConnection(old.credentials, credentials)) {
      return old;
    }
    const url = new URL(credentials.server);
    const make = (name: PoolName) => newPool(url.origin, credentials, name);
    const next: PoolSet = {
      credentials,
      basePath: url.pathname.replace(/\/+$/, ""),
      pools: { api: make("api"), watch: make("watch"), lease: make("lease") },
    };
    this.#open.add(next);
    this.#current = next;
    if (old !== undefined) {
      this.#retire(old);
    }
    return next;
  }

  /** Lets the requests of an old set end, then closes it. A watch may take its timeoutSeconds. */
  #retire(set: PoolSet): void {
    void Promise.allSettled(Object.values(set.pools).map((pool) => pool.close())).then(() => this.#open.delete(set));
  }
}

function newPool(origin: string, { tls }: Credentials, name: PoolName): Pool {
  return new Pool(origin, {
    allowH2: false, // H2 loses requests on GOAWAY and does not recover from a silent connection.
    connections: CONNECTIONS[name],
    keepAliveTimeout: KEEP_ALIVE,
    keepAliveMaxTimeout: KEEP_ALIVE,
    connect: { ...tls, timeout: CONNECT_TIMEOUT, keepAlive: true, keepAliveInitialDelay: 15_000 },
  });
}

function sameConnection(a: Credentials, b: Credentials): boolean {
  return (
    a === b ||
    (a.server === b.server &&
      a.tls.ca === b.tls.ca &&
      a.tls.cert === b.tls.cert &&
      a.tls.key === b.tls.key &&
      a.tls.servername === b.tls.servername &&
      a.tls.rejectUnauthorized === b.tls.rejectUnauthorized)
  );
}
