import { isDeepStrictEqual } from "node:util";
import type { Resource } from "../api/object.ts";
import { keyOf } from "../api/object.ts";
import type { Clock } from "../kube/clock.ts";
import { isConflict, isNotFound, isPermanentRefusal } from "../kube/errors.ts";
import type { StoredObject } from "../kube/parse-object.ts";
import type { StatusWrite } from "../kube/status.ts";
import type { Outcome } from "./workers.ts";

/** Sends one status; see `putStatus`. */
export type PutStatus = (resource: Resource, write: StatusWrite) => Promise<StoredObject>;

export interface StatusWriterOptions<T extends StoredObject> {
  readonly resource: Resource;
  readonly clock: Clock;
  readonly put: PutStatus;
  /** Takes the answer to a write, so that the next look at the object sees it; `before`: what the decision was made on. */
  readonly onWritten: (answer: T, before: T) => void;
}

/** A status that the server refused as such, and for which object. */
interface Refusal {
  readonly resourceVersion: string;
  readonly status: object;
  readonly now: string;
  readonly times: number;
}

/** How often the server may refuse a status before it is left alone until the object changes. */
const REFUSALS = 2;

type WithStatus<T> = T & { status?: object | null };

/** Brings the status of the objects of one kind to what it should be, with one write, or none where nothing changed. */
export class StatusWriter<T extends WithStatus<StoredObject>> {
  readonly #options: StatusWriterOptions<T>;
  readonly #refusals = new Map<string, Refusal>();
  #time = { second: Number.NaN, text: "" };

  constructor(options: StatusWriterOptions<T>) {
    this.#options = options;
  }

  /**
   * Compares what is there with what should be, and writes the difference.
   * @param build makes the status; `now` (RFC 3339, seconds) is the time of what has changed
   */
  settle(object: T, build: (now: string) => object): Outcome | Promise<Outcome> {
    const refusal = this.#refusals.get(keyOf(object));
    if (refusal?.resourceVersion === object.metadata.resourceVersion && refusal.times >= REFUSALS) {
      if (isDeepStrictEqual(build(refusal.now), refusal.status)) return { type: "settled", wrote: false };
    }
    const now = this.#now();
    const status = build(now);
    if (isDeepStrictEqual(status, object.status)) {
      this.forget(keyOf(object));
      return { type: "settled", wrote: false };
    }
    return this.#write(object, status, now);
  }

  /** Whether nothing is to be written. */
  isSettled(object: T, build: (now: string) => object): boolean {
    return isDeepStrictEqual(build(this.#now()), object.status);
  }

  /** Whether the status that this object should have was refused for good, and so is not tried again. */
  isRefused(key: string): boolean {
    return (this.#refusals.get(key)?.times ?? 0) >= REFUSALS;
  }

  /** The object is gone, or as it should be. */
  forget(key: string): void {
    this.#refusals.delete(key);
  }

  /** RFC 3339 in whole seconds; made once a second. */
  #now(): string {
    const second = Math.floor(this.#options.clock.now() / 1000);
    if (second !== this.#time.second) {
      this.#time = { second, text: new Date(second * 1000).toISOString().replace(".000Z", "Z") };
    }
    return this.#time.text;
  }

  async #write(object: T, status: object, now: string): Promise<Outcome> {
    const { resource, put, onWritten } = this.#options;
    const { name, namespace, uid = "", resourceVersion } = object.metadata;
    const key = keyOf(object);
    try {
      const metadata = { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion };
      const answer = await put(resource, { metadata, status });
      this.#refusals.delete(key);
      onWritten(answer as T, object);
      return { type: "settled", wrote: true };
    } catch (error) {
      // Gone or changed: its event says so.
      if (isConflict(error) || isNotFound(error)) return { type: "conflict" };
      if (!isPermanentRefusal(error)) return { type: "unavailable", error };
      const before = this.#refusals.get(key);
      const times = before?.resourceVersion === resourceVersion ? before.times + 1 : 1;
      this.#refusals.set(key, { resourceVersion, status, now, times });
      return { type: "refused", error, final: times >= REFUSALS };
    }
  }
}
