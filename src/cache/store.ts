import { setImmediate } from "node:timers/promises";
import { type KubeObject, keyOf } from "../api/object.ts";
import { compareResourceVersions } from "../kube/resource-version.ts";

/** What happened to a key. `old` is what the handler was told last about it. */
export type StoreChange<T> =
  | { readonly type: "added"; readonly key: string; readonly object: T; readonly old: undefined }
  | { readonly type: "updated"; readonly key: string; readonly object: T; readonly old: T }
  | { readonly type: "deleted"; readonly key: string; readonly object: undefined; readonly old: T };

export interface StoreOptions<T> {
  /** Called with each change after it is in the store. Must be quick (under 50 µs): it should only enqueue keys. */
  readonly handler: (change: StoreChange<T>) => void;
  /** Gets what the handler throws; the store goes on. */
  readonly onHandlerError: (error: unknown, change: StoreChange<T>) => void;
  /** Lets other work run between two slices of a large replacement. Default: one turn of the event loop. */
  readonly pause?: () => Promise<unknown>;
}

/** Entries that are handled without a pause: a few milliseconds, 25 with the slowest handler that is allowed. */
const SLICE = 500;
/** How many uids of deleted objects are remembered. They guard against events and answers that come late by seconds. */
const REMEMBERED_UIDS = 4_096;

/** What a list is gathered in, while the store goes on as it was. Ended by `Store.replace` or `Store.forsake`. */
export interface Replacement<T> {
  /** The list's objects, by key: the store's own where there is nothing that they replace (the first list). */
  readonly objects: Map<string, T>;
  /** Keys that were changed in the store meanwhile, and the uids deleted: their changes may be newer than the list. */
  readonly touched: Map<string, T | undefined>;
  readonly deletedUids: Set<string>;
  /** Whether the list is the truth even where the store holds newer resourceVersions (cluster restored). */
  readonly restored: boolean;
}

/**
 * The objects of one kind by key. It never goes back in time: per uid, only a newer resourceVersion gets in, and a uid
 * that was deleted does not come back. Held objects must not be changed by anybody.
 */
export class Store<T extends KubeObject> {
  readonly #options: StoreOptions<T>;
  #objects = new Map<string, T>();
  /** While the handler is told of a replacement: what it knows. Otherwise that is what is in the store. */
  #told: Map<string, T> | undefined;
  #replacement: Replacement<T> | undefined;
  readonly #deletedUids = new Set<string>();
  #written: string | undefined;

  constructor(options: StoreOptions<T>) {
    this.#options = options;
  }

  /** False while a large replacement is in the store, but the handler has not been told all of it. */
  get settled(): boolean {
    return this.#told === undefined;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  values(): MapIterator<T> {
    return this.#objects.values();
  }

