import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../src/api/object.ts";
import { keyOf } from "../../src/api/object.ts";
import { Connection, type ObjectEvent } from "./connection.ts";

const KINDS = ["ProtectedVM", "AffinityPolicy", "Appliance"] as const;

export type Observed = KubeObject & {
  readonly spec?: { readonly hostName?: string };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly unknown[] };
};

/** Sees what any client of the API server would see: when a status arrives, and how many were written. */
export class Observer implements AsyncDisposable {
  /** The newest state of each object, by kind and key. */
  readonly objects = new Map<string, Observed>();
  /** VMs whose status changed since the last `mark`, and when for the first time: `performance.now()`, in its order. */
  readonly changedVms = new Map<string, number>();
  /** Status changes since the last `mark`. */
  readonly writes = { vms: 0, owners: 0 };
  #lastWriteAt = 0;
  readonly #connection: Connection;
  readonly #waiting = new Set<() => void>();
  #synced = 0;

  constructor(kubeconfig: string) {
    this.#connection = new Connection(kubeconfig, KINDS.length);
    for (const kind of KINDS) {
      this.#connection.follow(kind, {
        onEvent: (event) => this.#take(kind, event),
        onSynced: () => {
          this.#synced += 1;
          this.#wake();
        },
      });
    }
  }

  /** Resolves when all that there was has been seen. */
  async synced(): Promise<void> {
    await this.until(() => this.#synced >= KINDS.length, "the observer sees everything", 30_000);
  }

  /** Counts from here. */
  mark(): void {
    this.changedVms.clear();
    this.writes.vms = 0;
    this.writes.owners = 0;
  }

  /** Resolves with the time, `performance.now()`, of the event that made the condition true. */
  async until(condition: () => boolean, what: string, timeoutMs = 300_000): Promise<number> {
    if (condition()) return performance.now();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const look = (): void => {
      if (condition()) resolve(performance.now());
    };
    const timer = setTimeout(() => reject(new Error(`waited ${timeoutMs / 1000} s in vain until ${what}`)), timeoutMs);
    this.#waiting.add(look);
    try {
      return await promise;
    } finally {
      this.#waiting.delete(look);
      clearTimeout(timer);
    }
  }

  /** Whether every object's status is about its latest generation. */
  get settled(): boolean {
    for (const { metadata, status } of this.objects.values()) {
      if (status?.observedGeneration !== metadata.generation || status?.conditions === undefined) return false;
    }
    return true;
  }

  /** All VMs, in the order in which they were seen first. */
  get vms(): Observed[] {
    return [...this.objects.values()].filter(({ kind }) => kind === "ProtectedVM");
  }

  /** Milliseconds since a status changed. */
  get quietMs(): number {
    return performance.now() - this.#lastWriteAt;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
  }

  #take(kind: string, { type, object }: ObjectEvent): void {
    const key = `${kind}/${keyOf(object)}`;
    const observed: Observed = { ...object, metadata: { ...object.metadata } };
    const before = this.objects.get(key);
    if (type === "DELETED") {
      this.objects.delete(key);
    } else {
      this.objects.set(key, observed);
      const { generation } = observed.metadata;
      // A change of spec is somebody else's write; a status is never written together with it.
      if (before !== undefined && before.metadata.generation === generation) this.#count(kind, before, observed);
    }
    this.#wake();
  }

  #count(kind: string, before: Observed, after: Observed): void {
    if (isDeepStrictEqual(before.status, after.status)) return;
    this.#lastWriteAt = performance.now();
    if (kind !== "ProtectedVM") {
      this.writes.owners += 1;
      return;
    }
    this.writes.vms += 1;
    const key = keyOf(after);
    if (!this.changedVms.has(key)) this.changedVms.set(key, this.#lastWriteAt);
  }

  #wake(): void {
    for (const look of this.#waiting) look();
  }
}
