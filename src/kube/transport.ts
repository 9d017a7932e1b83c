import { type Clock, sleep, systemClock } from "./clock.ts";
import type { CredentialSource, Credentials } from "./credentials.ts";
import { ApiError, isTooLargeResourceVersion } from "./errors.ts";
import { parseJson } from "./json.ts";
import { type PoolName, type PoolResponse, Pools } from "./pools.ts";
import { connectionError, readBody, readError } from "./response.ts";
import { Scope } from "./scope.ts";
import { MAX_RETRY_AFTER } from "./status-error.ts";

/** Milliseconds for a whole request, its waits and repetitions included. */
const DEFAULT_TIMEOUT = 30_000;
/** Milliseconds until a stream has to begin. */
const STREAM_START_TIMEOUT = 30_000;
/** How often a read is repeated after a broken connection or a 5xx. */
const READ_RETRIES = 3;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Target {
  /** Absolute path at the API server: see `resourcePath`. */
  readonly path: string;
  readonly query?: Query;
  readonly signal?: AbortSignal;
}

export interface JsonRequest extends Target {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: application/json. */
  readonly contentType?: string;
  /** Default: `api`. */
  readonly pool?: Exclude<PoolName, "watch">;
  /** Deadline of the whole request. Default: 30,000 ms. */
  readonly timeoutMs?: number;
  /** Default: `parseJson`. */
  readonly parse?: typeof parseJson;
  /** One attempt (and one more after a 401): whoever sends it must look before each whether it still should. */
  readonly once?: boolean;
}

/** One attempt at a request, for metrics. */
export interface RequestObservation {
  readonly method: string;
  readonly pool: PoolName;
  /** The HTTP status, or the code of the error if there was no answer. */
  readonly code: string;
  /** Milliseconds until the head of the answer. */
  readonly durationMs: number;
}

export interface TransportOptions {
  readonly credentials: CredentialSource;
  /** Ours, for the User-Agent. */
  readonly version: string;
  readonly clock?: Clock;
  readonly onRequest?: (observation: RequestObservation) => void;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly pool: PoolName;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly headersTimeoutMs: number;
  readonly once: boolean;
  readonly scope: Scope;
}

/** Requests to one API server over kept-alive connections. Everything that it throws is an `ApiError`. */
export class Transport implements AsyncDisposable {
  readonly #pools = new Pools();
  readonly #closing = new AbortController();
  readonly #credentials: CredentialSource;
  readonly #userAgent: string;
  readonly #clock: Clock;
  readonly #onRequest: (observation: RequestObservation) => void;

  constructor(options: TransportOptions) {
    this.#credentials = options.credentials;
    this.#userAgent = `tandem/${options.version}`;
    this.#clock = options.clock ?? systemClock;
    this.#onRequest = options.onRequest ?? (() => {});
  }

