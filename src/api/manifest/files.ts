import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "./json.ts";
import type { Problem } from "./problem.ts";
import { decodeUtf8, type SourceText } from "./text.ts";

/** The most that one file may hold. A JavaScript string ends at 512 MiB; `/dev/zero` never does. */
const MAX_BYTES = 256 * 2 ** 20;
const EXTENSIONS = [".yaml", ".yml", ".json"];

export interface ReadOptions {
  /** Descend into the directories of a directory. */
  readonly recursive: boolean;
  /** What `-` reads. */
  readonly stdin: AsyncIterable<Uint8Array>;
}

/**
 * Reads what `-f` names, one after the other: a file of any name, a directory's `.yaml`, `.yml` and `.json` files in the
 * order of their names, or `-`. What cannot be read is a problem in its place. A file is read when it is asked for.
 */
export async function* readSources(
  names: readonly string[],
  options: ReadOptions,
): AsyncGenerator<SourceText | Problem> {
  let stdinRead = false;
  for (const name of names) {
    if (name !== "-") yield* readPath(name, options.recursive);
    else if (!stdinRead) {
      stdinRead = true;
      yield await readStream("standard input", options.stdin);
    }
  }
}

async function* readPath(path: string, recursive: boolean): AsyncGenerator<SourceText | Problem> {
  let files: string[];
  try {
    files = (await stat(path)).isDirectory() ? await manifestsIn(path, recursive) : [path];
  } catch (error) {
    yield unreadable(path, error);
    return;
  }
  if (files.length === 0) {
    const text = `has no manifest; files are read that end in ${EXTENSIONS.join(", ")}${recursive ? "" : "; -R descends"}`;
    yield { file: path, path: [], text };
  }
  for (const file of files) yield await readStream(file, createReadStream(file));
}

async function manifestsIn(directory: string, recursive: boolean): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      if (recursive) files.push(...(await manifestsIn(path, recursive)));
    } else if (EXTENSIONS.some((extension) => entry.name.endsWith(extension))) {
      files.push(path);
    }
  }
  return files;
}

async function readStream(file: string, stream: AsyncIterable<Uint8Array>): Promise<SourceText | Problem> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of stream) {
      size += part.length;
      if (size > MAX_BYTES) return { file, path: [], text: `is larger than ${MAX_BYTES / 2 ** 20} MiB` };
      parts.push(part);
    }
  } catch (error) {
    return unreadable(file, error);
  }
  return decodeUtf8(file, Buffer.concat(parts));
}

function unreadable(file: string, error: unknown): Problem {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return { file, path: [], text: "there is no such file or directory" };
  return {
    file,
    path: [],
    text: `cannot be read: ${printable(error instanceof Error ? error.message : String(error))}`,
  };
}
