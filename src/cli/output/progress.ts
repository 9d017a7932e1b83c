import type { Io } from "../io.ts";

/** What takes less is over before anybody wonders. Milliseconds. */
const SILENT_MS = 1_000;
/** More often nobody can read it. */
const EVERY_MS = 100;

/**
 * One line on stderr that says how far long work is, written anew in its place, and gone at the end. Only on a terminal, and
 * only for work of over a second; no timer runs, so whoever works says now and then how far it is.
 */
export class Progress {
  readonly #io: Io;
  #next: number;
  #shown = false;

  constructor(io: Io) {
    this.#io = io;
    this.#next = io.screen.progress ? io.now() + SILENT_MS : Number.POSITIVE_INFINITY;
  }

  /** Says where the work is, if it is time to: `text` is asked for only then. */
  async at(text: () => string): Promise<void> {
    const now = this.#io.now();
    if (now < this.#next) return;
    this.#next = now + EVERY_MS;
    this.#shown = true;
    await this.#io.err(`\r\u001b[2K${text()}`);
  }

  /** Before the first line of a result, and before an error. */
  async end(): Promise<void> {
    if (this.#shown) await this.#io.err("\r\u001b[2K");
    this.#shown = false;
  }
}
