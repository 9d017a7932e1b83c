import { isJsonObject } from "../../api/manifest/index.ts";

/** Finds the first value that a path leads to. */
export type JsonPath = (value: unknown) => unknown;

const STEP = /^(?:\.([A-Za-z_][\w-]*)|\[([0-9]+)\]|\[\?\(@\.([A-Za-z_][\w-]*)==(?:"([^"]*)"|'([^']*)')\)\])/;

/**
 * Compiles the part of JSONPath that printer columns use: `.a.b`, `[0]` and `[?(@.type=="Ready")]`.
 * @throws {Error} for anything else
 */
export function compileJsonPath(path: string): JsonPath {
  const steps: JsonPath[] = [];
  for (let rest = path; rest !== ""; ) {
    const match = STEP.exec(rest);
    if (match === null) throw new Error(`a JSONPath that printer columns do not use: ${path}`);
    const [whole, name, index, key, double, single] = match;
    if (name !== undefined) steps.push((value) => property(value, name));
    else if (index !== undefined) steps.push((value) => (Array.isArray(value) ? value[Number(index)] : undefined));
    else if (key !== undefined) steps.push((value) => select(value, key, double ?? single));
    rest = rest.slice(whole.length);
  }
  return (value) => steps.reduce((found, step) => step(found), value);
}

function property(value: unknown, name: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function select(value: unknown, key: string, wanted: string | undefined): unknown {
  return Array.isArray(value) ? value.find((item) => property(item, key) === wanted) : undefined;
}
