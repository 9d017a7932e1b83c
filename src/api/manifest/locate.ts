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

function child(
  node: Exclude<Node, { kind: "alias" }>,
  step: string | number,
): { key?: number; value: Node } | undefined {
  if (node.kind === "sequence" && typeof step === "number") {
    const value = node.items[step];
    return value === undefined ? undefined : { value };
  }
  return node.kind === "mapping" && typeof step === "string" ? entry(node, step) : undefined;
}

function entry(node: MappingNode, name: string): { key: number; value: Node } | undefined {
  for (const [key, value] of [...node.entries].reverse()) {
    if (!isMerge(key)) {
      if (keyName(key) === name) return { key: key.at, value };
      continue;
    }
    for (const source of value.kind === "sequence" ? value.items : [value]) {
      const merged = target(source);
      const found = merged.kind === "mapping" ? entry(merged, name) : undefined;
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
