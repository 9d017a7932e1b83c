import { type Json, type JsonObject, type Path, setField } from "./json.ts";
import { MAX_DEPTH, type MappingNode, type Node, type ScalarNode } from "./node.ts";
import { type Resolved, resolvePlain, resolveTagged, toJson, toKey } from "./scalar.ts";

/** A fault that the decoder found, at an offset of the text and a path in the document. */
interface Fault {
  readonly at: number;
  readonly path: Path;
  readonly text: string;
}

export interface Decoded {
  readonly value: Json;
  readonly faults: readonly Fault[];
}

/** Thrown inside this file only: the rest of the document cannot be read. */
class Unreadable extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/**
 * Turns nodes into JSON as kubectl does: aliases copied, `<<` merged, keys made strings. Unlike kubectl it does not let the
 * later of two equal keys win silently: that is a fault. A document of aliases that would grow out of proportion is refused.
 */
export function decode(root: Node): Decoded {
  const decoder = new Decoder();
  try {
    return { value: decoder.decode(root), faults: decoder.faults };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { value: null, faults: [...decoder.faults, { at: error.at, path: decoder.path, text: error.message }] };
  }
}

export function isMerge(key: Node): boolean {
  return key.kind === "scalar" && key.text === "<<" && (key.tag === "" ? key.plain : key.tag === "!!merge");
}

/** What an alias stands for, through aliases of aliases. */
export function target(node: Node): Exclude<Node, { kind: "alias" }> {
  while (node.kind === "alias") node = node.target;
  return node;
}

/** The name of a key, or undefined for a key that JSON cannot have. */
export function keyName(node: Node): string | undefined {
  const scalar = target(node);
  if (scalar.kind !== "scalar") return undefined;
  const resolved = resolve(scalar);
  return resolved === undefined ? undefined : toKey(resolved);
}

function resolve(node: ScalarNode): Resolved | undefined {
  if (node.tag !== "") return resolveTagged(node.tag, node.text);
  return node.plain ? resolvePlain(node.text) : { type: "string", value: node.text };
}

function tooDeep(node: Node): Unreadable {
  return new Unreadable(`is nested more than ${MAX_DEPTH} deep`, node.at);
}

class Decoder {
  readonly faults: Fault[] = [];
  readonly path: (string | number)[] = [];
  readonly #open = new Set<Node>();
  #depth = 0;
  #count = 0;
  #aliased = 0;
  #aliasDepth = 0;

  decode(node: Node): Json {
    this.#charge(node);
    if (node.kind === "alias") {
      return this.#inside(node, () => this.decode(node.target));
    }
    if (node.kind === "scalar") return this.#scalar(node);
    if (++this.#depth > MAX_DEPTH) throw tooDeep(node);
    let value: Json;
    if (node.kind === "sequence") {
      value = node.items.map((item, index) => this.#at(index, () => this.decode(item)));
    } else {
      value = {};
      this.#fill(value, node);
    }
    this.#depth--;
    return value;
  }

  /** go-yaml's own bound: nearly all of a small document, but at most a tenth of a large one, may come from aliases. */
  #charge(node: Node): void {
    this.#count++;
    if (this.#aliasDepth > 0) this.#aliased++;
    const share = Math.min(0.99, Math.max(0.1, 0.99 - (0.89 * (this.#count - 400_000)) / 3_600_000));
    if (this.#aliased > 100 && this.#count > 1000 && this.#aliased / this.#count > share) {
      throw new Unreadable("document contains excessive aliasing", node.at);
    }
  }

  #inside<T>(node: Node & { kind: "alias" }, read: () => T): T {
    // An alias may lead to a chain of others that no nesting in the text shows.
    if (++this.#depth > MAX_DEPTH) throw tooDeep(node);
    if (this.#open.has(node)) throw new Unreadable(`anchor '${node.name}' value contains itself`, node.at);
    this.#open.add(node);
    this.#aliasDepth++;
    const value = read();
    this.#aliasDepth--;
    this.#open.delete(node);
    this.#depth--;
    return value;
  }

  #at<T>(step: string | number, read: () => T): T {
    this.path.push(step);
    const value = read();
    this.path.pop();
    return value;
  }

  #scalar(node: ScalarNode): Json {
    const resolved = resolve(node);
    const value = resolved === undefined ? undefined : toJson(resolved);
    if (value !== undefined) return value;
    const text = resolved === undefined ? `is no ${node.tag}` : "is a number that JSON cannot hold";
    this.faults.push({ at: node.at, path: [...this.path], text });
    return null;
  }

  #fill(object: JsonObject, node: MappingNode): void {
    const own = new Set<string>();
    for (const [key, value] of node.entries) {
      this.#charge(key);
      if (isMerge(key)) {
        this.#merge(object, value, key.at);
        continue;
      }
      const name = keyName(key);
      if (name === undefined) {
        this.faults.push({ at: key.at, path: [...this.path], text: "a key that is no string, number or boolean" });
        continue;
      }
      if (own.has(name)) this.faults.push({ at: key.at, path: [...this.path, name], text: "stands there twice" });
      own.add(name);
      setField(
        object,
        name,
        this.#at(name, () => this.decode(value)),
      );
    }
  }

  /** A merge overrides what stands before it and is overridden by what follows; of a list the first has precedence. */
  #merge(object: JsonObject, value: Node, at: number): void {
    const sources = value.kind === "sequence" ? [...value.items].reverse() : [value];
    for (const source of sources) {
      const mapping = source.kind === "alias" ? source.target : source;
      if (mapping.kind !== "mapping") throw new Unreadable("'<<' needs a map or a list of maps", at);
      if (source.kind === "alias") this.#inside(source, () => this.#fill(object, mapping));
      else this.#fill(object, mapping);
    }
  }
}
