import { printable, readSources } from "../../api/manifest/index.ts";
import { UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { Progress } from "../output/progress.ts";
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
    const progress = new Progress(this.#io);
    const onProgress = (file: string, objects: number): Promise<void> =>
      progress.at(() => `reading ${printable(file)}: ${objects.toLocaleString("en")} objects`);
    try {
      const estate = await this.#from(source, onProgress);
      this.#read.set(key, estate);
      return estate;
    } finally {
      await progress.end();
    }
  }

  async #from(source: Source, onProgress: (file: string, objects: number) => Promise<void>): Promise<EstateBuilder> {
    const { recursive = false, namespace, kubeconfig } = this.#options;
    const options = { namespace, onProgress, ...(this.#known && { known: this.#known }) };
    switch (source.type) {
      case "files":
        return await estateOf(readSources(source.paths, { recursive, stdin: this.#io.stdin }), options);
      case "git": {
        if (source.paths.includes("-")) throw new UsageError("standard input (-) is in no Git revision");
        const { readGit } = await import("./git/read.ts");
        return await estateOf(readGit({ ...source, recursive }), options);
      }
      case "cluster": {
        const { readCluster } = await import("./cluster.ts");
        return await readCluster({ context: source.context, kubeconfig }, { onProgress });
      }
    }
  }
}
