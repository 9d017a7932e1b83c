import { number } from "../output/words.ts";

/** How many names are shown. */
const SHOWN = 3;

/** A number of objects, in how many namespaces, and the first of their names; to be added in the order of names. */
export class VmSample {
  count = 0;
  readonly first: string[] = [];
  readonly #namespaces = new Set<string>();

  add(name: string): void {
    this.count++;
    if (this.first.length < SHOWN) this.first.push(name);
    const slash = name.indexOf("/");
    if (slash > 0) this.#namespaces.add(name.slice(0, slash));
  }

  get namespaces(): number {
    return this.#namespaces.size;
  }

  /** `a, b, c and 9,997 more`, each name through `show`. */
  text(show: (name: string) => string = (name) => name): string {
    const rest = this.count - this.first.length;
    return `${this.first.map(show).join(", ")}${rest > 0 ? ` and ${number(rest)} more` : ""}`;
  }

  toJSON(): object {
    return { count: this.count, namespaces: this.namespaces, first: this.first };
  }
}
