import { type Chunk, textOf } from "./chunk.ts";
import type { Path } from "./json.ts";
import { locate } from "./locate.ts";
import { type Node, YamlSyntaxError } from "./node.ts";
import type { Problem } from "./problem.ts";
import type { SourceText } from "./text.ts";
import { parseYaml } from "./yaml.ts";

/** Where an object comes from. */
export interface Origin {
  /** Absent for an object of a cluster. */
  readonly source: SourceText | undefined;
  /** Offsets in its text: the document that holds the object, or the item of a list with the comments above it. */
  readonly start: number;
  readonly end: number;
  /** A problem at a path of the object: at its key if `part` says so, else at its value. */
  problem(path: Path, text: string, part?: "key" | "value"): Problem;
}

/** A place in a text. Nothing but offsets is kept: when a line is asked for, the chunk is parsed again. */
export class TextOrigin implements Origin {
  readonly #chunk: Chunk;
  readonly #path: Path;

  constructor(chunk: Chunk, path: Path) {
    this.#chunk = chunk;
    this.#path = path;
  }

  get source(): SourceText {
    return this.#chunk.source;
  }

  get start(): number {
    return this.#chunk.start;
  }

  get end(): number {
    return this.#chunk.end;
  }

  problem(path: Path, text: string, part: "key" | "value" = "value"): Problem {
    const { source, start } = this.#chunk;
    const root = rootOf(this.#chunk);
    const at = root === undefined ? 0 : locate(root, [...this.#path, ...path], part);
    return { file: source.file, ...source.position(start + at), path, text };
  }
}

/** The last one that was asked for: many places of one object, or of one list, are asked for one after the other. */
let last: { readonly chunk: Chunk; readonly root: Node | undefined } | undefined;

function rootOf(chunk: Chunk): Node | undefined {
  if (last?.chunk !== chunk) last = { chunk, root: parse(chunk) };
  return last.root;
}

/** Undefined for the rare JSON that is no YAML, such as a key of more than 1024 characters. */
function parse(chunk: Chunk): Node | undefined {
  try {
    const root = parseYaml(textOf(chunk), chunk.json);
    return chunk.item && root?.kind === "sequence" ? root.items[0] : root;
  } catch (error) {
    if (error instanceof YamlSyntaxError) return undefined;
    throw error;
  }
}
