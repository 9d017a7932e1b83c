import { styleText } from "node:util";
import type { Say } from "../cluster/say.ts";

/** Prints a line. */
export const say: Say = (line) => {
  process.stdout.write(`${line}\n`);
};

/** Prints a line of progress, in the background. */
export const note: Say = (line) => say(faint(`  ${line}`));

/** Prints a heading, with a blank line before it. */
export function heading(text: string): void {
  say(`\n${styled("bold", text)}`);
}

/** Prints a command as one would type it, and what it answers. */
export function answer(command: string, output: string): void {
  say(`\n${faint("$")} ${styled("bold", command)}\n${output}`);
}

/** Prints what failed, on standard error. */
export function complain(text: string): void {
  process.stderr.write(`\n${styleText("red", text, { stream: process.stderr })}\n`);
}

function faint(text: string): string {
  return styled("dim", text);
}

/** Plain where the output is no terminal, or NO_COLOR is set. */
function styled(style: "bold" | "dim", text: string): string {
  return styleText(style, text, { stream: process.stdout });
}
