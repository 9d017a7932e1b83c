import type { Schema } from "../crd.ts";
import { type Fault, isJsonObject, type Json, type JsonObject, type Path, setField } from "../manifest/index.ts";
import { listOfWords } from "./words.ts";

/** Something wrong at a path of an object; `key` where the name of the field is what is wrong. */
export interface Finding {
  readonly path: Path;
  readonly text: string;
  readonly part?: "key";
  readonly fault?: Fault;
}

/**
 * What the API server makes of an object before it checks it: nulls of fields without a default are dropped, defaults are
 * filled in (for a null too), `metadata` is left alone. Fields that the schema does not know are findings, as they are with
 * kubectl's strict validation. Returns a copy; what is of the wrong type is left for the schema to refuse.
 */
export function complete(value: Json, schema: Schema, findings: Finding[]): Json {
  return copy(value, schema, { path: [], findings });
}

interface Copying {
  /** Of what is being copied: one list for all, since most objects have nothing wrong. */
  readonly path: (string | number)[];
  readonly findings: Finding[];
}

function copy(value: Json, schema: Schema, copying: Copying): Json {
  const { path } = copying;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return value.map((item, index) => {
      path.push(index);
      const copied = copy(item, items, copying);
      path.pop();
      return copied;
    });
  }
  if (!isJsonObject(value) || schema.type !== "object") return value;
  if (path.length === 1 && path[0] === "metadata") return value;
  return fields(value, schema, copying);
}

function fields(value: JsonObject, { properties = {}, additionalProperties }: Schema, copying: Copying): JsonObject {
  const { path, findings } = copying;
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const schema = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
    path.push(key);
    if (schema === undefined) {
      findings.push({
        path: [...path],
        part: "key",
        fault: "UnknownField",
        text: `unknown field; ${listOfWords(key, Object.keys(properties))}`,
      });
    } else if (child !== null) {
      setField(result, key, copy(child, schema, copying));
    }
    path.pop();
  }
  for (const [key, schema] of Object.entries(properties)) {
    if (schema.default === undefined || Object.hasOwn(result, key)) continue;
    // A default may itself have defaults below it.
    path.push(key);
    result[key] = copy(schema.default as Json, schema, copying);
    path.pop();
  }
  return result;
}

/** Calls `visit` for every value whose schema `matters`, parents first; the path is its own only until it returns. */
export function walk(value: Json, schema: Schema, { matters, visit }: Walker): void {
  const path: (string | number)[] = [];
  const step = (key: string | number, child: Json, childSchema: Schema | undefined): void => {
    if (childSchema === undefined) return;
    path.push(key);
    go(child, childSchema);
    path.pop();
  };
  const go = (node: Json, nodeSchema: Schema): void => {
    const here = relevance(nodeSchema, matters);
    if (here === "none") return;
    if (matters(nodeSchema)) visit(node, nodeSchema, path);
    if (here === "self") return;
    if (Array.isArray(node)) {
      const { items } = nodeSchema;
      for (const [index, item] of node.entries()) step(index, item, items);
    } else if (isJsonObject(node)) {
      const { properties = {}, additionalProperties } = nodeSchema;
      for (const [key, child] of Object.entries(node)) {
        step(key, child, Object.hasOwn(properties, key) ? properties[key] : additionalProperties);
      }
    }
  };
  go(value, schema);
}

interface Walker {
  /** Whether something is to be done with the values of a schema; always the same function, since its answers are kept. */
  readonly matters: (schema: Schema) => boolean;
  readonly visit: (value: Json, schema: Schema, path: Path) => void;
}

/** What matters: neither the schema nor what is below it, the schema alone, or something below it. */
type Relevance = "none" | "self" | "below";

const relevances = new WeakMap<Walker["matters"], WeakMap<Schema, Relevance>>();

function relevance(schema: Schema, matters: Walker["matters"]): Relevance {
  let known = relevances.get(matters);
  if (known === undefined) {
    known = new WeakMap();
    relevances.set(matters, known);
  }
  let found = known.get(schema);
  if (found === undefined) {
    const below = childrenOf(schema).some((child) => relevance(child, matters) !== "none");
    found = below ? "below" : matters(schema) ? "self" : "none";
    known.set(schema, found);
  }
  return found;
}

/** The schemas of what a value of a schema can hold. */
export function childrenOf({ properties = {}, additionalProperties, items }: Schema): Schema[] {
  return [...Object.values(properties), additionalProperties, items].filter((child) => child !== undefined);
}
