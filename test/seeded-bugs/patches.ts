import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = import.meta.dirname;

export interface SeededBug {
  readonly name: string;
  /** What is wrong in the program once the patch is applied: the patch's first line. */
  readonly what: string;
  /** Absolute path of the patch. */
  readonly path: string;
}

/** Every `*.patch` of this folder, by name. */
export function seededBugs(): SeededBug[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".patch"));
  return files.sort().map((file) => {
    const path = join(FOLDER, file);
    const [what = ""] = readFileSync(path, "utf8").split("\n");
    return { name: file.slice(0, -".patch".length), what, path };
  });
}
