import { UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { namespaceName } from "../settings.ts";
import { type Estate, readEstate } from "./estate.ts";

/** Where a command gets its one estate from: files, a Git revision, or a cluster. */
export interface InputOptions {
  /** Files, directories or `-`; of a Git revision, its paths. */
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  /** For VMs that name none. */
  readonly namespace: string;
  readonly fromGit?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

export async function readInput(options: InputOptions, io: Io): Promise<Estate> {
  const { filename = [], recursive = false } = options;
  const namespace = namespaceName(options.namespace);
  if (filename.length === 0) throw new UsageError("no input");
  return await readEstate(filename, { recursive, namespace, stdin: io.stdin });
}
