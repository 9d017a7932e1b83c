import type { Schema } from "../crd.ts";
import { field, isJsonObject, type Json, type JsonObject, quote } from "../manifest/index.ts";
import { type Finding, walk } from "./structural.ts";

function size(self: JsonObject, name: string): number {
  const value = field(self, name);
  return Array.isArray(value) ? value.length : 0;
}

/** The CEL rules of the CRDs, by their text; a test fails for a rule in `crds/` that is not here. */
export const CEL: ReadonlyMap<string, (self: JsonObject) => boolean> = new Map([
  [
    "self.operator in ['Exists', 'DoesNotExist'] || (has(self.values) && size(self.values) > 0)",
    (self) => ["Exists", "DoesNotExist"].includes(String(self.operator)) || size(self, "values") > 0,
  ],
  [
    "self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",
    (self) => ["In", "NotIn"].includes(String(self.operator)) || size(self, "values") === 0,
  ],
]);

/** The uniqueness of the items of sets and of the keys of list maps, which JSON Schema cannot say. */
export function checkUnique(object: Json, schema: Schema): Finding[] {
  const findings: Finding[] = [];
  walk(object, schema, (value, node, path) => {
    if (!Array.isArray(value)) return;
    for (const index of duplicates(value, node)) {
      findings.push({ path: [...path, index], text: `${quote(shown(value[index], node))} stands there twice` });
    }
  });
  return findings;
}

/** The CEL rules. What they say of a value that the schema refuses means nothing. */
export function checkRules(object: Json, schema: Schema): Finding[] {
  const findings: Finding[] = [];
  walk(object, schema, (value, { "x-kubernetes-validations": rules = [] }, path) => {
    if (!isJsonObject(value)) return;
    for (const { rule, message } of rules) if (CEL.get(rule)?.(value) === false) findings.push({ path, text: message });
  });
  return findings;
}

/** The first repetition of each value of a set, or of each key of a list map. */
function duplicates(list: readonly Json[], schema: Schema): number[] {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return [];
  const seen = new Map<string, number>();
  const repeated: number[] = [];
  list.forEach((item, index) => {
    const key = JSON.stringify(type === "set" ? item : keysOf(item, schema));
    const times = (seen.get(key) ?? 0) + 1;
    seen.set(key, times);
    if (times === 2) repeated.push(index);
  });
  return repeated;
}

function keysOf(item: Json | undefined, schema: Schema): Json[] {
  const names = schema["x-kubernetes-list-map-keys"] ?? [];
  return names.map((name) => (isJsonObject(item) ? (field(item, name) ?? null) : null));
}

function shown(item: Json | undefined, schema: Schema): Json {
  return schema["x-kubernetes-list-type"] === "map" ? keysOf(item, schema).map(String).join("/") : (item ?? null);
}
