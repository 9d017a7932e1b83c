import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const DOCS = join(import.meta.dirname, "..", "..", "docs");

/** A block of code of a page, as a reader would copy it. */
export interface Block {
  /** `sh`, `ts`, `text`, … */
  readonly language: string;
  readonly code: string;
  /** The name in the mark `<!-- test: NAME -->` before it: a test runs it. Absent: no mark. */
  readonly test?: string;
  /** Why no test can run it, from the mark `<!-- untested: WHY -->`. */
  readonly untested?: string;
}

/** A page of docs/, from which tests take what they run, so that the page shows what was run. */
export class Page {
  readonly blocks: readonly Block[];
  readonly #name: string;
  readonly #text: string;

  constructor(name: string) {
    this.#name = name;
    this.#text = readFileSync(join(DOCS, name), "utf8");
    const found = this.#text.matchAll(/(?:<!-- (test|untested): (.+) -->\n)?```(\w+)\n([\s\S]*?)\n```$/gm);
    this.blocks = [...found].map(([, mark, said = "", language = "", code = ""]) => ({
      language,
      code,
      ...(mark === "test" && { test: said }),
      ...(mark === "untested" && { untested: said }),
    }));
  }

  /** The code that a test is to run. Throws if the page has none of that name, or two. */
  block(name: string): string {
    const [found, ...more] = this.blocks.filter(({ test }) => test === name);
    if (found === undefined || more.length > 0) throw new Error(`${1 + more.length} blocks ${name} in ${this.#name}`);
    return found.code;
  }

  /** Links to files of this project that lead nowhere. */
  brokenLinks(): string[] {
    const links = [...this.#text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => link);
    return links.filter((link) => !/^https?:/.test(link) && !existsSync(join(dirname(join(DOCS, this.#name)), link)));
  }
}
