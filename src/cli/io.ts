import { systemClock } from "../kube/clock.ts";

/** The world outside a command, so that tests can be it. */
export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Resolves when the text is handed over whole; rejects if nobody takes it (`EPIPE`). */
  out(text: string): Promise<void>;
  err(text: string): Promise<void>;
  /** Milliseconds since 1970. */
  now(): number;
  readonly screen: Screen;
}

/** What there is to look at. */
export interface Screen {
  /** Whether stdout is a terminal that shows colours, and nobody forbids them (`NO_COLOR`). */
  readonly colour: boolean;
  /** Whether stderr is a terminal, where a line can be written anew. */
  readonly progress: boolean;
  /** Characters in a line of stdout. */
  readonly width: number;
}

export function processIo(): Io {
  // Every failure reaches the callback of its write; without a listener it would end the process as well.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  return {
    stdin: process.stdin,
    out: (text) => write(process.stdout, text),
    err: (text) => write(process.stderr, text),
    now: systemClock.now,
    screen: {
      colour: process.stdout.isTTY && process.stdout.hasColors(),
      progress: process.stderr.isTTY,
      width: process.stdout.isTTY ? process.stdout.columns : 120,
    },
  };
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => (error ? reject(error) : resolve()));
  });
}

/** Whether an error says that the reader has gone (`tandem … | head`), which is no failure of ours. */
export function isBrokenPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED");
}

const BUFFER = 64 * 1024;

/** Writes many small pieces in few writes, so that neither the number of pieces nor their sum matters. */
export async function writeAll(io: Io, pieces: Iterable<string>): Promise<void> {
  let buffer = "";
  for (const piece of pieces) {
    buffer += piece;
    if (buffer.length < BUFFER) continue;
    await io.out(buffer);
    buffer = "";
  }
  if (buffer !== "") await io.out(buffer);
}
