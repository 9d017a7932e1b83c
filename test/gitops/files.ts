import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { loadAll } from "js-yaml";
import { ROOT } from "./verdicts.ts";

export const GITOPS = join(ROOT, "manifests", "gitops");

/** The files under manifests/gitops, by their path from there, in byte order. */
export function files(): string[] {
  const entries = readdirSync(GITOPS, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(GITOPS, join(entry.parentPath, entry.name)))
    .toSorted();
}

export const textOf = (path: string): string => readFileSync(join(GITOPS, path), "utf8");

/** The documents of a YAML file. */
export const documentsOf = (path: string): unknown[] => loadAll(textOf(path));
