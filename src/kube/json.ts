import { ApiError } from "./errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Whether it is a JSON object (no array, not null). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses bytes as UTF-8 JSON; throws `Protocol` with `what` in its message (and no content) if they are not. */
export function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    // No cause: V8's message quotes the text.
    throw new ApiError("Protocol", `${what} is not JSON (${bytes.length} bytes)`);
  }
}
