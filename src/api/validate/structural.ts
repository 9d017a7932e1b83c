import type { Schema } from "../crd.ts";
import { isJsonObject, type Json, type JsonObject, type Path, setField } from "../manifest/index.ts";
import { listOfWords } from "./words.ts";

/** Something wrong at a path of an object; `key` where the name of the field is what is wrong. */
export interface Finding {
  readonly path: Path;
  readonly text: string;
  readonly part?: "key";
}

/**
 * What the API server makes of an object before it checks it: nulls of fields without a default are dropped, defaults are
 * filled in (for a null too), `metadata` is left alone. Fields that the schema does not know are findings, as they are with
 * kubectl's strict validation. Returns a copy; what is of the wrong type is left for the schema to refuse.
 */
export function complete(value: Json, schema: Schema, findings: Finding[]): Json {
  return copy(value, schema, [], findings);
}

function copy(value: Json, schema: Schema, path: Path, findings: Finding[]): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item, index) => copy(item, items, [...path, index], findings));
  }
  if (!isJsonObject(value) || schema.type !== "object") return value;
  if (path.length === 1 && path[0] === "metadata") return value;
  const properties = schema.properties ?? {};
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const childSchema = Object.hasOwn(properties, key) ? properties[key] : schema.additionalProperties;
    if (childSchema === undefined) {
      findings.push({
        path: [...path, key],
        part: "key",
        text: `unknown field; ${listOfWords(key, Object.keys(properties))}`,
      });
    } else if (child !== null) {
      setField(result, key, copy(child, childSchema, [...path, key], findings));
    }
  }
  for (const [key, childSchema] of Object.entries(properties)) {
    if (childSchema.default === undefined || Object.hasOwn(result, key)) continue;
    // A default may itself have defaults below it.
    result[key] = copy(childSchema.default as Json, childSchema, [...path, key], findings);
  }
  return result;
}

/** Calls `visit` for every value that a schema stands for, parents first. */
export function walk(value: Json, schema: Schema, visit: (value: Json, schema: Schema, path: Path) => void): void {
  const go = (node: Json, nodeSchema: Schema, path: Path): void => {
    visit(node, nodeSchema, path);
    if (Array.isArray(node)) {
      const { items } = nodeSchema;
      if (items !== undefined) for (const [index, item] of node.entries()) go(item, items, [...path, index]);
    } else if (isJsonObject(node)) {
      const properties = nodeSchema.properties ?? {};
      for (const [key, child] of Object.entries(node)) {
        const childSchema = Object.hasOwn(properties, key) ? properties[key] : nodeSchema.additionalProperties;
        if (childSchema !== undefined) go(child, childSchema, [...path, key]);
      }
    }
  };
  go(value, schema, []);
}
