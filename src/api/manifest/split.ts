import type { Chunk } from "./chunk.ts";
import { shapeOf } from "./json-shape.ts";
import type { SourceText } from "./text.ts";

/** A line that looks like a separator of documents and is none. */
export interface BadSeparator {
  readonly at: number;
}

/**
 * Splits a stream into documents as kubectl does, before any YAML is parsed: a line that begins with `---` separates, also
 * inside a block scalar. A stream that begins with `{` is a series of JSON objects for as long as they parse.
 * @param readJson reads the JSON object that begins at an offset and says where it ends, or that none does
 */
export function* split(
  source: SourceText,
  readJson = (start: number): { readonly end: number } | undefined => wholeJson(source.text, start),
): Generator<Chunk | BadSeparator> {
  let from = 0;
  while (true) {
    const start = skipSpace(source.text, from);
    const end = source.text[start] === "{" ? readJson(start)?.end : undefined;
    if (end === undefined) break;
    yield { source, start, end, json: true };
    from = end;
  }
  yield* splitYaml(source, from);
}

function* splitYaml(source: SourceText, from: number): Generator<Chunk | BadSeparator> {
  const { text } = source;
  let start = from;
  let separator = text.startsWith("---", from) && (from === 0 || text[from - 1] === "\n") ? from : next(text, from);
  while (separator !== -1) {
    if (separator > start) yield { source, start, end: separator, json: false };
    const newline = text.indexOf("\n", separator);
    const end = newline === -1 ? text.length : newline + 1;
    const rest = text.slice(separator + 3, end).trim();
    if (rest !== "" && !rest.startsWith("#")) yield { at: separator };
    start = end;
    separator = text.startsWith("---", end) ? end : next(text, end);
  }
  if (start < text.length) yield { source, start, end: text.length, json: false };
}

function wholeJson(text: string, start: number): { readonly end: number } | undefined {
  const shape = shapeOf(text, start);
  try {
    if (shape !== undefined) JSON.parse(text.slice(start, shape.end));
    return shape;
  } catch {
    return undefined;
  }
}

function skipSpace(text: string, from: number): number {
  const pattern = /\S/g;
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

function next(text: string, from: number): number {
  const at = text.indexOf("\n---", from);
  return at === -1 ? -1 : at + 1;
}
