/** Values by key, in the order in which the keys came. Every operation takes constant time. */
export class FifoMap<Value> {
  readonly #values = new Map<string, Value>();
  // One iterator for as long as it lasts: a new one for each `shift` would walk over the gaps of all earlier ones.
  #next: Iterator<[string, Value]> | undefined;

  get size(): number {
    return this.#values.size;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  get(key: string): Value | undefined {
    return this.#values.get(key);
  }

  /** A key that is in already keeps its place. */
  set(key: string, value: Value): void {
    this.#values.set(key, value);
  }

  delete(key: string): boolean {
    return this.#values.delete(key);
  }

  /** Takes out the first. */
  shift(): [string, Value] | undefined {
    if (this.#values.size === 0) return undefined;
    this.#next ??= this.#values.entries();
    const { value, done } = this.#next.next();
    if (done) {
      this.#next = undefined;
      return this.shift();
    }
    this.#values.delete(value[0]);
    return value;
  }
}
