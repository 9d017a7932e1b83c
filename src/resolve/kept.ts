/**
 * A pure function whose answers are kept, so that what has the same content is one object, and frozen.
 * @param limit when so many are kept all are forgotten; not needed where few keys can come, such as sets of features
 */
export function kept<T, K = number>(make: (key: K) => T, limit = Number.POSITIVE_INFINITY): (key: K) => T {
  const known = new Map<K, T>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = make(key);
    Object.freeze(made);
    if (known.size >= limit) known.clear();
    known.set(key, made);
    return made;
  };
}
