import type { Problem } from "./problem.ts";

/** A position for people: both count from 1, columns in characters (code points). */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** The text of one file, with offsets turned into lines and columns when somebody asks. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  /** The position of an offset in UTF-16 units, as js-yaml counts. */
  position(offset: number): Position {
    this.#lineStarts ??= lineStarts(this.text);
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    const start = this.#lineStarts[low] ?? 0;
    return { line: low + 1, column: characters(this.text, start, offset) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

function characters(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to && at < text.length; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return count;
}

/** Decodes UTF-8, with or without a byte order mark; anything else is a problem at its first bad byte. */
export function decodeUtf8(file: string, bytes: Uint8Array): SourceText | Problem {
  try {
    return new SourceText(file, new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    const good = new SourceText(file, new TextDecoder("utf-8").decode(bytes));
    const at = good.text.indexOf("\ufffd");
    return { file, ...good.position(Math.max(0, at)), path: [], text: "is not UTF-8" };
  }
}
