import { isJsonObject, type Json, type JsonObject, pathText } from "../../api/manifest/json.ts";

/** One field of an object that differs between the sides; a side that does not have it is absent. */
export interface FieldChange {
  /** `spec.priority`, `metadata.labels.tier` */
  readonly path: string;
  readonly from?: Json;
  readonly to?: Json;
}

/**
 * The fields in which two values differ, in byte order of their names. Lists are sets to every rule and compared as such, a
 * null is absent, and so is an object without fields.
 */
export function fieldChanges(from: unknown, to: unknown, path: readonly string[]): FieldChange[] {
  const changes: FieldChange[] = [];
  collect(from as Json | undefined, to as Json | undefined, [...path], changes);
  return changes;
}

function collect(from: Json | undefined, to: Json | undefined, path: string[], changes: FieldChange[]): void {
  if (from === to) return;
  if (isObjectOrAbsent(from) && isObjectOrAbsent(to)) {
    for (const key of keysOf(from, to)) {
      path.push(key);
      collect(fieldOf(from, key), fieldOf(to, key), path, changes);
      path.pop();
    }
    return;
  }
  if (Array.isArray(from) && Array.isArray(to) && canonical(from) === canonical(to)) return;
  changes.push({
    path: pathText(path),
    ...(from == null ? {} : { from }),
    ...(to == null ? {} : { to }),
  });
}

function isObjectOrAbsent(value: Json | undefined): value is JsonObject | null | undefined {
  return value == null || isJsonObject(value);
}

function keysOf(from: JsonObject | null | undefined, to: JsonObject | null | undefined): string[] {
  const keys = Object.keys(from ?? {});
  for (const key of Object.keys(to ?? {})) if (from == null || !Object.hasOwn(from, key)) keys.push(key);
  return keys.sort();
}

function fieldOf(object: JsonObject | null | undefined, key: string): Json | undefined {
  return object != null && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The same text for lists with the same elements; an element's lists are sets too. */
function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${fields.join()}}`;
}

const SHOWN = 60;
const FIELDS = 4;

/** `priority 100 -> 500, labels.tier none -> web`: the first few, with their values or without. */
export function fieldsText(fields: readonly FieldChange[], values: boolean): string {
  const texts = fields.slice(0, FIELDS).map(({ path, from, to }) => {
    const short = path.replace(/^(?:spec|metadata)\./, "");
    return values ? `${short} ${valueText(from)} -> ${valueText(to)}` : short;
  });
  const rest = fields.length - FIELDS;
  return `${texts.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function valueText(value: Json | undefined): string {
  const text = textOf(value);
  const characters = text.length > SHOWN ? Array.from(text) : [];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN).join("")}…` : text;
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "none";
  if (Array.isArray(value)) return `[${value.map(textOf).join(", ")}]`;
  if (!isJsonObject(value)) return value === "" ? '""' : String(value);
  // A requirement of a selector: the one object that lists hold.
  const { key, operator, values } = value;
  return `${textOf(key)} ${textOf(operator)}${Array.isArray(values) ? ` (${values.map(textOf).join(", ")})` : ""}`;
}
