import { field, isJsonObject, type Json, type Manifest } from "../../api/manifest/index.ts";
import type { Names } from "./complete.ts";

type Found = Readonly<Record<keyof Names, Set<string>>>;

export function noNames(): Found {
  return { namespace: new Set(), vm: new Set(), policy: new Set(), appliance: new Set(), host: new Set() };
}

/** Adds the names that a manifest holds, whatever else it holds. */
export function addNames({ kind, object }: Manifest, found: Found): void {
  const name = text(object.metadata, "name");
  const namespace = text(object.metadata, "namespace");
  const host = text(object.spec, "hostName");
  switch (kind) {
    case "Namespace":
      if (name !== undefined) found.namespace.add(name);
      break;
    case "AffinityPolicy":
      if (name !== undefined) found.policy.add(name);
      break;
    case "Appliance":
      if (name !== undefined) found.appliance.add(name);
      if (host !== undefined) found.host.add(host);
      break;
    case "ProtectedVM":
      if (name !== undefined) found.vm.add(namespace === undefined ? name : `${namespace}/${name}`);
      if (namespace !== undefined) found.namespace.add(namespace);
      if (host !== undefined) found.host.add(host);
  }
}

function text(object: Json | undefined, key: string): string | undefined {
  const value = isJsonObject(object) ? field(object, key) : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}
