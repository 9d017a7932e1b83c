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
