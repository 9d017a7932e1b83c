import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { Schema } from "../crd.ts";
import { type Json, type Path, quote } from "../manifest/index.ts";
import type { Finding } from "./structural.ts";
import { isDateTime } from "./times.ts";
import { allowed } from "./words.ts";

let ajv: Ajv | undefined;
const compiled = new WeakMap<Schema, ValidateFunction>();

/** One instance, made when first needed: compiling is what costs. */
function validator(schema: Schema): ValidateFunction {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  if (ajv === undefined) {
    ajv = new Ajv({ allErrors: true, verbose: true, addUsedSchema: false, validateSchema: false });
    ajv.addVocabulary([
      "x-kubernetes-list-type",
      "x-kubernetes-list-map-keys",
      "x-kubernetes-map-type",
      "x-kubernetes-validations",
    ]);
    ajv.addFormat("int32", { type: "number", validate: (value) => value >= -(2 ** 31) && value < 2 ** 31 });
    ajv.addFormat("int64", { type: "number", validate: (value) => value >= -(2 ** 63) && value < 2 ** 63 });
    ajv.addFormat("date-time", isDateTime);
  }
  const validate = ajv.compile(schema);
  compiled.set(schema, validate);
  return validate;
}

/** The order in which one of several errors of the same value is chosen: the first says most. */
const KEYWORDS = ["type", "minLength", "maxLength", "enum", "pattern", "format", "minimum", "maximum"];

/** Checks a completed object against the schema of its kind; one finding a value, not one a keyword. */
export function checkSchema(value: Json, schema: Schema): Finding[] {
  const validate = validator(schema);
  if (validate(value)) return [];
  const errors = new Map<string, ErrorObject>();
  for (const error of validate.errors ?? []) {
    const missing = error.keyword === "required" ? `/${String(error.params.missingProperty)}` : "";
    const place = `${error.instancePath}${missing}`;
    const before = errors.get(place);
    if (before === undefined || KEYWORDS.indexOf(error.keyword) < KEYWORDS.indexOf(before.keyword))
      errors.set(place, error);
  }
  return [...errors.values()].map((error) => finding(error, value));
}

function finding(error: ErrorObject, root: Json): Finding {
  const path = pathOf(error.instancePath, root);
  const schema = (error.parentSchema ?? {}) as Schema;
  const { data, keyword, params } = error;
  switch (keyword) {
    case "required": {
      const name = String(params.missingProperty);
      return { path: [...path, name], text: `is missing; ${allowed(schema.properties?.[name] ?? {})}` };
    }
    case "maxLength":
      return { path, text: `has ${Array.from(String(data)).length} characters; allowed: at most ${params.limit}` };
    case "minLength":
      return { path, text: `${quote(data as Json)} is too short; ${allowed(schema)}` };
    case "minItems":
      return { path, text: `has ${count(data)} items; allowed: at least ${params.limit}` };
    case "maxItems":
      return { path, text: `has ${count(data)} items; allowed: at most ${params.limit}` };
    case "maxProperties":
      return { path, text: `has ${count(data)} fields; allowed: at most ${params.limit}` };
    default:
      return { path, text: `${quote(data as Json)} is not allowed; ${allowed(schema)}` };
  }
}

function count(data: unknown): number {
  return Array.isArray(data) ? data.length : Object.keys(data as object).length;
}

/** A JSON pointer as a path; whether a step is an index is known from the value that it leads through. */
function pathOf(pointer: string, root: Json): Path {
  const path: (string | number)[] = [];
  let value: unknown = root;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(value) ? Number(name) : name);
    value = (value as Record<string, unknown>)[name];
  }
  return path;
}
