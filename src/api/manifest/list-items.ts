import { type Chunk, textOf } from "./chunk.ts";
import { decodeText, isPlainList, type Known, type Part } from "./content.ts";
import { field, isJsonObject } from "./json.ts";

const ITEMS = /^items:[ \t]*(?:#.*)?\r?\n/m;
/** Comments before the first item, and its dash. */
const FIRST = /(?: *#.*\n)*( *)-[ \r\n]/y;

/**
 * The items of a `List` as `kubectl get -o yaml` writes it, each parsed alone: the nodes of a hundred thousand at once would
 * take gigabytes. Undefined where it is no such list, and where any item cannot be read alone (an alias of another item, a
 * quote that goes on in the next one, a mistake): then it is to be read whole, and that tells what is wrong.
 */
export function listItems(chunk: Chunk, known: Known): Part[] | undefined {
  const { source, start } = chunk;
  const text = textOf(chunk);
  const bounds = boundsOf(text);
  if (bounds === undefined) return undefined;
  const last = bounds.pop() ?? 0;
  const { value: list, faults } = decodeText(text.slice(0, bounds[0]) + text.slice(last), false);
  if (faults.length > 0 || !isPlainList(list) || !isJsonObject(list) || field(list, "items") !== null) return undefined;
  const parts: Part[] = [];
  for (const [index, from] of bounds.entries()) {
    const to = bounds[index + 1] ?? last;
    const item: Chunk = { source, start: start + from, end: start + to, json: false, item: true };
    const part = { chunk: item, text: textOf(item), path: ["items", index] };
    if (known.has(part.text)) {
      parts.push({ ...part, content: undefined });
      continue;
    }
    const { value, faults } = decodeText(part.text, false);
    if (faults.length > 0 || !Array.isArray(value) || value.length !== 1) return undefined;
    parts.push({ ...part, content: { value: value[0] ?? null, faults: [] } });
  }
  return parts;
}

/** Where each item begins, with the comments above it, and where the last one ends; undefined where no block of items is. */
function boundsOf(text: string): number[] | undefined {
  const items = ITEMS.exec(text);
  if (items === null) return undefined;
  const from = items.index + items[0].length;
  FIRST.lastIndex = from;
  const indent = FIRST.exec(text)?.[1]?.length;
  if (indent === undefined) return undefined;
  // A line of an item's own is deeper than its dash; one that is not is the next item, a comment, or the list's end.
  const line = new RegExp(`^ {0,${indent}}(?:#.*\\n?|(?!\\s))`, "gm");
  line.lastIndex = from;
  const bounds: number[] = [];
  let comment: { readonly at: number; readonly end: number } | undefined;
  for (let match = line.exec(text); match !== null; match = line.exec(text)) {
    const end = match.index + match[0].length;
    // Comments right above an item are on it.
    const at = comment?.end === match.index ? comment.at : match.index;
    if (match[0].includes("#")) {
      comment = { at, end };
      continue;
    }
    bounds.push(at);
    const dash = text[end] === "-" && /\s/.test(text[end + 1] ?? "");
    if (!dash || match[0].length !== indent) return bounds;
    line.lastIndex = end + 1;
  }
  bounds.push(text.length);
  return bounds;
}
