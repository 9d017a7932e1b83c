import type { KubeObject, Resource } from "../api/object.ts";
import { ApiError } from "./errors.ts";
import { isRecord } from "./json.ts";
import { apiVersionOf } from "./path.ts";
import { isResourceVersion } from "./resource-version.ts";

/** An object as a server sends it: it always has a resourceVersion. */
export interface StoredObject extends KubeObject {
  metadata: KubeObject["metadata"] & { resourceVersion: string; managedFields?: unknown };
}

/**
 * Checks at the border that a value is an object of this kind with a name and a resourceVersion (and a namespace, if
 * the kind has them); the rest of it stays as it is. Throws `Protocol`. `where` begins the message.
 */
export function parseObject(value: unknown, resource: Resource, where: string): StoredObject {
  const fault = findFault(value, resource);
  if (fault !== undefined || !isStoredObject(value)) {
    throw new ApiError("Protocol", `${where}: ${fault}`);
  }
  return value;
}

function findFault(value: unknown, resource: Resource): string | undefined {
  if (!isRecord(value)) {
    return "no object";
  }
  // The items of a list of a built-in kind have neither kind nor apiVersion.
  const { kind = resource.kind, apiVersion = apiVersionOf(resource), metadata } = value;
  if (kind !== resource.kind || apiVersion !== apiVersionOf(resource)) {
    return `an object of the kind ${word(kind)} (${word(apiVersion)}) among ${resource.plural}`;
  }
  if (!isRecord(metadata)) {
    return "an object without metadata";
  }
  if (typeof metadata.name !== "string" || metadata.name === "") {
    return "an object without a name";
  }
  if (resource.namespaced && (typeof metadata.namespace !== "string" || metadata.namespace === "")) {
    return "an object without a namespace";
  }
  return isResourceVersion(metadata.resourceVersion) ? undefined : "an object without a resourceVersion";
}

/** Not `String(value)`: of what JSON can hold that may throw. */
function word(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 100) : `(${typeof value})`;
}

function isStoredObject(value: unknown): value is StoredObject {
  return isRecord(value) && isRecord(value.metadata) && isResourceVersion(value.metadata.resourceVersion);
}
