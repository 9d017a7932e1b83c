import type { Schema } from "../../src/api/crd.ts";
import { crds } from "../../src/api/generated/schemas.ts";

/** A part of an object as it is stored: through JSON, with the defaults of its schema. */
export function defaulted(kind: string, part: "spec" | "status", value: unknown): unknown {
  if (value === undefined) return undefined;
  const schema = Object.hasOwn(crds, kind) ? crds[kind as keyof typeof crds].schema.properties?.[part] : undefined;
  return withDefaults(schema, JSON.parse(JSON.stringify(value)) as unknown);
}

function withDefaults(schema: Schema | undefined, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const result: Record<string, unknown> = { ...value };
  for (const [name, field] of Object.entries(schema?.properties ?? {})) {
    if (result[name] === undefined && field.default !== undefined) result[name] = structuredClone(field.default);
    if (result[name] !== undefined) result[name] = withDefaults(field, result[name]);
  }
  return result;
}
