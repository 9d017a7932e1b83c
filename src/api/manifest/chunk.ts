import type { SourceText } from "./text.ts";

/** A part of a text that can be parsed alone: a document, or an item of a `List`, from which the rest is read apart. */
export interface Chunk {
  readonly source: SourceText;
  /** Offsets in the text of the source. */
  readonly start: number;
  readonly end: number;
  /** Whether it is valid JSON, where an escape may be half of a surrogate pair. */
  readonly json: boolean;
  /** Whether it is an item of a YAML list, its dash included, so that it parses as a list of one. */
  readonly item?: true;
}

/** The text of a chunk; it shares the memory of the source's. */
export function textOf({ source, start, end }: Chunk): string {
  return source.text.slice(start, end);
}
