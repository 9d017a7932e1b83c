import { isDeepStrictEqual } from "node:util";
import { keyOf } from "../api/object.ts";
import type { Logger } from "../observe/log.ts";
import type { PutStatus } from "./status-writer.ts";

/** In place of writing: says in the log what would be written, each time that it is something else. */
export class DryRun {
  readonly #log: Logger;
  /** What was said last, by kind and key. */
  readonly #said = new Map<string, object>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** How many objects have another status than they should. */
  get size(): number {
    return this.#said.size;
  }

  readonly put: PutStatus = async ({ kind }, { metadata, status }) => {
    const id = `${kind} ${keyOf({ metadata })}`;
    if (!isDeepStrictEqual(this.#said.get(id), status)) {
      this.#said.set(id, status);
      const { namespace, name } = metadata;
      this.#log.info({ controller: kind.toLowerCase(), ...(namespace && { namespace }), name, status }, "would write");
    }
    // The object as it is, with a resourceVersion that no cache takes for news.
    return { metadata };
  };
}
