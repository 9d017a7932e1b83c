import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeKubeconfig } from "../cluster/kubeconfig.ts";
import { Watchdog } from "../cluster/watchdog.ts";
import type { Measurement } from "./probe.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "src", "main.ts");
const PROBE = join(import.meta.dirname, "probe.ts");
/** So much fits into the young generation (MiB, twice) that nothing is collected between two measurements. */
const SEMI_SPACE = 512;
/** SPEC: SIGTERM ends the controller within 5 s. */
const STOP_TIMEOUT_MS = 5_000;

/** The real controller as a child process, with a probe in it that measures its heap. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #watchdog: Watchdog;
  readonly #logFile: string;
  readonly #died = new AbortController();
  #stopping = false;

  constructor(server: string) {
    const folder = mkdtempSync(join(tmpdir(), "tandem-gate-"));
    this.#watchdog = new Watchdog(folder);
    this.#logFile = join(folder, "controller.log");
    const kubeconfig = join(folder, "kubeconfig");
    writeKubeconfig(kubeconfig, { server });
    const log = openSync(this.#logFile, "a");
    // What is compiled stays, or its going would hide what comes.
    const node = [
      "--expose-gc",
      "--no-flush-bytecode",
      ...["min", "max"].map((end) => `--${end}-semi-space-size=${SEMI_SPACE}`),
    ];
    const args = [...node, "--import", PROBE, PROGRAM, "controller", "--kubeconfig", kubeconfig];
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", log, log, "ipc"], detached: true });
    closeSync(log);
    this.#child.on("error", (error) => this.#abort(error.message));
    this.#child.on("exit", (code, signal) => {
      if (this.#child.pid !== undefined) this.#watchdog.forget(this.#child.pid);
      if (!this.#stopping) this.#abort(signal ?? `exit code ${code}`);
    });
    if (this.#child.pid !== undefined) this.#watchdog.watch(this.#child.pid);
  }

  /** Aborted, with the log in its reason, when the program ends although nobody asked for it. */
  get died(): AbortSignal {
    return this.#died.signal;
  }

  /** Collects the garbage of the program, and says what was allocated since the last time. */
  async measure(): Promise<Measurement> {
    const answer = once(this.#child, "message", { signal: this.died });
    this.#child.send("measure");
    const [measurement] = (await answer) as [Measurement];
    return measurement;
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const exit = once(this.#child, "exit", { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
    this.#child.kill("SIGTERM");
    const [code] = (await exit) as [number | null];
    if (code !== 0) throw new Error(`the controller ended with ${code}. ${this.#log()}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      const exit = once(this.#child, "exit");
      this.#child.kill("SIGKILL");
      await exit;
    }
    await this.#watchdog[Symbol.asyncDispose]();
  }

  #abort(how: string): void {
    this.#died.abort(new Error(`the controller ended by itself (${how}). ${this.#log()}`));
  }

  #log(): string {
    return `Its log:\n${readFileSync(this.#logFile, "utf8").slice(-4_000)}`;
  }
}
