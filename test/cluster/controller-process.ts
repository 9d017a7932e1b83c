import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Watchdog } from "./watchdog.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "bin", "tandem");
const TAIL_LINES = 15;
/** SPEC: SIGTERM ends the controller within 5 s. */
const STOP_TIMEOUT_MS = 5_000;

/**
 * `bin/tandem controller` as a child process, with the rights of a kubeconfig. Its log goes to a file in a temporary folder
 * of its own; neither the process nor the folder outlives us, however we end.
 */
export class ControllerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #watchdog: Watchdog;
  readonly #logFile: string;
  readonly #died = new AbortController();
  #stopping = false;

  /** Starts it, and does not wait for anything. `program`: another `bin/tandem` than that of this checkout. */
  constructor(
    kubeconfig: string,
    args: readonly string[] = [],
    { program = PROGRAM, env = process.env }: { readonly program?: string; readonly env?: NodeJS.ProcessEnv } = {},
  ) {
    const folder = mkdtempSync(join(tmpdir(), "tandem-controller-"));
    this.#watchdog = new Watchdog(folder);
    this.#logFile = join(folder, "controller.log");
    const log = openSync(this.#logFile, "a");
    const all = ["controller", "--kubeconfig", kubeconfig, ...args];
    this.#child = spawn(program, all, { stdio: ["ignore", log, log], detached: true, env });
    closeSync(log);
    this.#child.on("error", (error) => this.#abort(error.message));
    this.#child.on("exit", (code, signal) => {
      if (this.#child.pid !== undefined) this.#watchdog.forget(this.#child.pid);
      if (!this.#stopping) this.#abort(signal ?? `exit code ${code}`);
    });
    if (this.#child.pid !== undefined) this.#watchdog.watch(this.#child.pid);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Aborted, with the end of the log in its reason, when the controller ends although nobody asked for it. */
  get died(): AbortSignal {
    return this.#died.signal;
  }

  /** All that it logged so far: JSON lines. */
  log(): string {
    return readFileSync(this.#logFile, "utf8");
  }

  /** SIGTERM. Answers the exit code; throws, after a SIGKILL, if it takes more than 5 s or ends by a signal. */
  async stop(): Promise<number> {
    this.#stopping = true;
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exit = once(this.#child, "exit", { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
    this.#child.kill("SIGTERM");
    try {
      await exit;
    } catch (cause) {
      await this.kill();
      throw new Error(`the controller did not end within ${STOP_TIMEOUT_MS / 1000} s of SIGTERM. ${this.#tail()}`, {
        cause,
      });
    }
    if (this.#child.exitCode === null)
      throw new Error(`the controller ended by ${this.#child.signalCode}. ${this.#tail()}`);
    return this.#child.exitCode;
  }

  /** SIGKILL: as a crash. */
  async kill(): Promise<void> {
    this.#stopping = true;
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#watchdog[Symbol.asyncDispose]();
  }

  #abort(how: string): void {
    this.#died.abort(new Error(`the controller ended by itself (${how}). ${this.#tail()}`));
  }

  #tail(): string {
    const lines = this.log().trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
    return lines === "" ? "It logged nothing." : `The end of its log:\n${lines}`;
  }
}