  /** Takes an object from an event in, if it is news. Returns whether it was. */
  apply(object: T): boolean {
    const { uid } = object.metadata;
    const key = keyOf(object);
    const cached = this.#objects.get(key);
    if ((uid !== undefined && this.#deletedUids.has(uid)) || (cached !== undefined && !isNewer(object, cached))) {
      return false;
    }
    if (cached !== undefined && cached.metadata.uid !== uid) {
      this.#bury(cached);
    }
    this.#put(key, object);
    return true;
  }

  /**
   * Takes the answer to a write in, so that who wrote reads its own write. Only for an object that is still there with
   * this uid: its deletion may have been seen before the answer.
   */
  applyWritten(object: T): boolean {
    const cached = this.#objects.get(keyOf(object));
    if (cached === undefined || cached.metadata.uid !== object.metadata.uid || !this.apply(object)) {
      return false;
    }
    const version = versionOf(object);
    if (this.#written === undefined || compareResourceVersions(version, this.#written) > 0) {
      this.#written = version;
    }
    return true;
  }

  /** The newest resourceVersion that came with the answer to a write: a list from before it is stale. */
  get written(): string | undefined {
    return this.#written;
  }

  /** Takes out the object of a DELETED event, unless the store has a later one of that name. Returns whether it did. */
  delete(object: T): boolean {
    const key = keyOf(object);
    const cached = this.#objects.get(key);
    const isIt = cached !== undefined && cached.metadata.uid === object.metadata.uid;
    if (isIt && isNewer(cached, object)) {
      return false;
    }
    this.#bury(object);
    if (isIt) {
      this.#put(key, undefined);
    } else if (cached === undefined) {
      this.#touch(key, undefined);
    }
    return isIt;
  }

  /** Begins a replacement of everything by a list. Until it ends there must be no other. */
  prepare(restored: boolean): Replacement<T> {
    // Only where any list is good: what is once in the store is not taken back if the list turns out to be a stale one.
    const isFirst = restored && this.#objects.size === 0 && this.#deletedUids.size === 0;
    const objects = isFirst ? this.#objects : new Map<string, T>();
    this.#replacement = { objects, touched: new Map(), deletedUids: new Set(), restored };
    return this.#replacement;
  }

  /** Puts an object of the list into a replacement, or the cached one in its place if it is the same: less memory. */
  stage(replacement: Replacement<T>, object: T): void {
    if (replacement.objects === this.#objects) {
      this.apply(object);
      return;
    }
    const key = keyOf(object);
    const cached = this.#objects.get(key);
    const staged = replacement.objects.get(key);
    if (staged === undefined || isNewer(object, staged)) {
      const same = cached !== undefined && !replacement.restored && isSame(cached, object);
      replacement.objects.set(key, same ? cached : object);
    }
  }

  /** Takes an object that was deleted while the list went on out of a replacement. */
  unstage(replacement: Replacement<T>, object: T): void {
    if (replacement.objects === this.#objects) {
      this.delete(object);
      return;
    }
    const key = keyOf(object);
    if (replacement.objects.get(key)?.metadata.uid === object.metadata.uid) {
      replacement.objects.delete(key);
    }
  }

  /**
   * Swaps a complete list in, at once; then tells the handler the differences. What the store learnt during the list
   * stays where it is newer than `resourceVersion`, which is the list's.
   */
  async replace(replacement: Replacement<T>, resourceVersion: string): Promise<void> {
    const { objects, touched, restored } = replacement;
    if (objects === this.#objects) {
      this.#replacement = undefined;
      return;
    }
    const changed = await this.#differences(objects);
    // No pause from here to the swap, so that nothing changes between.
    if (restored) {
      this.#deletedUids.clear();
      this.#written = undefined;
    } else {
      keepNewer(replacement, resourceVersion);
    }
    for (const key of touched.keys()) {
      changed.add(key);
    }
    this.#replacement = undefined;
    this.#told = this.#objects;
    this.#objects = objects;
    let count = 0;
    for (const key of changed) {
      this.#tell(key);
      if (++count % SLICE === 0) {
        await this.#pause();
      }
    }
    this.#told = undefined;
  }

  /** Ends a replacement whose list failed; the store is as it was before. Of one that has ended already: does nothing. */
  async forsake(replacement: Replacement<T>): Promise<void> {
    if (this.#replacement !== replacement) return;
    this.#replacement = undefined;
    if (replacement.objects !== this.#objects) return;
    let count = 0;
    for (const key of this.#objects.keys()) {
      this.#put(key, undefined);
      if (++count % SLICE === 0) {
        await this.#pause();
      }
    }
  }

  async #differences(objects: ReadonlyMap<string, T>): Promise<Set<string>> {
    const changed = new Set<string>();
    let count = 0;
    for (const [one, other] of [
      [objects, this.#objects],
      [this.#objects, objects],
    ] as const) {
      for (const [key, object] of one) {
        if (other.get(key) !== object) {
          changed.add(key);
        }
        if (++count % SLICE === 0) {
          await this.#pause();
        }
      }
    }
    return changed;
  }

  #put(key: string, object: T | undefined): void {
    const told = this.#told ?? this.#objects;
    const old = told.get(key);
    setOrDelete(this.#objects, key, object);
    this.#touch(key, object);
    if (this.#told !== undefined) {
      setOrDelete(this.#told, key, object);
    }
    this.#emit(key, object, old);
  }

  #touch(key: string, object: T | undefined): void {
    if (this.#replacement?.objects !== this.#objects) this.#replacement?.touched.set(key, object);
  }

  #tell(key: string): void {
    const object = this.#objects.get(key);
    const old = this.#told?.get(key);
    if (this.#told !== undefined) {
      setOrDelete(this.#told, key, object);
    }
    this.#emit(key, object, old);
  }

  #emit(key: string, object: T | undefined, old: T | undefined): void {
    if (object !== undefined && old !== undefined && object.metadata.uid === old.metadata.uid) {
      if (object !== old) {
        this.#call({ type: "updated", key, object, old });
      }
      return;
    }
    if (old !== undefined) {
      this.#call({ type: "deleted", key, object: undefined, old });
    }
    if (object !== undefined) {
      this.#call({ type: "added", key, object, old: undefined });
    }
  }

  #call(change: StoreChange<T>): void {
    try {
      this.#options.handler(change);
    } catch (error) {
      this.#options.onHandlerError(error, change);
    }
  }

  /** Remembers that this uid is no more. */
  #bury({ metadata: { uid } }: T): void {
    if (uid === undefined) {
      return;
    }
    this.#replacement?.deletedUids.add(uid);
    this.#deletedUids.add(uid);
    if (this.#deletedUids.size > REMEMBERED_UIDS) {
      for (const oldest of this.#deletedUids) {
        this.#deletedUids.delete(oldest);
        break;
      }
    }
  }

  async #pause(): Promise<void> {
    await (this.#options.pause ?? setImmediate)();
  }
}

function keepNewer<T extends KubeObject>(replacement: Replacement<T>, resourceVersion: string): void {
  const { objects, touched, deletedUids } = replacement;
  for (const [key, object] of touched) {
    const listed = objects.get(key);
    if (object !== undefined && compareResourceVersions(versionOf(object), resourceVersion) > 0) {
      objects.set(key, object);
    } else if (listed?.metadata.uid !== undefined && deletedUids.has(listed.metadata.uid)) {
      objects.delete(key);
    }
  }
}

function setOrDelete<T>(map: Map<string, T>, key: string, object: T | undefined): void {
  if (object === undefined) {
    map.delete(key);
  } else {
    map.set(key, object);
  }
}

function isNewer(a: KubeObject, b: KubeObject): boolean {
  return compareResourceVersions(versionOf(a), versionOf(b)) > 0;
}

function isSame(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && versionOf(a) === versionOf(b);
}

function versionOf({ metadata: { resourceVersion = "0" } }: KubeObject): string {
  return resourceVersion;
}
