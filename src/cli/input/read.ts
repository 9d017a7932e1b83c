import { type Problem, printable, type ReadOptions, readSources, type SourceText } from "../../api/manifest/index.ts";
import { UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { Progress } from "../output/progress.ts";
import { number } from "../output/words.ts";
import { namespaceName } from "../settings.ts";
import { type Estate, type EstateBuilder, estateOf, type Known } from "./estate.ts";
import type { Source } from "./source.ts";

export interface ReaderOptions {
  readonly recursive?: boolean | undefined;
  /** For VMs that name none. */
  readonly namespace: string;
  readonly kubeconfig?: string | undefined;
  /** Whether more than one source is to be read, which will be alike. */
  readonly several: boolean;
}

/** Reads estates from wherever they are, each only once. What is heavy is loaded when it is needed. */
export class Reader {
  readonly #options: ReaderOptions;
  readonly #io: Io;
  readonly #known: Known | undefined;
  readonly #read = new Map<string, EstateBuilder>();

  /** @throws {UsageError} if the namespace cannot be one */
  constructor(options: ReaderOptions, io: Io) {
    this.#options = { ...options, namespace: namespaceName(options.namespace) };
    this.#io = io;
    this.#known = options.several ? new Map() : undefined;
  }

  /** @throws {UsageError} if there is nothing to read it from, and why */
  async read(source: Source): Promise<Estate & EstateBuilder> {
    const key = JSON.stringify(source);
    const before = this.#read.get(key);
    if (before !== undefined) return before;
    const estate = await withProgress(this.#io, (onProgress) => this.#from(source, onProgress));
    this.#read.set(key, estate);
    return estate;
  }

  async #from(source: Source, onProgress: (file: string, objects: number) => Promise<void>): Promise<EstateBuilder> {
    const { recursive = false, namespace, kubeconfig } = this.#options;
    const options = { namespace, onProgress, ...(this.#known && { known: this.#known }) };
    switch (source.type) {
      case "files":
      case "git":
        return await estateOf(await textsOf(source, { recursive, stdin: this.#io.stdin }), options);
      case "cluster": {
        const { readCluster } = await import("./cluster.ts");
        return await readCluster({ context: source.context, kubeconfig }, { onProgress });
      }
    }
  }
}

/** The texts of files, or of files as of a Git revision. @throws {UsageError} */
export async function textsOf(
  source: Exclude<Source, { type: "cluster" }>,
  options: ReadOptions,
): Promise<AsyncIterable<SourceText | Problem>> {
  if (source.type === "files") return readSources(source.paths, options);
  if (source.paths.includes("-")) throw new UsageError("standard input (-) is in no Git revision");
  const { readGit } = await import("./git/read.ts");
  return readGit({ ...source, recursive: options.recursive });
}

/** Says on a terminal how far reading is, and takes that away at the end. */
export async function withProgress<T>(
  io: Io,
  read: (onProgress: (file: string, objects: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  const progress = new Progress(io);
  try {
    return await read((file, objects) => progress.at(() => `reading ${printable(file)}: ${number(objects)} objects`));
  } finally {
    await progress.end();
  }
}
