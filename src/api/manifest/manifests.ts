import { type Chunk, textOf } from "./chunk.ts";
import { decodeText, type Known, type Part } from "./content.ts";
import { field, isJsonObject, type Json, type JsonObject, type Path, quote, setField } from "./json.ts";
import { readJson } from "./json-stream.ts";
import { listItems } from "./list-items.ts";
import { type Origin, TextOrigin } from "./origin.ts";
import type { Problem } from "./problem.ts";
import { split } from "./split.ts";
import type { SourceText } from "./text.ts";

/** One object of the input, as its author wrote it: no defaults yet, nothing checked but that it says what it is. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly object: JsonObject;
  /** The way to the object from the root of the chunk that holds it. */
  readonly path: Path;
  /** See `Origin`. */
  problem(path: Path, text: string, part?: "key" | "value"): Problem;
}

/** What a source holds: its objects and everything that is wrong with it, both in input order. */
interface Reading {
  readonly manifests: Manifest[];
  readonly problems: Problem[];
}

/** A document of a source, or an item of a `List` in it. */
export interface Document extends Reading {
  /** Equal texts say the same. Empty for what is no document but wrong. */
  readonly text: string;
  /** Whether the caller knows the text: then it was not read, and there are neither manifests nor problems. */
  readonly known: boolean;
  /** Where the object at a path stands. */
  origin(path: Path): Origin;
}

/**
 * Reads every object of a file: the documents of a YAML or JSON stream, with `List`s and typed lists taken apart. A
 * document that cannot be read is a problem, and the next one is read. Never throws for what a text can hold.
 */
export function readText(source: SourceText): Reading {
  const reading: Reading = { manifests: [], problems: [] };
  for (const { manifests, problems } of readDocuments(source)) {
    for (const manifest of manifests) reading.manifests.push(manifest);
    for (const problem of problems) reading.problems.push(problem);
  }
  return reading;
}

/** Like `readText`, one document after the other; those whose text is known are not parsed again. */
export function* readDocuments(source: SourceText, known: Known = new Map()): Generator<Document> {
  let parts: Part[] = [];
  const chunks = split(source, (start) => {
    const json = readJson(source, start, known);
    parts = json?.parts ?? [];
    return json;
  });
  for (const chunk of chunks) {
    if ("at" in chunk) {
      const text = "a line that begins with '---' separates documents and can hold nothing else";
      const fault = { at: chunk.at, path: [], text };
      const whole: Chunk = { source, start: 0, end: source.text.length, json: false };
      yield documentOf({ chunk: whole, text: "", path: [], content: { value: null, faults: [fault] } });
    } else {
      if (!chunk.json) parts = listItems(chunk, known) ?? [readYaml(chunk, known)];
      // Given away one by one: those of a large list are many, and what was made of one takes its place.
      parts.reverse();
      for (let part = parts.pop(); part !== undefined; part = parts.pop()) yield documentOf(part);
    }
  }
}

function readYaml(chunk: Chunk, known: Known): Part {
  const text = textOf(chunk);
  return { chunk, text, path: [], content: known.has(text) ? undefined : decodeText(text, false) };
}

function documentOf({ chunk, text, path, content }: Part): Document {
  const manifests: Manifest[] = [];
  const problems: Problem[] = [];
  const origin = (inner: Path): Origin => new TextOrigin(chunk, inner);
  const document: Document = { text, known: content === undefined, manifests, problems, origin };
  if (content === undefined) return document;
  const { source, start } = chunk;
  const seen = new Set<number>();
  for (const fault of content.faults) {
    // The same place is read once for each alias that leads there.
    const at = source.position(start + Math.max(0, fault.at));
    if (!seen.has(fault.at)) problems.push({ file: source.file, ...at, path: fault.path, text: fault.text });
    seen.add(fault.at);
  }
  // An empty document is none; an empty item is an item.
  if (content.faults.length > 0 || (content.value === null && path.length === 0)) return document;
  expand(content.value, [], {
    manifest: (inner, object, apiVersion, kind) => {
      const problem: Origin["problem"] = (deeper, words, part) => origin(inner).problem(deeper, words, part);
      manifests.push({ apiVersion, kind, object, path: inner, problem });
    },
    problem: (inner, words) => problems.push({ ...origin([]).problem(inner, words), path: [...path, ...inner] }),
  });
  return document;
}

interface Sink {
  manifest(path: Path, object: JsonObject, apiVersion: string, kind: string): void;
  problem(path: Path, text: string): void;
}

/** Hands on an object, or each item of a list: every kind that ends in `List` and has `items`, as kubectl does. */
function expand(value: Json, path: Path, sink: Sink): void {
  if (!isJsonObject(value)) {
    sink.problem(path, `${quote(value)} is no object; allowed: an object with apiVersion and kind`);
    return;
  }
  const apiVersion = field(value, "apiVersion");
  const kind = field(value, "kind");
  let known = true;
  for (const [name, given] of [
    ["apiVersion", apiVersion],
    ["kind", kind],
  ] as const) {
    if (typeof given === "string" && given !== "") continue;
    known = false;
    sink.problem([...path, name], given === undefined || given === null ? "is missing" : `${quote(given)} is no name`);
  }
  if (!known || typeof apiVersion !== "string" || typeof kind !== "string") return;
  const items = field(value, "items");
  if (!kind.endsWith("List") || !Array.isArray(items)) {
    sink.manifest(path, value, apiVersion, kind);
    return;
  }
  items.forEach((item, index) => {
    expand(
      kind === "List" ? item : withKind(item, apiVersion, kind.slice(0, -"List".length)),
      [...path, "items", index],
      sink,
    );
  });
}

/** The items of a typed list need not say what they are. */
function withKind(item: Json, apiVersion: string, kind: string): Json {
  if (!isJsonObject(item) || Object.hasOwn(item, "kind") || Object.hasOwn(item, "apiVersion")) return item;
  const typed: JsonObject = { apiVersion, kind };
  for (const [key, value] of Object.entries(item)) setField(typed, key, value);
  return typed;
}
