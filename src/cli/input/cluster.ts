import { crds } from "../../api/generated/schemas.ts";
import type { Origin } from "../../api/manifest/index.ts";
import type { Resource } from "../../api/object.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import { findCredentials } from "../../kube/credentials.ts";
import { ApiError, isExpired, isNotFound } from "../../kube/errors.ts";
import { list } from "../../kube/list.ts";
import type { StoredObject } from "../../kube/parse-object.ts";
import { apiVersionOf } from "../../kube/path.ts";
import { Transport } from "../../kube/transport.ts";
import { UsageError } from "../exit.ts";
import { version } from "../version.ts";
import { EstateBuilder, type EstateOptions } from "./estate.ts";

/** Which cluster; without a context the current one of the kubeconfig, or the one that this Pod runs in. */
export interface ClusterOptions {
  readonly context?: string | undefined;
  readonly kubeconfig?: string | undefined;
}

/** Milliseconds for everything: 100,000 VMs are 200 pages. */
const TIMEOUT = 300_000;
/** How often a list is begun again because the server has forgotten the moment that it is of. */
const TRIES = 3;
const NAMESPACES: Resource = { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false };

/**
 * Reads the three kinds and the namespaces of a cluster; it asks for lists and for nothing else. The objects are as the server
 * has them, which has checked and completed them.
 * @throws {UsageError} in one line, with what to do
 */
export async function readCluster(
  { context, kubeconfig }: ClusterOptions,
  { onProgress }: Pick<EstateOptions, "onProgress">,
): Promise<EstateBuilder> {
  const name = context === undefined ? "the cluster" : `cluster ${context}`;
  const problem: Origin["problem"] = (path, text) => ({ file: name, path, text });
  const origin: Origin = { source: undefined, start: 0, end: 0, problem };
  const estate = new EstateBuilder();
  const signal = AbortSignal.timeout(TIMEOUT);
  let asked = NAMESPACES;
  try {
    await using transport = new Transport({ credentials: findCredentials({ kubeconfig, context }), version });
    const read = async (resource: Resource): Promise<StoredObject[]> => {
      asked = resource;
      return await whole(transport, resource, {
        signal,
        onPage: async (count) => onProgress?.(name, estate.objects.length + count),
      });
    };
    for (const { metadata } of await read(NAMESPACES)) {
      estate.add({ type: "namespace", name: metadata.name, labels: metadata.labels ?? {} }, origin);
    }
    for (const { resource } of [crds.Appliance, crds.AffinityPolicy, crds.ProtectedVM]) {
      for (const item of await read(resource)) {
        estate.add({ type: "tandem", tandem: tandemOf(item, resource) }, origin);
      }
    }
    return estate;
  } catch (error) {
    if (error instanceof ApiError) throw new UsageError(`${name}: ${whatToDo(error, asked)}`, { cause: error });
    throw error;
  }
}

interface Listing {
  readonly signal: AbortSignal;
  readonly onPage: (count: number) => Promise<void>;
}

/** All objects of a kind, of one moment. */
async function whole(transport: Transport, resource: Resource, { signal, onPage }: Listing): Promise<StoredObject[]> {
  for (let tries = 1; ; tries++) {
    const items: StoredObject[] = [];
    try {
      for await (const page of list(transport, resource, signal)) {
        for (const item of page.items) items.push(item);
        await onPage(items.length);
      }
      return items;
    } catch (error) {
      if (!isExpired(error) || tries === TRIES) throw error;
    }
  }
}

/** The one place where an object of a server becomes a typed one: the server holds it to the schema that the type is made of. */
function tandemOf(item: StoredObject, resource: Resource): TandemObject {
  // Half of its bytes, and about who wrote what.
  const { managedFields, ...metadata } = item.metadata;
  const object = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...item, metadata };
  return { kind: resource.kind, object } as unknown as TandemObject;
}

function whatToDo(error: ApiError, { group, version: served, plural }: Resource): string {
  const what = group === "" ? plural : `${plural}.${group}`;
  if (isNotFound(error)) {
    return `it does not serve ${what} ${served}; install Tandem's kinds: kubectl apply -f crds/`;
  }
  if (error.httpStatus === 401) return "it refuses these credentials; log in again";
  if (error.httpStatus === 403) {
    return `you may not list ${what}; have a ClusterRole with the verb "list" for ${what} bound to you (${error.message})`;
  }
  switch (error.code) {
    case "Credentials":
      return error.message;
    case "Network":
    case "Timeout":
    case "Aborted":
      return `it cannot be reached, or is too slow: ${error.message}`;
    default:
      return error.message;
  }
}
