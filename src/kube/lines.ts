import { ApiError } from "./errors.ts";

const LINE_FEED = 10;
const NOTHING = new Uint8Array();

/**
 * Cuts a stream of bytes into lines at the byte \n and nowhere else: U+2028 or \r may stand inside of JSON, and a
 * character may be cut in two by a chunk's border. Time and memory are linear in the bytes, however small the chunks.
 */
export class LineDecoder {
  /** The begun line is in the first `#length` bytes of a buffer that grows by doubling. */
  #pending: Uint8Array = NOTHING;
  #length = 0;
  readonly #maxLength: number;

  /** `maxLength` in bytes: of a longer line no more is kept. */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Whether bytes of a line are there whose end is not. */
  get isInsideLine(): boolean {
    return this.#length > 0;
  }

  /** The lines that end in this chunk, without the \n. Throws `Protocol` at a line over the limit. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  #finish(part: Uint8Array): Uint8Array {
    if (this.#length === 0 && part.length <= this.#maxLength) {
      return part;
    }
    this.#keep(part);
    const line = this.#pending.subarray(0, this.#length);
    this.#pending = NOTHING;
    this.#length = 0;
    return line;
  }

  #keep(part: Uint8Array): void {
    const length = this.#length + part.length;
    if (length > this.#maxLength) {
      throw new ApiError("Protocol", `a line of more than ${this.#maxLength} bytes in a watch`);
    }
    if (length > this.#pending.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#pending.length));
      grown.set(this.#pending.subarray(0, this.#length));
      this.#pending = grown;
    }
    this.#pending.set(part, this.#length);
    this.#length = length;
  }
}