  /**
   * Sends JSON and returns the parsed answer. Repeated within the deadline: anything after a 401 (once, with fresh
   * credentials), after a 429, and after a 5xx with a Retry-After; a read also after a broken connection, a 408 or any
   * 5xx. A wait that the deadline does not leave room for is not begun: the error then has the `retryAfterMs`.
   */
  async requestJson(request: JsonRequest): Promise<unknown> {
    const { method, body, timeoutMs = DEFAULT_TIMEOUT, parse = parseJson } = request;
    using scope = new Scope(this.#clock, [this.#closing.signal, request.signal]);
    scope.setDeadline(timeoutMs, () => timeout(method, request.path, timeoutMs));
    const exchange: Exchange = {
      method,
      path: withQuery(request),
      pool: request.pool ?? "api",
      headers: body === undefined ? {} : { "content-type": request.contentType ?? "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      headersTimeoutMs: timeoutMs,
      once: request.once ?? false,
      scope,
    };
    return await this.#repeated(exchange, async (response) =>
      parse(await readBody(response), `the answer to ${method} ${request.path}`),
    );
  }

  /**
   * Begins a GET whose answer does not end (a watch); resolves once the server has accepted it, with the chunks of its
   * body. They must be read until they end, or the signal be aborted. No deadline after the start, no repetition but
   * after a 401. It has a connection of its own: one that was idle may be half-open, and a watch could not tell.
   */
  async stream(target: Target): Promise<AsyncIterable<Uint8Array>> {
    const scope = new Scope(this.#clock, [this.#closing.signal, target.signal]);
    scope.setDeadline(STREAM_START_TIMEOUT, () => timeout("GET", target.path, STREAM_START_TIMEOUT));
    const exchange: Exchange = {
      method: "GET",
      path: withQuery(target),
      pool: "watch",
      headers: {},
      body: null,
      headersTimeoutMs: STREAM_START_TIMEOUT,
      once: true,
      scope,
    };
    try {
      const response = await this.#authenticated(exchange, (accepted) => Promise.resolve(accepted));
      scope.clearDeadline();
      return chunks(response, exchange);
    } catch (error) {
      scope[Symbol.dispose]();
      throw error;
    }
  }

  /** Ends every request and stream (they reject with `Aborted`) and all connections. */
  async close(): Promise<void> {
    this.#closing.abort(new ApiError("Aborted", "the transport was closed"));
    await this.#pools.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #repeated<R>(exchange: Exchange, consume: (response: PoolResponse) => Promise<R>): Promise<R> {
    const { method, scope } = exchange;
    for (let failures = 0; ; failures++) {
      try {
        return await this.#authenticated(exchange, consume);
      } catch (error) {
        if (exchange.once) {
          throw error;
        }
        const waitMs = error instanceof ApiError ? this.#retryAfter(error, method === "GET", failures) : undefined;
        if (waitMs === undefined || waitMs >= scope.remainingMs) {
          throw error;
        }
        await sleep(this.#clock, waitMs, scope.signal);
      }
    }
  }

  /** Milliseconds to wait before the next attempt, or undefined if there must be none. */
  #retryAfter(error: ApiError, isRead: boolean, failures: number): number | undefined {
    const { httpStatus = 0, retryAfterMs, code } = error;
    // A 429 always has a wait; a 5xx only if the server asks for one.
    if (code === "Status" && retryAfterMs !== undefined && (httpStatus === 429 || httpStatus >= 500)) {
      // A server that has not reached a resourceVersion sends a Retry-After too, but waiting is the caller's decision.
      return isTooLargeResourceVersion(error)
        ? undefined
        : Math.min(MAX_RETRY_AFTER, retryAfterMs + this.#clock.random() * 500);
    }
    if (isRead && failures < READ_RETRIES && (code === "Network" || httpStatus === 408 || httpStatus >= 500)) {
      return 100 * 2 ** failures * (0.5 + this.#clock.random());
    }
    return undefined;
  }

  /** One attempt, and after a 401 one more with fresh credentials. */
  async #authenticated<R>(exchange: Exchange, consume: (response: PoolResponse) => Promise<R>): Promise<R> {
    for (let refused = false; ; refused = true) {
      const credentials = await exchange.scope.race(this.#credentials.get());
      const response = await this.#send(exchange, credentials);
      try {
        if (response.status >= 200 && response.status <= 299) {
          return await consume(response);
        }
        const error = await readError(response, exchange, { credentials, now: this.#clock.now() });
        if (response.status !== 401 || refused) {
          throw error;
        }
      } catch (cause) {
        throw connectionError(cause, exchange);
      }
      this.#credentials.invalidate(credentials);
    }
  }

  async #send(exchange: Exchange, credentials: Credentials): Promise<PoolResponse> {
    const { scope, pool } = exchange;
    const headers = {
      accept: "application/json",
      "user-agent": this.#userAgent,
      ...credentials.headers,
      ...exchange.headers,
    };
    const startedAt = this.#clock.monotonic();
    try {
      const request = { ...exchange, headers, signal: scope.signal, once: pool === "watch" };
      const response = await scope.race(this.#pools.send(credentials, request));
      this.#observe(exchange, String(response.status), startedAt);
      return response;
    } catch (cause) {
      const error = connectionError(cause, exchange);
      this.#observe(exchange, error.code, startedAt);
      throw error;
    }
  }

  #observe({ method, pool }: Exchange, code: string, startedAt: number): void {
    this.#onRequest({ method, pool, code, durationMs: this.#clock.monotonic() - startedAt });
  }
}

async function* chunks(response: PoolResponse, exchange: Exchange): AsyncGenerator<Uint8Array> {
  try {
    yield* response.body;
  } catch (cause) {
    throw connectionError(cause, exchange);
  } finally {
    response.body.destroy();
    exchange.scope[Symbol.dispose]();
  }
}

function withQuery({ path, query = {} }: Target): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) {
      parameters.set(name, String(value));
    }
  }
  return parameters.size === 0 ? path : `${path}?${parameters}`;
}

function timeout(method: string, path: string, ms: number): ApiError {
  return new ApiError("Timeout", `${method} ${path}: no whole answer within ${ms} ms`);
}
