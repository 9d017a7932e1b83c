import { createReadStream } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { printable } from "./json.ts";
import type { Problem } from "./problem.ts";
import { decodeUtf8, type SourceText } from "./text.ts";

/** The most that one file may hold. A JavaScript string ends at 512 MiB; `/dev/zero` never does. */
export const MAX_BYTES = 256 * 2 ** 20;
const EXTENSIONS = [".yaml", ".yml", ".json"];

/** What is said of files on a disk and of those of a Git revision alike. */
export const MISSING = "there is no such file or directory";
export const TOO_LARGE = `is larger than ${MAX_BYTES / 2 ** 20} MiB`;

/** Of a folder in which there is nothing to read. With folders in it that were not read it is not known to be empty. */
export function emptyFolder(folder: {
  readonly file: string;
  readonly path: string;
  readonly recursive: boolean;
  readonly hasFolders: boolean;
}): Problem {
  const { file, path, recursive, hasFolders } = folder;
  const text = `has no manifest; files are read that end in ${EXTENSIONS.join(", ")}${recursive ? "" : "; -R descends"}`;
  const absent = { path, type: "empty folder" } as const;
  return { file, path: [], text, ...((recursive || !hasFolders) && { absent }) };
}

/** Whether a file of a folder is read; one that is named itself is, whatever its name. */
export function isManifestName(path: string): boolean {
  return EXTENSIONS.some((extension) => path.endsWith(extension));
}

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
  let folder: Folder = { files: [path], hasFolders: false };
  try {
    if ((await stat(path)).isDirectory()) folder = await manifestsIn(path, recursive);
  } catch (error) {
    const problem = unreadable(path, error);
    yield problem.text === MISSING ? { ...problem, absent: { path, type: "missing" } } : problem;
    return;
  }
  if (folder.files.length === 0) yield emptyFolder({ file: path, path, recursive, hasFolders: folder.hasFolders });
  for (const file of folder.files) yield await readPathAlone(file);
}

interface Folder {
  readonly files: string[];
  /** Whether there are folders in it, which may hold manifests. */
  readonly hasFolders: boolean;
}

async function manifestsIn(directory: string, recursive: boolean): Promise<Folder> {
  const entries = await readdir(directory, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: string[] = [];
  let hasFolders = false;
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      hasFolders = true;
      if (recursive) for (const file of (await manifestsIn(path, recursive)).files) files.push(file);
    } else if (isManifestName(entry.name)) {
      files.push(path);
    }
  }
  return { files, hasFolders };
}

/** In one piece, if it says how large it is: the pieces of a stream would take twice its size. */
async function readPathAlone(path: string): Promise<SourceText | Problem> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size === 0) return await readStream(path, createReadStream(path));
    return found.size > MAX_BYTES ? { file: path, path: [], text: TOO_LARGE } : decodeOnce(path, await readFile(path));
  } catch (error) {
    return unreadable(path, error);
  }
}

async function readStream(file: string, stream: AsyncIterable<Uint8Array>): Promise<SourceText | Problem> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of stream) {
      size += part.length;
      if (size > MAX_BYTES) return { file, path: [], text: TOO_LARGE };
      parts.push(part);
    }
  } catch (error) {
    return unreadable(file, error);
  }
  return decodeOnce(file, Buffer.concat(parts));
}

/** Decodes bytes that nobody needs again. Large ones are given back at once: a hundred megabytes would lie about for seconds. */
function decodeOnce(file: string, bytes: Buffer<ArrayBuffer>): SourceText | Problem {
  const source = decodeUtf8(file, bytes);
  const isAlone = bytes.byteLength === bytes.buffer.byteLength;
  if (isAlone && bytes.byteLength > 2 ** 20) bytes.buffer.transfer(0);
  return source;
}

function unreadable(file: string, error: unknown): Problem {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT") return { file, path: [], text: MISSING };
  return {
    file,
    path: [],
    text: `cannot be read: ${printable(error instanceof Error ? error.message : String(error))}`,
  };
}
