import type { Chunk } from "./chunk.ts";
import { type Decoded, decode } from "./decode.ts";
import { field, isJsonObject, type Json, type Path } from "./json.ts";
import { type Node, YamlSyntaxError } from "./node.ts";
import { parseYaml } from "./yaml.ts";

/** Texts of which the caller has what they say: they are not parsed again. */
export type Known = Pick<ReadonlyMap<string, unknown>, "has">;

/** A document, or an item of a `List`. */
export interface Part {
  readonly chunk: Chunk;
  readonly text: string;
  /** The way from the document's root to the item. */
  readonly path: Path;
  /** Absent where the text is known. */
  readonly content: Decoded | undefined;
}

/** What a text holds; that it cannot be read is a fault like others. */
export function decodeText(text: string, json: boolean): Decoded {
  let root: Node | undefined;
  try {
    root = parseYaml(text, json);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    return { value: null, faults: [{ at: error.at, path: [], text: `is not YAML: ${error.message}` }] };
  }
  return root === undefined ? { value: null, faults: [] } : decode(root);
}

/** Whether a value without its items is a `v1 List`, whose items say themselves what they are. */
export function isPlainList(rest: Json): boolean {
  if (!isJsonObject(rest) || field(rest, "kind") !== "List") return false;
  const apiVersion = field(rest, "apiVersion");
  return typeof apiVersion === "string" && apiVersion !== "";
}
