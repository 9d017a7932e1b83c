import type { CommandSpec } from "../command.ts";
import { type Answer, complete } from "./complete.ts";
import { machine } from "./surroundings.ts";

/** Somebody waits with a finger on the tab key. Milliseconds. */
const LIMIT = 1_000;

/** What a shell is to do with an answer, as cobra (which kubectl is made with) numbers it. */
const NO_SPACE = 2;
const NO_PATHS = 4;

/**
 * `tandem __complete WORDS…`: a candidate a line, a tab before its meaning, and a last line `:` with what to do with them.
 * That is cobra's protocol, so that kubectl understands it. Says nothing rather than a word about an error.
 */
export async function answer(commands: readonly CommandSpec[], words: readonly string[]): Promise<string> {
  try {
    return format(await complete(commands, words, machine(LIMIT)));
  } catch {
    return `:${NO_PATHS}\n`;
  }
}

function format({ candidates, paths }: Answer): string {
  const lines = candidates.map(({ value, meaning }) => (meaning === undefined ? value : `${value}\t${meaning}`));
  // More is to follow after `git:` or `cluster:`.
  const open = candidates.length > 0 && candidates.every(({ value }) => /[:=,>]$/.test(value));
  return `${[...lines, `:${(open ? NO_SPACE : 0) + (paths ? 0 : NO_PATHS)}`].join("\n")}\n`;
}
