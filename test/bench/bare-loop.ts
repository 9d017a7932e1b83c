import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { BareAnswer, BareCommand } from "./bare.ts";

/** The bare loop as a process of its own, so that its CPU can be told from the observer's. */
export class BareLoop implements AsyncDisposable {
  readonly #child: ChildProcess;

  constructor(kubeconfig: string, concurrency: number) {
    // What a profile of the controller asks for is not wanted here.
    const env = { ...process.env, NODE_OPTIONS: "" };
    this.#child = fork(join(import.meta.dirname, "bare.ts"), [kubeconfig, String(concurrency)], { env });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the bare loop did not start");
    return this.#child.pid;
  }

  /** Resolves when it is done. Throws if the server refused a write. */
  async tell(command: BareCommand): Promise<void> {
    const answered = once(this.#child, "message");
    this.#child.send(command);
    const [answer] = (await answered) as [BareAnswer];
    if (answer.refused > 0) throw new Error(`the server refused ${answer.refused} bare writes`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.disconnect();
    await exit;
  }
}
