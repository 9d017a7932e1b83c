/**
 * Holds the layout of `src/`: data flows one way, so imports between rooms go down only, and each library is imported in
 * one place, where it can be exchanged. `node scripts/check-imports.ts` exits 1 and lists what breaks the rule.
 */
import { globSync, readFileSync } from "node:fs";

/** Which other rooms a room may import. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli"],
  cli: ["controller", "cache", "kube", "resolve", "api", "observe"],
  controller: ["cache", "kube", "resolve", "api", "observe"],
  cache: ["kube", "api", "observe"],
  kube: ["api", "observe"],
  resolve: ["api"],
  api: [],
  observe: [],
};

const root = new URL("../", import.meta.url);
const IMPORT = /(?:from|import)\s*\(?\s*"([^"]+)"/g;
const problems: string[] = [];
const users = new Map<string, Set<string>>();

for (const file of globSync("src/**/*.ts", { cwd: root }).sort()) {
  const room = file.split("/")[1] ?? "";
  for (const [, specifier = ""] of readFileSync(new URL(file, root), "utf8").matchAll(IMPORT)) {
    if (specifier.startsWith("node:")) continue;
    if (!specifier.startsWith(".")) {
      const library = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      users.set(library, (users.get(library) ?? new Set()).add(file));
      continue;
    }
    const target = new URL(specifier, new URL(file, root)).href.slice(root.href.length);
    const [folder, other = ""] = target.split("/");
    if (folder === "src" && other !== room && !MAY_IMPORT[room]?.includes(other)) {
      problems.push(`${file}: ${room} must not import ${other} (${specifier})`);
    }
  }
}
for (const [library, files] of users) {
  if (files.size > 1) problems.push(`${library} is imported in ${files.size} places: ${[...files].join(", ")}`);
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
