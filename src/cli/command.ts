import type { Io } from "./io.ts";

/*
 * Commands as data: help, the parser and shell completion all come from here. Nothing but data is imported by a command's
 * description: help must not load what a command does.
 */

/** What can stand behind an option or an argument, for shell completion. */
type Completes = "path" | "revision" | "source" | "context" | "namespace";

/** An option; `flags` as commander reads them: `-f, --filename <path>`, `--apply`. */
export interface OptionSpec {
  readonly flags: string;
  readonly meaning: string;
  /** As one would write it. */
  readonly default?: string;
  readonly choices?: readonly string[];
  /** May be given several times: a list. */
  readonly repeats?: true;
  readonly required?: true;
  readonly hidden?: true;
  /** The heading that help puts it under. */
  readonly group?: string;
  readonly completes?: Completes;
}

/** A positional argument; `syntax` as commander reads it: `<kind>`, `[feature]`, `<name...>`. */
export interface ArgumentSpec {
  readonly syntax: string;
  readonly meaning: string;
  readonly choices?: readonly string[];
}

export interface CommandSpec {
  readonly name: string;
  /** For the list of commands: no capital, no full stop. */
  readonly summary: string;
  readonly description: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options: readonly OptionSpec[];
  /** What help prints behind the options, `Examples:` first. */
  readonly examples: string;
  /**
   * Loads the command and runs it.
   * @param options by camel-case names, as `options` describes them
   * @param args as `arguments` describes them
   * @returns the exit code
   */
  run(options: unknown, args: readonly string[], io: Io): Promise<number>;
}

/** A command whose options have a type: the one place where it is believed that they are what its `options` describe. */
export function command<Options>(
  spec: Omit<CommandSpec, "run"> & { run(options: Options, args: readonly string[], io: Io): Promise<number> },
): CommandSpec {
  return { ...spec, run: (options, args, io) => spec.run(options as Options, args, io) };
}

export const MANAGER_VERSION: OptionSpec = {
  flags: "--manager-version <version>",
  meaning: "version of the manager; below 10.0 affinities cannot be set",
  default: "20.0",
};

const RECURSIVE: OptionSpec = {
  flags: "-R, --recursive",
  meaning: "descend into the directories of a directory",
  group: "Input:",
};

const NAMESPACE: OptionSpec = {
  flags: "-n, --namespace <name>",
  meaning: "namespace of VMs that name none",
  default: "default",
  completes: "namespace",
  group: "Input:",
};

const CLUSTER: readonly OptionSpec[] = [
  {
    flags: "--context <name>",
    meaning: "read a cluster of your kubeconfig; nothing is written",
    completes: "context",
    group: "Input:",
  },
  { flags: "--kubeconfig <file>", meaning: "kubeconfig to use", completes: "path", group: "Input:" },
];

/** Where the objects come from, for commands that look at one estate: `readInput` reads it. */
export const INPUT: readonly OptionSpec[] = [
  {
    flags: "-f, --filename <path>",
    meaning: "file, directory or - (standard input); may be repeated",
    repeats: true,
    completes: "path",
    group: "Input:",
  },
  RECURSIVE,
  NAMESPACE,
  {
    flags: "--from-git <revision>",
    meaning: "read -f (or the present directory) as of a Git revision",
    completes: "revision",
    group: "Input:",
  },
  ...CLUSTER,
];

/** Where two estates come from, for commands that compare them: `readSides` reads them. */
export const SIDES: readonly OptionSpec[] = [
  {
    flags: "--from <source>",
    meaning: "what there is: a path, - (standard input), git:REVISION, cluster or cluster:CONTEXT",
    completes: "source",
    group: "Input:",
  },
  { flags: "--to <source>", meaning: "what takes its place, named likewise", completes: "source", group: "Input:" },
  {
    flags: "-f, --filename <path>",
    meaning: "files of the side that is not named, and what is read of a Git revision; may be repeated",
    repeats: true,
    completes: "path",
    group: "Input:",
  },
  { flags: "--from-git <revision>", meaning: "short for --from git:REVISION", completes: "revision", group: "Input:" },
  {
    flags: "--with <source>",
    meaning: "objects that are on both sides; may be repeated",
    repeats: true,
    completes: "source",
    group: "Input:",
  },
  { flags: "--apply", meaning: "lay --to over --from, as kubectl apply would: nothing is removed", group: "Input:" },
  RECURSIVE,
  NAMESPACE,
  ...CLUSTER,
];

/** The option `-o`, the first format being the default. */
export function output(...formats: readonly [string, ...string[]]): OptionSpec {
  return { flags: "-o, --output <format>", meaning: "format", choices: formats, default: formats[0] };
}
