import { crds } from "../../src/api/generated/schemas.ts";
import { keyOf, type Resource } from "../../src/api/object.ts";
import { ApiError } from "../../src/kube/errors.ts";
import { httpError } from "../../src/kube/status-error.ts";
import type { JsonRequest, Transport } from "../../src/kube/transport.ts";
import type { Random } from "../fault/random.ts";
import type { Machine } from "./machine.ts";
import { type Model, Refusal, type Sent } from "./model.ts";
import type { Scheduler } from "./scheduler.ts";
import { WatchStream } from "./watch-stream.ts";

export const NAMESPACES: Resource = {
  group: "",
  version: "v1",
  plural: "namespaces",
  kind: "Namespace",
  namespaced: false,
};
export const LEASES: Resource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};
const RESOURCES = new Map(
  [NAMESPACES, LEASES, ...Object.values(crds).map(({ resource }) => resource)].map((one) => [one.plural, one]),
);
const PAGE = 2;

/** What goes wrong between the processes and the API server. */
export interface Trouble {
  /** Longest way of a request, an answer or an event. Milliseconds. */
  latency: number;
  /** Chances: a request that is refused or lost, an answer that is lost after the request took effect. */
  refused: number;
  lost: number;
  /** Chances of an event: swallowed, told twice, the stream torn in its middle. */
  swallowed: number;
  twice: number;
  torn: number;
  /** An older version of the object comes after it. */
  stale: number;
  /** The server is not there until then. */
  awayUntil: number;
  /** Kinds that may not be read. */
  readonly forbidden: Set<string>;
  /** No stream says anything until then. */
  frozenUntil: number;
  /** Lists are as old as this many changes, as of a replica that lags. */
  lag: number;
  watchList: boolean;
}

export function noTrouble(): Trouble {
  return {
    latency: 5,
    refused: 0,
    lost: 0,
    swallowed: 0,
    twice: 0,
    torn: 0,
    stale: 0,
    awayUntil: 0,
    forbidden: new Set(),
    frozenUntil: 0,
    lag: 0,
    watchList: true,
  };
}

/** The API server as all processes share it. */
export interface Server {
  readonly model: Model;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trouble: Trouble;
  readonly streams: Set<WatchStream>;
}

/** Told of each status write: when it leaves the process, and when the server answers. */
export interface WireObserver {
  onSend(request: JsonRequest, resource: Resource): void;
  onAnswer(request: JsonRequest, resource: Resource, error: Refusal | undefined): void;
}

/** The connections of one process: what a Transport offers, on a model, with the troubles of the time. */
export class Wire implements Pick<Transport, "requestJson" | "stream"> {
  readonly #server: Server;
  readonly #machine: Machine;
  readonly #observer: WireObserver;

  constructor(server: Server, machine: Machine, observer: WireObserver) {
    this.#server = server;
    this.#machine = machine;
    this.#observer = observer;
  }

