import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Kills what is still registered and removes the folder as soon as its standard input ends: at an orderly end, and also
 * when this process crashes, calls `process.exit` or is killed with -9, because the kernel closes the pipe then too.
 * It is a session of its own, so that a Ctrl-C or a closed terminal does not end it first.
 */
const SCRIPT = `
pids=""
while read -r sign pid; do
  if [ "$sign" = + ]; then pids="$pids $pid"; continue; fi
  rest=""
  for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done
  pids="$rest"
done
for p in $pids; do kill -KILL "$p" 2>/dev/null; done
[ -z "$pids" ] || sleep 1
rm -rf "$1"
`;

/**
 * Owns the life of a group of processes and their folder. What it cannot help: a `kill -9` of both this process and the
 * watchdog, or of the whole machine; the folder then stays in the system's temporary folder.
 */
export class Watchdog implements AsyncDisposable {
  readonly #shell: ChildProcess;

  /** `folder` must be one that we made: it is removed with all that is in it. */
  constructor(folder: string) {
    this.#shell = spawn("sh", ["-c", SCRIPT, "tandem-watchdog", folder], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      cwd: "/",
    });
    // Neither the shell nor the pipe may keep this process alive; a shell that died is noticed in dispose.
    this.#shell.unref();
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
  }

  watch(pid: number): void {
    this.#shell.stdin?.write(`+ ${pid}\n`);
  }

  /** To be called as soon as the process is known to have ended: its number may be given to another one later. */
  forget(pid: number): void {
    this.#shell.stdin?.write(`- ${pid}\n`);
  }

  /** Ends everything that is still registered and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#shell.exitCode !== null || this.#shell.pid === undefined) return;
    const ended = once(this.#shell, "exit");
    this.#shell.ref();
    this.#shell.stdin?.end();
    await ended;
  }
}
