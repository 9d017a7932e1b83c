import { UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import type { Estate } from "./estate.ts";
import { Reader } from "./read.ts";
import type { Source } from "./source.ts";

/** Where a command gets its one estate from: files, a Git revision, or a cluster. */
export interface InputOptions {
  /** Files, folders or `-`; of a Git revision its paths, relative to the present folder (default: that folder). */
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  /** For VMs that name none. */
  readonly namespace: string;
  readonly fromGit?: string;
  readonly context?: string;
  readonly kubeconfig?: string;
}

/**
 * Reads the estate of a command. What is wrong with its objects is in `problems`: list them all (`listing`), print nothing
 * else, and end with 2.
 * @throws {UsageError} if it is not clear what is to be read, or there is nothing to read it from
 */
export async function readInput(options: InputOptions, io: Io): Promise<Estate> {
  const { recursive, namespace, kubeconfig } = options;
  return await new Reader({ recursive, namespace, kubeconfig, several: false }, io).read(sourceOf(options));
}

const WAYS = `name the input:
  -f PATH                     a file, a folder or - (standard input); may be repeated
  --from-git REVISION         that, or the present folder, as of a Git revision
  --context NAME              a cluster of your kubeconfig`;

/** Which of the three it is. @throws {UsageError} if that is not clear */
export function sourceOf({ filename = [], fromGit, context, kubeconfig }: InputOptions): Source {
  const cluster = context !== undefined || kubeconfig !== undefined;
  if (cluster && (fromGit !== undefined || filename.length > 0)) {
    const other = fromGit !== undefined ? "--from-git" : "-f";
    throw new UsageError(
      `${other} and ${context === undefined ? "--kubeconfig" : "--context"} are two inputs; give one`,
    );
  }
  if (cluster) return { type: "cluster", context };
  if (fromGit !== undefined) {
    return { type: "git", revision: fromGit, paths: filename.length > 0 ? filename : ["."] };
  }
  if (filename.length === 0) throw new UsageError(WAYS);
  return { type: "files", paths: filename };
}