  requestJson(request: JsonRequest): Promise<unknown> {
    const { resource } = parsePath(request.path);
    const isStatus = request.path.endsWith("/status");
    if (isStatus) this.#observer.onSend(request, resource);
    const body: unknown = request.body === undefined ? undefined : JSON.parse(JSON.stringify(request.body));
    return this.#exchange(request, () => {
      try {
        const answer = handle(this.#server, { ...request, body });
        if (isStatus) this.#observer.onAnswer(request, resource, undefined);
        return answer;
      } catch (error) {
        if (isStatus && error instanceof Refusal) this.#observer.onAnswer(request, resource, error);
        throw error;
      }
    });
  }

  stream({ path, query = {}, signal }: Parameters<Transport["stream"]>[0]): Promise<AsyncIterable<Uint8Array>> {
    const { resource } = parsePath(path);
    return this.#exchange({ method: "GET", path, ...(signal && { signal }) }, () => {
      const { model, trouble } = this.#server;
      if (trouble.forbidden.has(resource.kind)) throw new Refusal(403, "Forbidden");
      if (query.sendInitialEvents && !trouble.watchList) throw new Refusal(422, "Invalid");
      const options = { kind: resource.kind, server: this.#server, machine: this.#machine, signal };
      const timeoutMs = Number(query.timeoutSeconds) * 1000;
      if (query.sendInitialEvents) {
        const page = listed(this.#server, resource.kind, { limit: Number.POSITIVE_INFINITY });
        return new WatchStream({ ...options, timeoutMs, initial: page, position: model.after(page.resourceVersion) });
      }
      const resourceVersion = String(query.resourceVersion);
      try {
        const position = model.after(resourceVersion);
        return new WatchStream({ ...options, timeoutMs, position, after: BigInt(resourceVersion) });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return new WatchStream({ ...options, timeoutMs, position: model.history.length, error });
      }
    });
  }

  /** A request on its way there and back again. */
  #exchange<T>({ method, path, signal, timeoutMs = 30_000 }: JsonRequest, act: () => T): Promise<T> {
    const { scheduler, trouble, random } = this.#server;
    const machine = this.#machine;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const fail = (error: unknown) => {
      end();
      reject(error);
    };
    const onAbort = () => fail(signal?.reason instanceof ApiError ? signal.reason : new ApiError("Aborted", "aborted"));
    const deadline = machine.setTimeout(() => fail(new ApiError("Timeout", `${method} ${path}`)), timeoutMs);
    let isOver = false;
    const end = () => {
      isOver = true;
      deadline[Symbol.dispose]();
      signal?.removeEventListener("abort", onAbort);
    };
    if (signal?.aborted) {
      onAbort();
      return promise;
    }
    signal?.addEventListener("abort", onAbort, { once: true });
    const answer = (settle: () => void) =>
      scheduler.setTimeout(
        () =>
          machine.deliver(() => {
            settle();
            end();
          }),
        way(this.#server),
      );
    scheduler.setTimeout(() => {
      if (scheduler.now < trouble.awayUntil) return answer(() => reject(new ApiError("Network", "ECONNREFUSED")));
      if (random() < trouble.refused) return answer(() => reject(accident(random)));
      try {
        const result = act();
        const isLost = random() < trouble.lost;
        if (result instanceof WatchStream && (isLost || isOver || machine.isDead)) result.end();
        return answer(() => {
          if (isOver && result instanceof WatchStream) result.end();
          if (isLost) fail(new ApiError("Network", "ECONNRESET"));
          else resolve(result);
        });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        return answer(() => reject(asApiError(`${method} ${path}`, error)));
      }
    }, way(this.#server));
    return promise;
  }
}

export function way({ random, trouble }: Server): number {
  return random() * trouble.latency;
}

function accident(random: Random): ApiError {
  const status = [429, 500, 502, 503, 504, 0][Math.floor(random() * 6)] ?? 0;
  if (status === 0) return new ApiError("Network", "ECONNRESET");
  const retryAfter = status === 429 || random() < 0.3 ? "1" : undefined;
  return httpError("simulated", { httpStatus: status, body: "", retryAfter, now: 0 });
}

function asApiError(request: string, refusal: Refusal): ApiError {
  return httpError(request, {
    httpStatus: refusal.status,
    body: JSON.stringify(refusal.body),
    retryAfter: undefined,
    now: 0,
  });
}

function parsePath(path: string): { resource: Resource; key: string } {
  const [, api, ...rest] = path.split("/");
  let parts = rest.slice(api === "api" ? 1 : 2);
  let namespace: string | undefined;
  if (parts[0] === "namespaces" && parts.length >= 3) {
    namespace = parts[1];
    parts = parts.slice(2);
  }
  const [plural = "", name = ""] = parts;
  const resource = RESOURCES.get(plural);
  if (resource === undefined) throw new Error(`the model does not know ${path}`);
  return { resource, key: keyOf({ metadata: { name, ...(namespace && { namespace }) } }) };
}

/** One request to the model, as HTTP has it. Throws a Refusal. */
function handle(server: Server, { method, path, query = {}, body }: JsonRequest): unknown {
  const { model, trouble } = server;
  const { resource, key } = parsePath(path);
  const { kind } = resource;
  const copy = (object: unknown): unknown => JSON.parse(JSON.stringify(object));
  if (method === "POST") return copy(model.create(resource, body as Sent));
  if (method === "PUT") {
    return copy(
      path.endsWith("/status") ? model.putStatus(resource, body as Sent) : model.update(resource, body as Sent),
    );
  }
  if (method === "DELETE") {
    model.delete(resource, key);
    return {};
  }
  if (trouble.forbidden.has(kind)) throw new Refusal(403, "Forbidden");
  if (query.resourceVersion !== undefined) model.expectReached(String(query.resourceVersion));
  if (key !== "") {
    const object = model.get(kind, key);
    if (object === undefined) throw new Refusal(404, "NotFound");
    return copy(object);
  }
  const token = query.continue === undefined ? {} : { token: String(query.continue) };
  const limit = Math.min(PAGE, Number(query.limit ?? PAGE));
  const page = listed(server, kind, { limit, ...token });
  const metadata = { resourceVersion: page.resourceVersion, continue: page.continueToken };
  return copy({ kind: `${kind}List`, metadata, items: page.items });
}

function listed({ model, trouble }: Server, kind: string, { limit, token }: { limit: number; token?: string }) {
  if (token !== undefined || trouble.lag === 0) return model.list(kind, limit, token);
  const old = model.revision - BigInt(trouble.lag);
  return model.list(kind, limit, `${old > model.compacted ? old : model.compacted} 0`);
}
