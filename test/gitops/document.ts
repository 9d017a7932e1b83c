import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./verdicts.ts";

export const DOCUMENT = join(ROOT, "docs", "gitops.md");

/** docs/gitops.md with another text between the marks of that name: what a test found, which is to be what is there. */
export function documentWith(mark: string, text: string): string {
  const document = readFileSync(DOCUMENT, "utf8");
  const between = new RegExp(`(?<=<!-- ${mark} -->\n)[\\s\\S]*(?=\n<!-- /${mark} -->)`);
  if (!between.test(document)) throw new Error(`docs/gitops.md has no marks ${mark}`);
  return document.replace(between, () => text);
}

/** The script of docs/gitops.md behind the mark of that name. */
export function scriptOf(mark: string): string {
  const found = new RegExp(`<!-- ${mark} -->\n\`\`\`sh\n([\\s\\S]*?)\n\`\`\``).exec(readFileSync(DOCUMENT, "utf8"));
  if (found?.[1] === undefined) throw new Error(`docs/gitops.md has no script ${mark}`);
  return found[1];
}
