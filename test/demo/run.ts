import { messageOf } from "../cluster/errors.ts";
import { complain } from "./screen.ts";

/** Exit codes: 0 done, 1 failed, 130 interrupted. */
const FAILED = 1;
const INTERRUPTED = 130;

/**
 * Runs a program to its end and sets the exit code. The first Ctrl-C (or SIGTERM, or a closed output) aborts the signal,
 * so that everything is put away in order; the second one ends the process at once, and the watchdogs of its children put
 * them away.
 */
export async function run(program: (interrupted: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (interrupted.signal.aborted) process.exit(INTERRUPTED);
      interrupted.abort(new Error("interrupted"));
    });
  }
  // A reader that went away (`make demo | head`) must not keep us from putting everything away.
  process.stdout.on("error", (error) => interrupted.abort(error));
  try {
    await program(interrupted.signal);
  } catch (error) {
    process.exitCode = interrupted.signal.aborted ? INTERRUPTED : FAILED;
    complain(messageOf(error));
  }
}
