import { createHash } from "node:crypto";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { kindOf } from "../cluster/kinds.ts";

const API_VERSION = "tandem.dev/v1alpha1";

type Settled = ProtectedVM | AffinityPolicy | Appliance;

/** Who did what to an object, and when (RFC 3339, seconds). */
export interface Past {
  readonly created: string;
  readonly decided: string;
}

/** One key of etcd and its value. */
export interface Entry {
  readonly key: string;
  readonly value: string;
}

/**
 * An object with its status as kube-apiserver stores it after a client created it and the controller wrote its status (and
 * where it has `delivered`, after somebody applied that): uid, creationTimestamp and managedFields, no resourceVersion.
 * That this is the form that the server uses is checked against a real one at each run: see scale-bed.ts.
 */
export function storedObject(object: Settled, { created, decided }: Past): object {
  const { apiVersion, kind, metadata, spec, status } = object;
  const update = { apiVersion: API_VERSION, fieldsType: "FieldsV1", operation: "Update" } as const;
  const { delivered, ...decision } = { delivered: undefined, ...status };
  const ofStatus = { manager: "tandem", subresource: "status", time: decided };
  return {
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      uid: uidOf(object),
      creationTimestamp: created,
      managedFields: [
        ...(delivered === undefined
          ? []
          : [
              {
                ...update,
                ...ofStatus,
                operation: "Apply",
                manager: "deliverer",
                fieldsV1: { "f:status": { "f:delivered": {} } },
              },
            ]),
        {
          ...update,
          manager: "unknown",
          time: created,
          fieldsV1: {
            ...(metadata.labels && { "f:metadata": { "f:labels": ownedTree(metadata.labels) } }),
            "f:spec": ownedTree(spec),
          },
        },
        { ...update, ...ofStatus, fieldsV1: { "f:status": ownedStatus(decision) } },
      ],
    },
    spec,
    status,
  };
}

export function entryOf(object: Settled, past: Past): Entry {
  const { plural } = kindOf(object.kind ?? "");
  return {
    key: `/registry/tandem.dev/${plural}/${keyOf(object)}`,
    value: `${JSON.stringify(storedObject(object, past))}\n`,
  };
}

/** As random as a real one, and the same for the same object. */
function uidOf({ kind, metadata }: Settled): string {
  const hex = createHash("sha256")
    .update(`${kind} ${keyOf({ metadata })}`)
    .digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

type Owned = { [field: string]: Owned };

/** Every list of a spec is a set of strings; what selects is one thing to its owner. */
function ownedTree(value: object): Owned {
  const owned: Owned = { ".": {} };
  for (const [name, child] of Object.entries(value)) {
    if (Array.isArray(child)) {
      const items = child.map((item) => [`v:${JSON.stringify(item)}`, {}]);
      owned[`f:${name}`] = { ".": {}, ...Object.fromEntries(items) };
    } else {
      const isWhole = typeof child !== "object" || name.endsWith("Selector");
      owned[`f:${name}`] = isWhole ? {} : ownedTree(child);
    }
  }
  return owned;
}

/** In a status lists are written whole, and so is the forecast. */
function ownedStatus(status: object): Owned {
  const owned: Owned = {};
  for (const [name, child] of Object.entries(status)) {
    const isWhole = typeof child !== "object" || Array.isArray(child) || name === "forecast";
    owned[`f:${name}`] = isWhole
      ? {}
      : { ".": {}, ...Object.fromEntries(Object.keys(child).map((part) => [`f:${part}`, {}])) };
  }
  return owned;
}
