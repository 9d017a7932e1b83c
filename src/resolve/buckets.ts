/** Entries by one of their values; a value without entries takes no room. */
export type Buckets<T> = Map<string, Set<T>>;

export function getOrSet<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

export function addTo<T>(buckets: Buckets<T>, name: string, entry: T): void {
  getOrSet(buckets, name, () => new Set<T>()).add(entry);
}

export function removeFrom<T>(buckets: Buckets<T>, name: string, entry: T): void {
  const bucket = buckets.get(name);
  bucket?.delete(entry);
  if (bucket?.size === 0) buckets.delete(name);
}

/** Entries by a label's key and value. */
export class LabelBuckets<T> {
  readonly #keys = new Map<string, Buckets<T>>();

  add(key: string, value: string, entry: T): void {
    addTo(
      getOrSet(this.#keys, key, () => new Map<string, Set<T>>()),
      value,
      entry,
    );
  }

  remove(key: string, value: string, entry: T): void {
    const values = this.#keys.get(key);
    if (values === undefined) return;
    removeFrom(values, value, entry);
    if (values.size === 0) this.#keys.delete(key);
  }

  get(key: string, value: string): ReadonlySet<T> | undefined {
    return this.#keys.get(key)?.get(value);
  }

  /** The buckets of every value of a label. */
  of(key: string): Iterable<ReadonlySet<T>> {
    return this.#keys.get(key)?.values() ?? [];
  }
}
