import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { BareAnswer, BareCommand, BareWrite } from "./bare.ts";

/** The bare loop as a process of its own, so that its CPU can be told from the observer's. */
export class BareLoop implements AsyncDisposable {
  readonly #child: ChildProcess;

  /** @param mostConnections to write over at a time */
  constructor(kubeconfig: string, mostConnections: number) {
    this.#child = fork(join(import.meta.dirname, "bare.ts"), [kubeconfig, String(mostConnections)]);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the bare loop did not start");
    return this.#child.pid;
  }

  /** Begins to hold the watches that the controller holds. */
  async attach(): Promise<void> {
    await this.#tell({ type: "attach" });
  }

  async detach(): Promise<void> {
    await this.#tell({ type: "detach" });
  }

  /** Takes what is to be written next, so that sending it there takes no time when it is. */
  async load(writes: readonly BareWrite[]): Promise<void> {
    await this.#tell({ type: "load", writes });
  }

  /** Writes what was loaded; resolves when it is done. Throws if the server refused a write. */
  async write(connections: number): Promise<void> {
    await this.#tell({ type: "write", connections });
  }

  async #tell(command: BareCommand): Promise<void> {
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
