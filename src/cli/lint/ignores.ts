import type { SourceText } from "../../api/manifest/index.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import type { Estate } from "../input/estate.ts";

/** A comment `# tandem:ignore CODE[,CODE] reason`. */
export interface Ignore {
  readonly source: SourceText;
  /** Of the comment's `#`; line and column count from 1. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  readonly codes: readonly string[];
  readonly reason: string;
  /** The object that it is for as a whole, where it stands in the first lines of its document. */
  readonly object: TandemObject | undefined;
  /** Else the line that it is for: its own, or, where it has a line of its own, the next that is no comment. */
  readonly target: number;
}

const MARK = "tandem:ignore";
const COMMENT = /(?:^|\s)#[ \t]*tandem:ignore(?![\w:-])[ \t]*(.*)$/;
const CODES = /^[^\s,]+(?:\s*,\s*[^\s,]+)*/;

/** The comments of all texts of an estate, in input order. Only those that hold an object of Tandem have any. */
export function ignoresOf(estate: Pick<Estate, "objects" | "manifestOf">): Ignore[] {
  // Of each text, undefined where it has no comment of ours: most have none, and one can hold all VMs.
  const objects = new Map<SourceText, Extent[] | undefined>();
  for (const tandem of estate.objects) {
    const { source, start, end } = estate.manifestOf(tandem);
    if (source === undefined) continue;
    if (!objects.has(source)) objects.set(source, source.text.includes(MARK) ? [] : undefined);
    objects.get(source)?.push({ tandem, start, end });
  }
  return [...objects].flatMap(([source, extents]) => (extents === undefined ? [] : [...commentsIn(source, extents)]));
}

interface Extent {
  readonly tandem: TandemObject;
  readonly start: number;
  readonly end: number;
}

function* commentsIn(source: SourceText, extents: readonly Extent[]): Generator<Ignore> {
  const { text } = source;
  for (let at = text.indexOf(MARK); at !== -1; at = text.indexOf(MARK, at + 1)) {
    const lineStart = text.lastIndexOf("\n", at) + 1;
    const newline = text.indexOf("\n", at);
    const line = text.slice(lineStart, newline === -1 ? text.length : newline).replace(/\r$/, "");
    const hash = hashOf(line, at - lineStart);
    if (hash === undefined) continue;
    const words = COMMENT.exec(line.slice(hash))?.[1];
    if (words === undefined) continue;
    const codes = CODES.exec(words)?.[0] ?? "";
    const offset = lineStart + hash;
    const position = source.position(offset);
    const ownLine = line.slice(0, hash).trim() === "";
    yield {
      source,
      offset,
      ...position,
      codes: codes === "" ? [] : codes.split(",").map((code) => code.trim()),
      reason: words.slice(codes.length).trim(),
      object: ownLine ? wholeObject(text, offset, extents) : undefined,
      target: ownLine ? position.line + linesToContent(text, lineStart) : position.line,
    };
  }
}

/** Where the comment begins that the mark is in; undefined where it is in no comment but in a text in quotes. */
function hashOf(line: string, mark: number): number | undefined {
  let quote = "";
  for (let at = 0; at < mark; at++) {
    const character = line[at] ?? "";
    const begins = at === 0 || /[\s[{,:]/.test(line[at - 1] ?? "");
    if (quote !== "") {
      const escapes = quote === '"' ? character === "\\" : character === "'" && line[at + 1] === "'";
      if (escapes) at++;
      else if (character === quote) quote = "";
    } else if (begins && (character === '"' || character === "'")) quote = character;
    else if (character === "#" && (at === 0 || /\s/.test(line[at - 1] ?? ""))) return at;
  }
  return undefined;
}

/** The object in whose first lines a comment stands: between it and the beginning of the document are comments only. */
function wholeObject(text: string, offset: number, extents: readonly Extent[]): TandemObject | undefined {
  const extent = extents.find(({ start, end }) => start <= offset && offset < end);
  if (extent === undefined) return undefined;
  return isBlank(text.slice(extent.start, offset)) ? extent.tandem : undefined;
}

function isBlank(text: string): boolean {
  return text.split("\n").every((line) => {
    const words = line.trim();
    const rest = words.startsWith("---") ? words.slice(3).trimStart() : words;
    return rest === "" || rest.startsWith("#");
  });
}

/** How many lines below is the first one that is no comment. */
function linesToContent(text: string, lineStart: number): number {
  let lines = 0;
  let at = lineStart;
  while (/^[ \t]*#/.test(text.slice(at, at + 1024))) {
    const newline = text.indexOf("\n", at);
    if (newline === -1) return lines;
    at = newline + 1;
    lines++;
  }
  return lines;
}
