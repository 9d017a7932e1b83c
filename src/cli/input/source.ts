import { UsageError } from "../exit.ts";

/** Where an estate is. */
export type Source =
  /** Files and folders on a disk, `-` for standard input. */
  | { readonly type: "files"; readonly paths: readonly string[] }
  /** Files and folders as of a Git revision. */
  | { readonly type: "git"; readonly revision: string; readonly paths: readonly string[] }
  /** Without a context: the current one of the kubeconfig. */
  | { readonly type: "cluster"; readonly context: string | undefined };

/**
 * A SOURCE of the command line: a path, `-`, `git:REVISION`, `cluster` or `cluster:CONTEXT`. A file that is called so is
 * `./cluster`.
 * @param paths what is read of a Git revision
 * @param context that of a cluster without one
 * @throws {UsageError}
 */
export function parseSource(text: string, paths: readonly string[], context: string | undefined): Source {
  if (text === "cluster") return { type: "cluster", context };
  if (text.startsWith("cluster:")) return { type: "cluster", context: rest(text, "cluster:", "a context") };
  if (text.startsWith("git:")) return { type: "git", revision: rest(text, "git:", "a revision"), paths };
  if (text === "") throw new UsageError("a source is empty; name a path, -, git:REVISION, cluster or cluster:CONTEXT");
  return { type: "files", paths: [text] };
}

function rest(text: string, prefix: string, what: string): string {
  const name = text.slice(prefix.length);
  if (name === "") throw new UsageError(`${prefix} needs ${what} behind it`);
  return name;
}

/**
 * The command line with `--from -f PATH` and `--to -f PATH` as `-f PATH`: the side that is not named is that of the files, so
 * the option says nothing, but it reads well.
 */
export function withoutEmptySides(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return argv.filter((argument, index) => {
    const next = argv[index + 1] ?? "";
    const side = argument === "--from" || argument === "--to";
    return !(side && (end === -1 || index < end) && /^(-f.*|--filename(=.*)?)$/s.test(next));
  });
}
