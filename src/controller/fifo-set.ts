/** Keys in the order in which they came, each at most once. Every operation takes constant time. */
export class FifoSet {
  readonly #keys = new Set<string>();
  // One iterator for as long as it lasts: a new one for each `shift` would walk over the gaps of all earlier ones.
  #next: Iterator<string> | undefined;

  get size(): number {
    return this.#keys.size;
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Keeps its place if it is in already. */
  add(key: string): void {
    this.#keys.add(key);
  }

  delete(key: string): boolean {
    return this.#keys.delete(key);
  }

  /** Takes out the first. */
  shift(): string | undefined {
    if (this.#keys.size === 0) return undefined;
    this.#next ??= this.#keys.values();
    const { value, done } = this.#next.next();
    if (done) {
      this.#next = undefined;
      return this.shift();
    }
    this.#keys.delete(value);
    return value;
  }
}
