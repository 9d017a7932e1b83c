import type { Condition, FeatureRow } from "../api/kinds.ts";
import { isRecord } from "../kube/json.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import type { StoredVm } from "./changes.ts";
import { Shared, SharedRecords } from "./shared.ts";

/** Values remembered of each sort, some megabytes: each second of a mass change makes a few hundred. */
const LIMIT = 16_384;
const strings = new Shared<string>(LIMIT);
const lists = new Shared<unknown>(LIMIT);
const rows = new SharedRecords<FeatureRow>(strings, { limit: LIMIT, topicOf: ({ decidedBy }) => decidedBy });
const conditions = new SharedRecords<Condition>(strings, { limit: LIMIT, topicOf: ({ message }) => message });

/**
 * Of a VM what the store keeps. Half of what the server sends is managedFields; of the rest most is the same in thousands of
 * other VMs, which then hold one of each: nobody may change it. `raw` must have just been parsed, and is used up. What is not
 * as the schema has it stays as it is.
 */
export function projectVm(raw: StoredObject): StoredVm {
  const { metadata, spec, status } = raw as StoredVm;
  forget(metadata);
  share(metadata, ["namespace"]);
  share(spec, ["hostName", "features", "agent"]);
  share(status, ["mode", "appliance", "requiredModules", "actions", "forecast"]);
  shareEach(status?.features, rows);
  shareEach(status?.conditions, conditions);
  return status === undefined ? { metadata, spec } : { metadata, spec, status };
}

/** Of a policy, an appliance: all but what no rule reads. */
export function projectOwner<T extends StoredObject>(raw: StoredObject): T {
  forget(raw.metadata);
  return raw as T;
}

/** Of a namespace only the labels count. */
export function projectNamespace({ metadata: { name, uid, resourceVersion, labels } }: StoredObject): StoredObject {
  return { metadata: { name, resourceVersion, ...(uid && { uid }), ...(labels && { labels }) } };
}

/** Sets to undefined what nobody reads: `delete` makes an object slower and 750 bytes larger. */
function forget(metadata: { managedFields?: unknown; annotations?: unknown; creationTimestamp?: unknown }): void {
  if (metadata.managedFields !== undefined) metadata.managedFields = undefined;
  if (metadata.annotations !== undefined) metadata.annotations = undefined;
  if (metadata.creationTimestamp !== undefined) metadata.creationTimestamp = undefined;
}

/** Replaces the values of these fields, strings or lists and objects of few forms, by those that all share. */
function share<T extends object>(of: T | null | undefined, fields: readonly (keyof T)[]): void {
  if (!isRecord(of)) return;
  for (const field of fields) {
    const value = of[field];
    if (typeof value === "string") of[field] = strings.one(value, value) as typeof value;
    else if (typeof value === "object" && value !== null)
      of[field] = lists.one(JSON.stringify(value), value) as typeof value;
  }
}

function shareEach<T extends FeatureRow | Condition>(list: T[] | null | undefined, known: SharedRecords<T>): void {
  if (!Array.isArray(list)) return;
  for (let index = 0; index < list.length; index++) {
    const record = list[index];
    if (isRecord(record)) list[index] = known.one(record);
  }
}
