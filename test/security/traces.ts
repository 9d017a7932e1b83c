import fs from "node:fs";
import { inspect } from "node:util";
import { vi } from "vitest";
import { createLog, type Logger } from "../../src/observe/log.ts";

/** What the program's own JSON log writes on standard error while `say` runs. */
export function logged(say: (log: Logger) => void): string {
  let text = "";
  const write = vi.spyOn(fs, "writeSync").mockImplementation((_, data) => {
    const written = String(data);
    text += written;
    return Buffer.byteLength(written);
  });
  try {
    say(createLog({ level: "debug", format: "json" }));
  } finally {
    write.mockRestore();
  }
  return text;
}

/** Everything that anybody could be shown of an error: by the log, and as Node prints one that nobody caught. */
export function traces(error: unknown): string {
  const asLogged = logged((log) => log.error({ err: error }, "failed"));
  if (!asLogged.includes('"msg":"failed"')) throw new Error("nothing was logged");
  return [asLogged, String(error), inspect(error, { depth: 10, showHidden: true, maxStringLength: null })].join("\n");
}

/** What a promise rejects with, whatever it is. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("did not fail");
}
