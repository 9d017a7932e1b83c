import type { Schema } from "../crd.ts";
import { field, isJsonObject, type Json, quote } from "../manifest/index.ts";
import { type Finding, walk } from "./structural.ts";

/** The uniqueness of the items of sets and of the keys of list maps, which JSON Schema cannot say. */
export function checkUnique(object: Json, schema: Schema): Finding[] {
  const findings: Finding[] = [];
  walk(object, schema, {
    matters: isUnique,
    visit: (value, node, path) => {
      if (!Array.isArray(value) || value.length < 2) return;
      for (const index of duplicates(value, node)) {
        findings.push({ path: [...path, index], text: `${quote(shown(value[index], node))} stands there twice` });
      }
    },
  });
  return findings;
}

function isUnique({ "x-kubernetes-list-type": type }: Schema): boolean {
  return type === "set" || type === "map";
}

/** The first repetition of each value of a set, or of each key of a list map. */
function duplicates(list: readonly Json[], schema: Schema): number[] {
  const isSet = schema["x-kubernetes-list-type"] === "set";
  const seen = new Map<string, number>();
  const repeated: number[] = [];
  list.forEach((item, index) => {
    const key = JSON.stringify(isSet ? item : keysOf(item, schema));
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
