import type { CommandSpec, OptionSpec } from "../command.ts";

/** A command line as far as it is typed. */
export interface Line {
  /** Undefined where the command itself is being typed, or is none that there is. */
  readonly command: CommandSpec | undefined;
  /** What is given already, before the cursor: by long name without dashes, values in the order given. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly arguments: readonly string[];
  readonly typing: Typing;
}

/** What the word at the cursor is; `text` is what of it is typed. */
type Typing =
  | { readonly type: "command" | "option" | "argument"; readonly text: string }
  /** `before` is the part of the word that is not the value: `--from=`, `-f`. */
  | { readonly type: "value"; readonly option: OptionSpec; readonly before: string; readonly text: string };

/** The long name of an option, without dashes: every option has one. */
export function longName({ flags }: OptionSpec): string {
  return /--([^\s,]+)/.exec(flags)?.[1] ?? "";
}

/** Whether a value follows. */
function takesValue({ flags }: OptionSpec): boolean {
  return /[<[]/.test(flags);
}

/**
 * Reads the words after the name of the program; the last one, which may be empty, is being typed. What makes no sense is
 * passed over.
 */
export function readLine(commands: readonly CommandSpec[], words: readonly string[]): Line {
  const before = words.slice(0, -1);
  const text = words.at(-1) ?? "";
  const at = before.findIndex((word) => !word.startsWith("-"));
  if (at === -1) return { command: undefined, options: new Map(), arguments: [], typing: commandOrOption(text) };
  const command = commands.find(({ name }) => name === before[at]);
  const options = new Map<string, string[]>();
  const args: string[] = [];
  const give = (option: OptionSpec, value: string): void => {
    const name = longName(option);
    options.set(name, [...(options.get(name) ?? []), value]);
  };
  const known = command?.options ?? [];

  let waiting: OptionSpec | undefined;
  let onlyArguments = false;
  for (const word of before.slice(at + 1)) {
    if (waiting !== undefined) {
      give(waiting, word);
      waiting = undefined;
    } else if (onlyArguments || word === "-" || !word.startsWith("-")) args.push(word);
    else if (word === "--") onlyArguments = true;
    else {
      const { flags, value } = readOption(known, word);
      for (const flag of flags) if (!takesValue(flag)) give(flag, "");
      const last = flags.at(-1);
      if (last === undefined || !takesValue(last)) continue;
      if (value === undefined) waiting = last;
      else give(last, value);
    }
  }

  const line = { command, options, arguments: args };
  if (waiting !== undefined) return { ...line, typing: { type: "value", option: waiting, before: "", text } };
  if (command === undefined || onlyArguments || !text.startsWith("-"))
    return { ...line, typing: { type: "argument", text } };
  const { flags, value } = readOption(known, text);
  const option = flags.at(-1);
  if (option === undefined || value === undefined) return { ...line, typing: { type: "option", text } };
  return { ...line, typing: { type: "value", option, before: text.slice(0, text.length - value.length), text: value } };
}

function commandOrOption(text: string): Typing {
  return { type: text.startsWith("-") ? "option" : "command", text };
}

/** The options in a word (several short ones may be in one: `-Rf`), and the value if it is in the same word. */
function readOption(known: readonly OptionSpec[], word: string): { flags: OptionSpec[]; value: string | undefined } {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    const name = equals === -1 ? word.slice(2) : word.slice(2, equals);
    const option = known.find((one) => longName(one) === name);
    const value = equals === -1 || option === undefined || !takesValue(option) ? undefined : word.slice(equals + 1);
    return { flags: option === undefined ? [] : [option], value };
  }
  const flags: OptionSpec[] = [];
  for (let at = 1; at < word.length; at++) {
    const option = known.find(({ flags }) => flags.startsWith(`-${word[at]},`));
    if (option === undefined) return { flags: [], value: undefined };
    flags.push(option);
    if (takesValue(option)) return { flags, value: at === word.length - 1 ? undefined : word.slice(at + 1) };
  }
  return { flags, value: undefined };
}
