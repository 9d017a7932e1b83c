import { createRequire } from "node:module";
import type { Schema } from "../crd.ts";
import { isJsonObject, type Json } from "../manifest/index.ts";
import { childrenOf } from "./structural.ts";

/** Whether a value (with its defaults) keeps a rule; a rule that cannot be evaluated is broken, as on the server. */
export type Judge = (self: Json) => boolean;

type Library = typeof import("@marcbachmann/cel-js");

/**
 * What the library would answer otherwise than the server: regular expressions (RE2 there), letters (ASCII there), places
 * (of an item in a list, too, there), and escaped names.
 */
const OTHERWISE = /\b(?:matches|lowerAscii|upperAscii|indexOf|lastIndexOf)\s*\(|__/;

/**
 * The judge of a CEL rule of a schema, or undefined for a rule that only the API server can judge.
 *
 * `@marcbachmann/cel-js` is compared with a real API server by test/cluster/api/cel.test.ts, over 99 rules of the kinds
 * that CRDs have. They agree on has, size, in, all, exists, exists_one, map, filter, ternaries, arithmetic and its errors,
 * conversions, startsWith, endsWith, contains, split, substring, trim, join, timestamp, duration and optional
 * selection (`?.`, `orValue`). What the library lacks it says: Kubernetes' own functions (quantity, ip, url, …), macros of
 * two variables, sets, optMap, `[?x]`, oldSelf. Where it answers otherwise it is not asked, but for one thing that no rule
 * of ours does: it orders strings with characters beyond U+FFFF by UTF-16.
 */
export function judgeOf(rule: string, schema: Schema): Judge | undefined {
  if (OTHERWISE.test(rule) || !isPlain(schema)) return undefined;
  const { Environment, EvaluationError } = library();
  const environment = new Environment({ enableOptionalTypes: true }).registerVariable("self", "dyn");
  const { valid, type } = environment.check(rule);
  if (!valid || type !== "bool") return undefined;
  const holds = environment.parse(rule);
  return (self) => {
    try {
      return holds({ self: toCel(self, schema) }) === true;
    } catch (error) {
      if (error instanceof EvaluationError) return false;
      throw error;
    }
  };
}

let loaded: Library | undefined;

/** Loaded with the first value that has a rule: it takes 10 ms. At once, because checks are synchronous. */
function library(): Library {
  // The bundler sees the one call of `require` and puts the library into the bundle; a module has no such function in Node.
  loaded ??=
    typeof require === "function"
      ? require("@marcbachmann/cel-js")
      : createRequire(import.meta.url)("@marcbachmann/cel-js");
  return loaded as Library;
}

/** Whether all values of a schema have the types that `toCel` knows: no times, durations or fractions. */
function isPlain(schema: Schema): boolean {
  const { type = "", format = "int64" } = schema;
  const known = ["object", "array", "string", "boolean", "integer"].includes(type) && format.startsWith("int");
  return known && childrenOf(schema).every(isPlain);
}

/** As the library wants it: whole numbers are big ones, and objects are maps, so that no name is that of a method. */
function toCel(value: Json, schema: Schema): unknown {
  if (schema.type === "integer" && Number.isInteger(value)) return BigInt(Number(value));
  if (Array.isArray(value)) return value.map((item) => toCel(item, schema.items ?? {}));
  if (!isJsonObject(value)) return value;
  const { properties = {}, additionalProperties = {} } = schema;
  return new Map(
    Object.entries(value).map(([key, child]) => [
      key,
      toCel(child, (Object.hasOwn(properties, key) ? properties[key] : undefined) ?? additionalProperties),
    ]),
  );
}
