import { ApiError } from "../../src/kube/errors.ts";
import type { JsonRequest, Transport } from "../../src/kube/transport.ts";
import { seeded } from "../fault/random.ts";
import { Machine } from "../simulation/machine.ts";
import { Model } from "../simulation/model.ts";
import { Scheduler } from "../simulation/scheduler.ts";
import { noTrouble, type Server, Wire } from "../simulation/wire.ts";

type Requests = Pick<Transport, "requestJson" | "stream">;

/** An API server, real or simulated, as the same test can use it. */
export interface Side {
  readonly requests: Requests;
  /** Has what was sent arrive; a real server needs no help. */
  settle(): Promise<void>;
}

/** What a server says to a request: its verdict, and the object or list. */
export interface Verdict {
  readonly status: number;
  readonly reason?: string | undefined;
  readonly causes?: readonly string[];
  readonly body?: unknown;
}

export async function ask({ requests, settle }: Side, request: JsonRequest): Promise<Verdict> {
  const answer = requests
    .requestJson({ ...request, once: true })
    .then((body): Verdict => ({ status: 200, body }), refused);
  await settle();
  return await answer;
}

export function refused(error: unknown): Verdict {
  if (!(error instanceof ApiError)) throw error;
  if (error.httpStatus === undefined) throw error;
  return { status: error.httpStatus, reason: error.reason, causes: error.causes };
}

/** A real API server. */
export function realSide(transport: Transport): Side {
  return { requests: transport, settle: () => Promise.resolve() };
}

/** The API server of the simulation, with no faults and its time in our hands. */
export function simulatedSide(): Side & { readonly model: Model } {
  const scheduler = new Scheduler();
  const model = new Model(() => scheduler.now);
  const server: Server = {
    model,
    scheduler,
    random: seeded(1),
    trouble: noTrouble(),
    streams: new Set(),
  };
  const machine = new Machine(scheduler, seeded(2));
  return {
    model,
    requests: new Wire(server, machine, { onSend() {}, onAnswer() {} }),
    async settle() {
      for (const stream of server.streams) stream.wake();
      await scheduler.advance(100);
    },
  };
}

/** The lines of a watch, as they come. */
export class Watching {
  readonly events: unknown[] = [];
  readonly #side: Side;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;

  private constructor(side: Side, chunks: AsyncIterable<Uint8Array>, stop: AbortController) {
    this.#side = side;
    this.#stop = stop;
    this.#ended = this.#read(chunks).catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
  }

  /** Throws what the server refuses it with. */
  static async begin(side: Side, path: string, query: NonNullable<JsonRequest["query"]>): Promise<Watching> {
    const stop = new AbortController();
    const all = { watch: true, timeoutSeconds: 300, ...query };
    const begun = side.requests.stream({ path, query: all, signal: stop.signal });
    begun.catch(() => {});
    await side.settle();
    return new Watching(side, await begun, stop);
  }

  /** Waits for an event that comes after all others; ends the watch. */
  async until(isLast: (event: unknown) => boolean): Promise<void> {
    const deadline = performance.now() + 10_000;
    while (!this.events.some(isLast)) {
      if (performance.now() > deadline) throw new Error(`a watch says only ${JSON.stringify(this.events)}`);
      await this.#side.settle();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await this.end();
  }

  async end(): Promise<void> {
    this.#stop.abort(new ApiError("Aborted", "enough"));
    await this.#side.settle();
    await this.#ended;
  }

  async #read(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.events.push(JSON.parse(line));
    }
  }
}
