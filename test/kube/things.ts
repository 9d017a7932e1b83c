import type { Resource } from "../../src/api/object.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";

/** A namespaced kind for tests. */
export const THINGS: Resource = { group: "test.dev", version: "v1", plural: "things", kind: "Thing", namespaced: true };

export interface Thing extends StoredObject {
  spec?: { readonly text: string };
}

/** An object of that kind; its uid is its name unless it was made again. */
export function thing(name: string, resourceVersion: string | number, { uid = `uid-${name}`, text = "" } = {}): Thing {
  return {
    apiVersion: "test.dev/v1",
    kind: "Thing",
    metadata: { name, namespace: "ns", uid, resourceVersion: String(resourceVersion) },
    spec: { text },
  };
}
