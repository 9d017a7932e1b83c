import { keyOf } from "../../src/api/object.ts";
import { ApiError } from "../../src/kube/errors.ts";
import type { Machine } from "./machine.ts";
import type { Change, ModelObject, Page, Refusal } from "./model.ts";
import { type Server, way } from "./wire.ts";

export interface WatchStreamOptions {
  readonly kind: string;
  readonly server: Server;
  readonly machine: Machine;
  readonly signal: AbortSignal | undefined;
  /** After it the server ends the stream. */
  readonly timeoutMs: number;
  /** The initial events of a WatchList. */
  readonly initial?: Page;
  /** Index in the model's history. */
  readonly position: number;
  /** Nothing up to this revision is told, not even a bookmark: the server may not have come so far. */
  readonly after?: bigint;
  /** All that the stream says. */
  readonly error?: Refusal;
}

/** The body of one watch. Each event comes as a chunk of its own, in a moment of its own. */
export class WatchStream implements AsyncIterableIterator<Uint8Array> {
  readonly #options: WatchStreamOptions;
  readonly #lines: string[] = [];
  readonly #endsAt: number;
  #position: number;
  #waiting: PromiseWithResolvers<IteratorResult<Uint8Array>> | undefined;
  readonly machine: Machine;
  #isOnItsWay = false;
  #end: { readonly error?: ApiError } | undefined;

  constructor(options: WatchStreamOptions) {
    this.#options = options;
    this.machine = options.machine;
    const { initial, error, kind, server, signal, timeoutMs, position } = options;
    this.#position = position;
    this.#endsAt = server.scheduler.now + timeoutMs;
    if (error !== undefined) this.#lines.push(JSON.stringify({ type: "ERROR", object: error.body }));
    if (initial !== undefined) {
      for (const object of initial.items) this.#lines.push(JSON.stringify({ type: "ADDED", object }));
      const annotations = { "k8s.io/initial-events-end": "true" };
      const metadata = { resourceVersion: initial.resourceVersion, annotations };
      this.#lines.push(JSON.stringify({ type: "BOOKMARK", object: { kind, metadata } }));
    }
    server.streams.add(this);
    signal?.addEventListener("abort", () => this.end(signal.reason), { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#end !== undefined) return this.#ended(this.#end);
    this.#waiting = Promise.withResolvers();
    this.#send();
    return this.#waiting.promise;
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** There may be something to send. */
  wake(): void {
    this.#send();
  }

  bookmark(): void {
    const { kind, server, after = 0n, error } = this.#options;
    if (error !== undefined || server.model.revision < after) return;
    if (this.#position < server.model.history.length || this.#lines.length > 0) return;
    const metadata = { resourceVersion: String(server.model.revision) };
    this.#lines.push(JSON.stringify({ type: "BOOKMARK", object: { kind, metadata } }));
    this.#send();
  }

  /** Breaks or ends it. */
  end(error?: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error instanceof ApiError ? { error } : {};
    this.#options.server.streams.delete(this);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) void this.#ended(this.#end).then(waiting.resolve, waiting.reject);
  }

  #ended({ error }: { readonly error?: ApiError }): Promise<IteratorResult<Uint8Array>> {
    return error === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  #send(): void {
    const { server, machine, error } = this.#options;
    const { scheduler, trouble, random } = server;
    if (this.#waiting === undefined || this.#isOnItsWay || this.#end !== undefined) return;
    const line = this.#lines.shift() ?? this.#nextLine();
    const isOver = line === undefined && (error !== undefined || scheduler.now >= this.#endsAt);
    if (line === undefined && !isOver) return;
    this.#isOnItsWay = true;
    const frozen = Math.max(0, trouble.frozenUntil - scheduler.now);
    const isTorn = random() < trouble.torn;
    scheduler.setTimeout(
      () =>
        machine.deliver(() => {
          this.#isOnItsWay = false;
          const waiting = this.#waiting;
          if (waiting === undefined) return;
          if (line === undefined) return this.end();
          const bytes = Buffer.from(`${line}\n`);
          this.#waiting = undefined;
          if (isTorn) {
            waiting.resolve({ done: false, value: bytes.subarray(0, bytes.length / 2) });
            this.end(new ApiError("Network", "ECONNRESET"));
          } else {
            waiting.resolve({ done: false, value: bytes });
          }
        }),
      frozen + way(server),
    );
  }

  #nextLine(): string | undefined {
    const { kind, server, after = 0n, error } = this.#options;
    const { model, trouble, random } = server;
    while (error === undefined && this.#position < model.history.length) {
      const change = model.history[this.#position++];
      if (change?.kind !== kind || change.revision <= after || random() < trouble.swallowed) continue;
      if (random() < trouble.twice) this.#lines.push(change.line);
      if (random() < trouble.stale) this.#lines.push(...this.#olderLine(change));
      return change.line;
    }
    return undefined;
  }

  /** Of an object that is there also what was told of one before it that had its name, its end included. */
  #olderLine({ kind, type, revision, object }: Change): string[] {
    const { model, random } = this.#options.server;
    const isOfIt = (other: ModelObject) => {
      return type === "DELETED" ? other.metadata.uid === object.metadata.uid : keyOf(other) === keyOf(object);
    };
    const older = model.history.filter((one) => one.kind === kind && one.revision < revision && isOfIt(one.object));
    return older.length === 0 ? [] : [older[Math.floor(random() * older.length)]?.line ?? ""];
  }
}
