/** A part of a text that is an object, with the number of keys in it, those of inner objects included. */
interface JsonPart {
  readonly start: number;
  readonly end: number;
  readonly keys: number;
}

/** What the brackets, quotes and colons of a text tell, if it is JSON. */
export interface JsonShape extends JsonPart {
  /** Collections inside collections. */
  readonly depth: number;
  /** The list in the root's field `items`, if that is a list of objects alone, and the rest that is around it. */
  readonly items: { readonly start: number; readonly end: number; readonly parts: readonly JsonPart[] } | undefined;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * One pass over the JSON object that begins at `from`; undefined where its bracket never closes. Every key of JSON has one
 * colon outside of strings: where a parsed object has fewer keys than its text has colons, a key stands there twice.
 */
export function shapeOf(text: string, from: number): JsonShape | undefined {
  let depth = 0;
  let deepest = 0;
  let keys = 0;
  /** The last string at the root's level: the key, when a colon follows. */
  let key = "";
  let list: { start: number; end: number; parts: JsonPart[] } | undefined;
  let lists = 0;
  let part: { start: number; keys: number } | undefined;
  let gapFrom = 0;
  for (let at = from; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        if (depth > deepest) deepest = depth;
        if (depth === 2 && key === '"items"') {
          lists++;
          if (text[at] === "[") list = { start: at + 1, end: -1, parts: [] };
          gapFrom = at + 1;
        } else if (depth === 3 && list?.end === -1) {
          const gap = text.slice(gapFrom, at).trim();
          if (text[at] === "[" || gap !== (list.parts.length === 0 ? "" : ",")) list = undefined;
          part = { start: at, keys };
        }
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        if (depth === 2 && list?.end === -1 && part !== undefined) {
          list.parts.push({ start: part.start, end: at + 1, keys: keys - part.keys });
          gapFrom = at + 1;
        } else if (depth === 1 && list?.end === -1) {
          if (text.slice(gapFrom, at).trim() === "") list.end = at;
          else list = undefined;
        } else if (depth === 0) {
          return { start: from, end: at + 1, keys, depth: deepest, items: lists === 1 ? list : undefined };
        }
        break;
      case QUOTE: {
        const start = at;
        at++;
        while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
        if (depth === 1) key = text.slice(start, at + 1);
        break;
      }
      case COLON:
        keys++;
    }
  }
  return undefined;
}
