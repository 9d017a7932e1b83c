import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { ControlPlaneError } from "./errors.ts";
import type { Watchdog } from "./watchdog.ts";

/** Lines of a log that are shown when its process fails. */
const TAIL_LINES = 15;

export interface DaemonOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly watchdog: Watchdog;
  /** Answers `true` as soon as the process does its work; a rejection counts as "not yet". */
  readonly ready: () => Promise<boolean>;
  /** How long `start` waits for that. */
  readonly readyTimeoutMs: number;
  /** Called when the process ends although nobody asked for it. */
  readonly onDeath: (message: string) => void;
}

/** One process of ours: started, signalled by its own pid, its output in a file. */
export class Daemon {
  readonly #options: DaemonOptions;
  #child: ChildProcess | undefined;
  #ended: string | undefined;

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Starts the process with the same arguments as ever and waits until it is ready. Throws `ProcessFailed`, or `PortTaken`. */
  async start(): Promise<void> {
    const { name, command, args, logFile, watchdog, onDeath, readyTimeoutMs } = this.#options;
    if (this.#child !== undefined) throw new ControlPlaneError("ProcessFailed", `${name} is running already`);
    const log = openSync(logFile, "a");
    // Detached: a Ctrl-C in the terminal must reach only us, or the API server is gone before we have said goodbye to it.
    const child = spawn(command, args, { stdio: ["ignore", log, log], detached: true });
    closeSync(log);
    this.#child = child;
    this.#ended = undefined;
    let up = false;
    child.on("error", (error) => {
      this.#ended = error.message;
      this.#child = undefined;
    });
    child.on("exit", (code, signal) => {
      if (child.pid !== undefined) watchdog.forget(child.pid);
      this.#ended = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const asked = this.#child !== child;
      this.#child = undefined;
      if (up && !asked) onDeath(`${name} ended by itself (${this.#ended}). ${this.tail()}`);
    });
    if (child.pid !== undefined) watchdog.watch(child.pid);
    const deadline = performance.now() + readyTimeoutMs;
    while (!(await this.#options.ready().catch(() => false))) {
      if (this.#ended !== undefined) throw this.#failure(`ended at once (${this.#ended})`);
      if (performance.now() > deadline) throw this.#failure(`was not ready after ${readyTimeoutMs / 1000} s`);
      await sleep(30);
    }
    up = true;
  }

  /** Ends the process and waits until it is gone. Nothing of a throw-away control plane is worth an orderly end. */
  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill(signal);
    await exit;
  }

  /** The last lines that the process wrote. */
  tail(): string {
    let text = "";
    try {
      text = readFileSync(this.#options.logFile, "utf8").trimEnd();
    } catch {
      // No log: the process never started.
    }
    if (text === "") return "It wrote nothing.";
    return `Its last lines:\n${text.split("\n").slice(-TAIL_LINES).join("\n")}`;
  }

  #failure(what: string): ControlPlaneError {
    const tail = this.tail();
    const code = tail.includes("address already in use") ? "PortTaken" : "ProcessFailed";
    return new ControlPlaneError(code, `${this.#options.name} ${what}. ${tail}`);
  }
}

/**
 * A port of 127.0.0.1 that nobody listens on now: a random one below the range that the kernel hands out for outgoing
 * connections, so that neither those nor a second run of the tests take it while the process behind it is restarted.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 10_000 + Math.floor(Math.random() * 20_000);
    if (await isFree(port)) return port;
  }
  throw new ControlPlaneError("PortTaken", "no free port of 127.0.0.1 between 10000 and 30000");
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
