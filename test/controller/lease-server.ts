import type { Clock } from "../../src/kube/clock.ts";
import { ApiError } from "../../src/kube/errors.ts";
import type { Lease, LeaseClient, LeaseSpec } from "../../src/kube/lease.ts";

export interface LeaseRequest {
  readonly who: string;
  readonly verb: "get" | "put";
  readonly at: number;
  readonly timeoutMs: number;
}

/** The server of one Lease; it compares resourceVersions, as the real one does. */
export class LeaseServer {
  lease: Lease | undefined;
  /** What was asked: by whom, when, and how long the answer may take. */
  requests: LeaseRequest[] = [];
  /** Before an answer; may throw. */
  onRequest: (who: string, verb: "get" | "put") => void | Promise<void> = () => {};
  readonly #clock: Clock;
  #version = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody writes it, whoever holds it. */
  write(spec: LeaseSpec): Lease {
    this.lease = { metadata: { name: "tandem", resourceVersion: `${++this.#version}` }, spec };
    return this.lease;
  }

  client(who: string): LeaseClient {
    return {
      get: async ({ timeoutMs }) => {
        await this.#receive({ who, verb: "get", timeoutMs });
        return this.lease;
      },
      put: async (spec, { read, timeoutMs }) => {
        await this.#receive({ who, verb: "put", timeoutMs });
        if (read?.metadata.resourceVersion !== this.lease?.metadata.resourceVersion) {
          const reason = read === undefined ? "AlreadyExists" : "Conflict";
          throw new ApiError("Status", "somebody was faster", { httpStatus: 409, reason });
        }
        return this.write({ ...this.lease?.spec, ...spec });
      },
    };
  }

  async #receive(request: Omit<LeaseRequest, "at">): Promise<void> {
    this.requests.push({ ...request, at: this.#clock.monotonic() });
    await this.onRequest(request.who, request.verb);
  }
}

/** An `onRequest`: the server is away. */
export function away(): never {
  throw new ApiError("Network", "away");
}
