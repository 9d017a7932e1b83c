import type { Resource } from "../api/object.ts";
import { parseCustomResource } from "./json.ts";
import { parseObject, type StoredObject } from "./parse-object.ts";
import { apiVersionOf, resourcePath } from "./path.ts";
import type { Transport } from "./transport.ts";

export interface StatusWrite {
  /** All four identify what was read: another uid or resourceVersion is refused with 409. */
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  /** The whole status: what is not in it is erased. */
  readonly status: object;
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole request; default: the transport's. */
  readonly timeoutMs?: number;
}

/**
 * Replaces the status of one object by a PUT of just identity and status (the cheapest and the only safe way:
 * spec, labels, annotations and finalizers stay as they are). Returns the object as it is now. Throws an ApiError:
 * `isConflict` (wait for the newer object), `isNotFound` (it is gone), `isPermanentRefusal`; or with the `retryAfterMs`
 * that the server asks for. It is never repeated here: a status is decided anew before each attempt.
 */
export async function putStatus(
  transport: Transport,
  resource: Resource,
  { metadata, status, signal, timeoutMs }: StatusWrite,
): Promise<StoredObject> {
  const { name, namespace, uid, resourceVersion } = metadata;
  const path = resourcePath(resource, { namespace, name, subresource: "status" });
  const answer = await transport.requestJson({
    method: "PUT",
    path,
    body: {
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: { name, namespace, uid, resourceVersion },
      status,
    },
    parse: parseCustomResource,
    once: true,
    ...(signal && { signal }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  return parseObject(answer, resource, `the answer to PUT ${path}`);
}
