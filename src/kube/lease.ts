import type { Resource } from "../api/object.ts";
import { isNotFound } from "./errors.ts";
import { parseObject, type StoredObject } from "./parse-object.ts";
import { apiVersionOf, resourcePath } from "./path.ts";
import type { JsonRequest, Transport } from "./transport.ts";

const LEASES: Resource = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

/** The part of a Lease that leader election reads and writes; times are MicroTime. */
export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

export interface Lease extends StoredObject {
  spec?: LeaseSpec | null;
}

interface Call {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Reads and writes one Lease, on connections of its own. Everything that it throws is an ApiError. */
export interface LeaseClient {
  /** Undefined if there is none. */
  get(call: Call): Promise<Lease | undefined>;
  /** Replaces the one that was read, or creates it: a conflict if somebody else was faster. */
  put(spec: LeaseSpec, call: Call & { readonly read: Lease | undefined }): Promise<Lease>;
}

export function leaseClient(
  transport: Transport,
  { namespace, name }: { namespace: string; name: string },
): LeaseClient {
  const path = resourcePath(LEASES, { namespace, name });
  const send = async (request: Omit<JsonRequest, "pool">): Promise<Lease> =>
    parseObject(await transport.requestJson({ ...request, pool: "lease" }), LEASES, path);
  return {
    async get(call) {
      try {
        return await send({ method: "GET", path, ...call });
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    put(spec, { read, ...call }) {
      // What else is in the Lease stays: labels, annotations, fields of later versions.
      const body = {
        ...read,
        apiVersion: apiVersionOf(LEASES),
        kind: LEASES.kind,
        metadata: read?.metadata ?? { name, namespace },
        spec: { ...read?.spec, ...spec },
      };
      return read === undefined
        ? send({ method: "POST", path: resourcePath(LEASES, { namespace }), body, ...call })
        : send({ method: "PUT", path, body, ...call });
    },
  };
}
