import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { UsageError } from "../../exit.ts";

/** Milliseconds for a question to git; the longest is the list of all files of a large repository. */
const TIMEOUT = 120_000;
/** Milliseconds for reading all files: a partial clone fetches what it lacks. */
export const READ_TIMEOUT = 600_000;
/** Of what git says on stderr; more is no message. */
const MAX_ERROR = 4_096;

/** What a git program answered. */
export interface Answer {
  readonly code: number;
  readonly out: Buffer;
  readonly error: string;
}

/** Asks git something, without a shell. It never prompts, pages, locks, or runs what the repository configures. @throws {UsageError} without git */
export async function git(args: readonly string[], input = ""): Promise<Answer> {
  const child = start(args, AbortSignal.timeout(TIMEOUT));
  const parts: Buffer[] = [];
  child.stdout?.on("data", (part: Buffer) => parts.push(part));
  child.stdin?.end(input);
  const { code, error } = await ended(child);
  return { code, out: Buffer.concat(parts), error };
}

/** Starts git; whoever starts it reads its output and awaits its end. @param signal ends it */
export function start(args: readonly string[], signal: AbortSignal): ChildProcess {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
  const child = spawn("git", ["--no-pager", "-c", "core.fsmonitor=false", ...args], {
    env,
    stdio: "pipe",
    signal,
  });
  // A process that has gone does not read: its exit code says more.
  child.stdin.on("error", () => {});
  return child;
}

/** The end of a git program: its exit code and what it said on stderr. @throws {UsageError} if there is none to start */
export async function ended(child: ChildProcess): Promise<{ readonly code: number; readonly error: string }> {
  let error = "";
  child.stderr?.on("data", (part: Buffer) => {
    error = (error + part.toString("utf8")).slice(0, MAX_ERROR);
  });
  try {
    const [code, signal] = await once(child, "close");
    if (signal !== null) throw new UsageError(`git was ended by ${signal}; it may have waited for something`);
    return { code, error: error.trim() };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    if (cause instanceof Error && cause.name === "AbortError") {
      throw new UsageError("git took too long and was ended; it may have waited for a server or a disk");
    }
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    const why = missing ? "there is no git on the PATH" : `git cannot be run: ${cause}`;
    throw new UsageError(`${why}; a Git revision is read through git`, { cause });
  }
}
