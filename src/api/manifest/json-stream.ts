import { type Chunk, textOf } from "./chunk.ts";
import { decodeText, isPlainList, type Known, type Part } from "./content.ts";
import type { Decoded } from "./decode.ts";
import { isJsonObject, type Json } from "./json.ts";
import { type JsonShape, shapeOf } from "./json-shape.ts";
import { MAX_DEPTH } from "./node.ts";
import type { SourceText } from "./text.ts";

/** A JSON object of a stream, taken apart if it is a `List`, and where it ends. */
interface JsonDocument {
  readonly end: number;
  readonly parts: Part[];
}

/** The JSON object that begins at `start`; undefined where none does: then it is YAML, if anything. */
export function readJson(source: SourceText, start: number, known: Known): JsonDocument | undefined {
  const shape = shapeOf(source.text, start);
  if (shape === undefined) return undefined;
  const { end } = shape;
  const items = itemsOf(source, shape, known);
  if (items !== undefined) return { end, parts: items };
  const chunk: Chunk = { source, start, end, json: true };
  const text = textOf(chunk);
  const parsed = known.has(text) ? undefined : parse(text);
  if (parsed === undefined && !known.has(text)) return undefined;
  const content = parsed && contentOf(text, parsed.value, shape);
  return { end, parts: [{ chunk, text, path: [], content }] };
}

/** The items of a `List`, each a text of its own; undefined where it is none, or anything is wrong with it. */
function itemsOf(source: SourceText, shape: JsonShape, known: Known): Part[] | undefined {
  const { start, end, items, depth } = shape;
  if (items === undefined || depth > MAX_DEPTH) return undefined;
  const rest = source.text.slice(start, items.start) + source.text.slice(items.end, end);
  const list = parse(rest)?.value;
  const keys = items.parts.reduce((left, part) => left - part.keys, shape.keys);
  if (list === undefined || !isPlainList(list) || keysIn(list) !== keys) return undefined;
  const parts: Part[] = [];
  for (const [index, item] of items.parts.entries()) {
    const chunk: Chunk = { source, start: item.start, end: item.end, json: true };
    const text = textOf(chunk);
    const value = known.has(text) ? undefined : parse(text)?.value;
    if (value === undefined ? !known.has(text) : keysIn(value) !== item.keys) return undefined;
    parts.push({
      chunk,
      text,
      path: ["items", index],
      content: value === undefined ? undefined : { value, faults: [] },
    });
  }
  return parts;
}

function parse(text: string): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** What `JSON.parse` made of a text, or, where it lost something (a key that stands there twice), what the YAML parser makes. */
function contentOf(text: string, value: Json, { depth, keys }: JsonShape): Decoded {
  return depth <= MAX_DEPTH && keysIn(value) === keys ? { value, faults: [] } : decodeText(text, true);
}

/** How many keys there are in a value; NaN if it holds what reads otherwise as YAML: half a surrogate pair, `1e999`, `-0`. */
function keysIn(value: Json): number {
  if (typeof value === "string") return value.isWellFormed() ? 0 : Number.NaN;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0) ? 0 : Number.NaN;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) keys += keysIn(item);
  } else if (isJsonObject(value)) {
    for (const [key, child] of Object.entries(value)) keys += 1 + keysIn(key) + keysIn(child);
  }
  return keys;
}
