import { decode } from "./decode.ts";
import { field, isJsonObject, type Json, type JsonObject, type Path, quote, setField } from "./json.ts";
import { locate } from "./locate.ts";
import { type Node, YamlSyntaxError } from "./node.ts";
import type { Problem } from "./problem.ts";
import { type Chunk, split } from "./split.ts";
import type { SourceText } from "./text.ts";
import { parseYaml } from "./yaml.ts";

/** One object of the input, as its author wrote it: no defaults yet, nothing checked but that it says what it is. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly object: JsonObject;
  /** A problem at a path of this object: at its key if `part` says so, else at its value. */
  problem(path: Path, text: string, part?: "key" | "value"): Problem;
}

/** What a source holds: its objects and everything that is wrong with it, both in input order. */
interface Reading {
  readonly manifests: Manifest[];
  readonly problems: Problem[];
}

/**
 * Reads every object of a file: the documents of a YAML or JSON stream, with `List`s and typed lists taken apart. A
 * document that cannot be read is a problem, and the next one is read. Never throws for what a text can hold.
 */
export function readText(source: SourceText): Reading {
  const reading: Reading = { manifests: [], problems: [] };
  for (const chunk of split(source)) {
    if ("at" in chunk) {
      const text = "a line that begins with '---' separates documents and can hold nothing else";
      reading.problems.push({ file: source.file, ...source.position(chunk.at), path: [], text });
    } else {
      readChunk(chunk, reading);
    }
  }
  return reading;
}

function readChunk({ source, start, end, json }: Chunk, { manifests, problems }: Reading): void {
  const problem = (at: number, path: Path, text: string): Problem => {
    return { file: source.file, ...source.position(start + at), path, text };
  };
  let root: Node | undefined;
  try {
    root = parseYaml(source.text.slice(start, end), json);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    problems.push(problem(error.at, [], `is not YAML: ${error.message}`));
    return;
  }
  if (root === undefined) return;
  const { value, faults } = decode(root);
  const seen = new Set<number>();
  for (const fault of faults) {
    // The same place is read once for each alias that leads there.
    if (!seen.has(fault.at)) problems.push(problem(Math.max(0, fault.at), fault.path, fault.text));
    seen.add(fault.at);
  }
  if (faults.length > 0 || value === null) return;
  const document = root;
  expand(value, [], {
    manifest: (path, object, apiVersion, kind) => {
      manifests.push({
        apiVersion,
        kind,
        object,
        problem: (inner, text, part = "value") => problem(locate(document, [...path, ...inner], part), inner, text),
      });
    },
    problem: (path, text) => problems.push(problem(locate(document, path, "value"), path, text)),
  });
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
