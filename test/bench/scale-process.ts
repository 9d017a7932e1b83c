import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Watchdog } from "../cluster/watchdog.ts";

const TAIL_LINES = 15;

/** A Node program under measurement: a child of ours, its output in files that go away with it, however we end. */
export class MeasuredProcess implements AsyncDisposable {
  readonly startedAt: number;
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #watchdog: Watchdog;
  readonly #name: string;
  readonly #exit: Promise<unknown>;
  #ended: string | undefined;

  /** Starts it and does not wait. `start` is given the process's folder, which is there before it. */
  constructor(
    name: string,
    start: (folder: string) => { readonly args: readonly string[]; readonly env?: NodeJS.ProcessEnv },
  ) {
    this.#name = name;
    this.folder = mkdtempSync(join(tmpdir(), "tandem-bench-"));
    this.#watchdog = new Watchdog(this.folder);
    const out = openSync(this.#file("out"), "a");
    const log = openSync(this.#file("log"), "a");
    this.startedAt = performance.now();
    const { args, env } = start(this.folder);
    this.#child = spawn(process.execPath, args, {
      stdio: ["ignore", out, log],
      // What a profile of the benchmark asks for is not wanted here.
      env: { ...process.env, NODE_OPTIONS: "", ...env },
    });
    closeSync(out);
    closeSync(log);
    this.#exit = once(this.#child, "exit").catch(() => {});
    this.#child.on("error", (error) => {
      this.#ended = error.message;
    });
    this.#child.on("exit", (code, signal) => {
      if (this.#child.pid !== undefined) this.#watchdog.forget(this.#child.pid);
      this.#ended = signal ?? `exit code ${code}`;
    });
    if (this.#child.pid !== undefined) this.#watchdog.watch(this.#child.pid);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} did not start`);
    return this.#child.pid;
  }

  /** @throws if it has ended */
  expectAlive(): void {
    if (this.#ended !== undefined) throw new Error(`${this.#name} ended by itself (${this.#ended}). ${this.#tail()}`);
  }

  /** Resolves with the exit code and what was written to standard output. */
  async ended(): Promise<{ readonly code: number | null; readonly output: string; readonly log: string }> {
    await this.#exit;
    return { code: this.#child.exitCode, output: this.#text("out"), log: this.#tail() };
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === undefined) {
      this.#child.kill("SIGKILL");
      await this.#exit;
    }
    await this.#watchdog[Symbol.asyncDispose]();
  }

  #file(name: "out" | "log"): string {
    return join(this.folder, name);
  }

  #text(name: "out" | "log"): string {
    return readFileSync(this.#file(name), "utf8");
  }

  #tail(): string {
    const lines = this.#text("log").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
    return lines === "" ? "It logged nothing." : `The end of its log:\n${lines}`;
  }
}
