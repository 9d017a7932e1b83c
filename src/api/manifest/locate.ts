import { isMerge, keyName, target } from "./decode.ts";
import type { Path } from "./json.ts";
import type { MappingNode, Node } from "./node.ts";

/**
 * The offset of what stands at a path: its value, or its key where the value is empty or the key is meant. Where the path
 * leads nowhere (a field that is missing) it is the key of the last object on the way.
 */
export function locate(root: Node, path: Path, part: "key" | "value"): number {
  let node = root;
  let keyAt = Math.max(0, root.at);
  for (const step of path) {
    const found = child(target(node), step);
    if (found === undefined) return keyAt;
    keyAt = found.key ?? found.value.at;
    node = found.value;
  }
  return part === "key" || node.at === -1 ? Math.max(0, keyAt) : node.at;
}

interface Place {
  readonly key?: number;
  readonly value: Node;
}

function child(node: Exclude<Node, { kind: "alias" }>, step: string | number): Place | undefined {
  if (node.kind === "mapping") return typeof step === "string" ? indexOf(node).get(step) : undefined;
  const value = node.kind === "sequence" && typeof step === "number" ? node.items[step] : undefined;
  return value === undefined ? undefined : { value };
}

/** Made when first needed, so that a thousand problems of one object do not read through it a thousand times. */
const indexes = new WeakMap<MappingNode, ReadonlyMap<string, Place>>();

/** Where each field comes from, of itself or by a merge; the later one counts, as in decoding. */
function indexOf(node: MappingNode): ReadonlyMap<string, Place> {
  const known = indexes.get(node);
  if (known !== undefined) return known;
  const index = new Map<string, Place>();
  for (const [key, value] of node.entries) {
    const name = isMerge(key) ? undefined : keyName(key);
    if (name !== undefined) index.set(name, { key: key.at, value });
    if (!isMerge(key)) continue;
    const sources = value.kind === "sequence" ? [...value.items].reverse() : [value];
    for (const source of sources.map(target)) {
      if (source.kind === "mapping") for (const [field, place] of indexOf(source)) index.set(field, place);
    }
  }
  indexes.set(node, index);
  return index;
}
