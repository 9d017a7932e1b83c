import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { PassThrough, pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { cutLines, cutPoint, readLine, type WatchLine } from "./lines.ts";
import type { EventFault } from "./plan.ts";

/** Bytes of a held stream that are kept before the API server is made to wait. */
const BACKLOG = 64 * 1024 * 1024;
/** Node's longest timer, as good as for ever. */
const FOR_EVER = 2 ** 31 - 1;

/** Milliseconds; `Infinity` is as long as the signal lets it. Throws when that is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.min(ms, FOR_EVER), undefined, { signal });
}

/** A stream's lines, read from the API server as they come, however slowly they are passed on. */
export function linesOf(answer: IncomingMessage): AsyncGenerator<Buffer, void, undefined> {
  const buffered = new PassThrough({ highWaterMark: BACKLOG });
  // The reader of `buffered` gets the error.
  pipeline(answer, buffered, () => {});
  return cutLines(buffered);
}

export interface Passing {
  readonly response: ServerResponse;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** What is to be done to an event. */
  readonly strike: (line: WatchLine) => EventFault | undefined;
  /** An event was passed on, whole. */
  readonly onPassed: (line: WatchLine) => void;
}

/**
 * Passes a watch on line by line, each with its fault. Answers how it ended: at a clean end (`eof`), or where the
 * connection is to be broken. Throws what the API server's stream throws, and when the client is gone.
 */
export async function passOn(lines: AsyncIterable<Buffer>, passing: Passing): Promise<"eof" | "cut"> {
  for await (const bytes of lines) {
    const line = readLine(bytes);
    const fault = passing.strike(line);
    const end = fault === undefined ? await passWhole(line, passing) : await passFaulty(line, fault, passing);
    if (end !== undefined) return end;
  }
  return "eof";
}

async function passWhole(line: WatchLine, { response, signal, onPassed }: Passing): Promise<undefined> {
  onPassed(line);
  await send(response, line.bytes, signal);
}

async function passFaulty(line: WatchLine, fault: EventFault, passing: Passing): Promise<"eof" | "cut" | undefined> {
  const { response, signal } = passing;
  switch (fault.type) {
    case "swallow":
      return;
    case "duplicate":
      for (let time = 0; time < fault.times; time++) await passWhole(line, passing);
      return;
    case "replace":
      for (const other of fault.lines) await send(response, terminated(other), signal);
      return fault.eof === true ? "eof" : undefined;
    case "insert":
      for (const other of fault.lines) await send(response, terminated(other), signal);
      return await passWhole(line, passing);
    case "cut":
      if (fault.at === "after") await passWhole(line, passing);
      else if (fault.at !== "before") await send(response, line.bytes.subarray(0, cutPoint(line, fault.at)), signal);
      return "cut";
    case "eof":
      await passWhole(line, passing);
      return "eof";
    case "freeze":
    case "delay":
      await pause(fault.ms, signal);
      return await passWhole(line, passing);
    case "drip":
      for (const byte of line.bytes) {
        await send(response, Buffer.of(byte), signal);
        await pause(fault.everyMs, signal);
      }
      passing.onPassed(line);
      return;
  }
}

/** Waits until the client can take more. */
async function send(response: ServerResponse, bytes: Buffer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!response.write(bytes)) await once(response, "drain", { signal });
}

function terminated(line: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(line), Buffer.of(10)]);
}
