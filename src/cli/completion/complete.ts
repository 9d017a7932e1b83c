import { FEATURES } from "../../resolve/features.ts";
import type { ArgumentSpec, CommandSpec, OptionSpec } from "../command.ts";
import { type Line, longName, readLine } from "./line.ts";

/** A word that could stand at the cursor. */
export interface Candidate {
  readonly value: string;
  readonly meaning?: string;
}

/** What could stand at the cursor. */
export interface Answer {
  readonly candidates: readonly Candidate[];
  /** Whether a path could stand there too: the shell knows those. */
  readonly paths: boolean;
}

/** What is found outside of the command line. All of it may fail, or take long; then there is less to find. */
export interface Surroundings {
  revisions(): Promise<Candidate[]>;
  /** @param kubeconfig the file given, if one is */
  contexts(kubeconfig: string | undefined): Promise<Candidate[]>;
  /** What manifests hold. */
  names(paths: readonly string[], recursive: boolean): Promise<Names>;
  /** What `plan --fail-on` and the options of `lint` know. */
  words(of: "guards" | "codes"): Promise<Candidate[]>;
}

/** By the word that stands for the kind on a command line. */
export type Names = Readonly<Record<"namespace" | "vm" | "policy" | "appliance" | "host", readonly string[]>>;

const NOTHING: Answer = { candidates: [], paths: false };
const HELP: OptionSpec = { flags: "-h, --help", meaning: "print help" };
const OF_THE_PROGRAM: readonly OptionSpec[] = [{ flags: "-V, --version", meaning: "print the version" }, HELP];

/**
 * What could stand at the cursor, with the commands described in `commands`.
 * @param words those after the name of the program; the last one, which may be empty, is being typed
 */
export async function complete(
  commands: readonly CommandSpec[],
  words: readonly string[],
  around: Surroundings,
): Promise<Answer> {
  const line = readLine(commands, words);
  const { typing } = line;
  const before = typing.type === "value" ? typing.before : "";
  const { candidates, paths } = await possible(commands, line, around);
  return {
    paths,
    candidates: candidates
      .filter(({ value }) => value.startsWith(typing.text))
      .map(({ value, meaning }) => ({ value: before + value, ...(meaning === undefined ? {} : { meaning }) })),
  };
}

async function possible(commands: readonly CommandSpec[], line: Line, around: Surroundings): Promise<Answer> {
  const { command, typing } = line;
  if (typing.type === "value") return await values(typing, line, around);
  if (typing.type === "command") return these(commands.map(({ name, summary }) => ({ value: name, meaning: summary })));
  if (command === undefined) return these(typing.type === "option" ? options(OF_THE_PROGRAM, line) : []);
  const free = these(options([...command.options, HELP], line));
  if (typing.type === "option") return free;
  const argument = argumentAt(command.arguments ?? [], line.arguments.length);
  const found = argument === undefined ? NOTHING : await argumentsFor(argument, line, around);
  return found.candidates.length === 0 && typing.text === "" ? free : found;
}

function these(candidates: readonly Candidate[]): Answer {
  return { candidates, paths: false };
}

function options(all: readonly OptionSpec[], line: Line): Candidate[] {
  return all
    .filter((option) => !option.hidden && (option.repeats || !line.options.has(longName(option))))
    .map((option) => ({ value: `--${longName(option)}`, meaning: option.meaning }));
}

/** The last argument may be a list. */
function argumentAt(all: readonly ArgumentSpec[], index: number): ArgumentSpec | undefined {
  const last = all.at(-1);
  return all[index] ?? (last?.syntax.includes("...") ? last : undefined);
}

async function argumentsFor({ syntax, choices }: ArgumentSpec, line: Line, around: Surroundings): Promise<Answer> {
  if (choices !== undefined) return these(choices.map((value) => ({ value })));
  switch (syntax.replaceAll(/[^a-z]/g, "")) {
    case "kind":
      return these(["vm", "policy", "appliance"].map((value) => ({ value })));
    case "feature":
      return these(line.arguments[0] === "vm" ? FEATURES.map((value) => ({ value })) : []);
    case "name":
    case "names":
      return these(await named(line, around));
    default:
      return NOTHING;
  }
}

/** Names of the kind that is the argument before them, without those that are given. */
async function named(line: Line, around: Surroundings): Promise<Candidate[]> {
  const [kind, ...given] = line.arguments;
  const names = new Map<string | undefined, readonly string[]>(Object.entries(await namesOf(line, around)));
  return (names.get(kind) ?? []).filter((name) => !given.includes(name)).map((value) => ({ value }));
}

function namesOf({ options }: Line, around: Surroundings): Promise<Names> {
  const paths = ["filename", "from", "to", "with"].flatMap((name) => options.get(name) ?? []);
  return around.names(paths, options.has("recursive"));
}

async function values(
  { option, text }: { readonly option: OptionSpec; readonly text: string },
  line: Line,
  around: Surroundings,
): Promise<Answer> {
  const { choices, completes } = option;
  if (choices !== undefined) return these(choices.map((value) => ({ value })));
  if (completes === undefined) return await wordsFor(option, text, around);
  const contexts = () => around.contexts(line.options.get("kubeconfig")?.at(-1));
  switch (completes) {
    case "path":
      return { candidates: [], paths: true };
    case "revision":
      return these(await around.revisions());
    case "context":
      return these(await contexts());
    case "namespace":
      return these((await namesOf(line, around)).namespace.map((value) => ({ value })));
    case "source":
      return await sources(text, { revisions: () => around.revisions(), contexts });
  }
}

/** What stands behind an option in a list with commas, as its placeholder calls it. */
async function wordsFor({ flags }: OptionSpec, text: string, around: Surroundings): Promise<Answer> {
  if (flags.endsWith("<code>")) return these(await around.words("codes"));
  const of = flags.endsWith("<guards>") ? "guards" : "codes";
  if (!flags.endsWith(`<${of}>`)) return NOTHING;
  const before = text.slice(0, text.lastIndexOf(",") + 1);
  const given = before.split(",").map((word) => word.split(">")[0]);
  const left = (await around.words(of)).filter(({ value }) => !given.includes(value));
  return these(left.map((one) => ({ ...one, value: before + one.value })));
}

/** A path, `git:REVISION`, `cluster`, `cluster:CONTEXT`: what follows a colon is looked for once it is there. */
async function sources(
  text: string,
  { revisions, contexts }: { revisions: () => Promise<Candidate[]>; contexts: () => Promise<Candidate[]> },
): Promise<Answer> {
  const behind = (prefix: string, found: readonly Candidate[]) =>
    these(found.map((one) => ({ ...one, value: prefix + one.value })));
  if (text.startsWith("git:")) return behind("git:", await revisions());
  if (text.startsWith("cluster:")) return behind("cluster:", await contexts());
  return {
    paths: true,
    candidates: [
      { value: "git:", meaning: "a Git revision" },
      { value: "cluster", meaning: "the cluster of the present context" },
      { value: "cluster:", meaning: "the cluster of another context" },
    ],
  };
}
