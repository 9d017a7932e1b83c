import type { SourceText } from "./text.ts";

/** One document of a stream, still as text. */
export interface Chunk {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
  /** Whether it is valid JSON, where an escape may be half of a surrogate pair. */
  readonly json: boolean;
}

/** A line that looks like a separator of documents and is none. */
export interface BadSeparator {
  readonly at: number;
}

/**
 * Splits a stream into documents as kubectl does, before any YAML is parsed: a line that begins with `---` separates, also
 * inside a block scalar. A stream that begins with `{` is a series of JSON objects for as long as they parse.
 */
export function split(source: SourceText): (Chunk | BadSeparator)[] {
  const chunks: (Chunk | BadSeparator)[] = [];
  const { text } = source;
  let from = 0;
  while (true) {
    const start = skipSpace(text, from);
    const end = text[start] === "{" ? jsonEnd(text, start) : undefined;
    if (end === undefined || !isJson(text.slice(start, end))) break;
    chunks.push({ source, start, end, json: true });
    from = end;
  }
  splitYaml(source, from, chunks);
  return chunks;
}

function splitYaml(source: SourceText, from: number, chunks: (Chunk | BadSeparator)[]): void {
  const { text } = source;
  let start = from;
  let separator = text.startsWith("---", from) && (from === 0 || text[from - 1] === "\n") ? from : next(text, from);
  while (separator !== -1) {
    if (separator > start) chunks.push({ source, start, end: separator, json: false });
    const newline = text.indexOf("\n", separator);
    const end = newline === -1 ? text.length : newline + 1;
    const rest = text.slice(separator + 3, end).trim();
    if (rest !== "" && !rest.startsWith("#")) chunks.push({ at: separator });
    start = end;
    separator = text.startsWith("---", end) ? end : next(text, end);
  }
  if (start < text.length) chunks.push({ source, start, end: text.length, json: false });
}

function next(text: string, from: number): number {
  const at = text.indexOf("\n---", from);
  return at === -1 ? -1 : at + 1;
}

function skipSpace(text: string, from: number): number {
  const pattern = /\S/g;
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

/** Where the JSON object that begins at `from` ends, by counting brackets outside strings. */
function jsonEnd(text: string, from: number): number | undefined {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x7b || character === 0x5b) depth++;
    else if (character === 0x7d || character === 0x5d) {
      if (--depth === 0) return at + 1;
    } else if (character === 0x22) {
      at++;
      while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
    }
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
