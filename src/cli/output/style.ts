import { styleText } from "node:util";
import type { Screen } from "../io.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Gives a text a style where there are colours, and else leaves it as it is. To be used after the width is laid out. */
export type Paint = (style: Style, text: string) => string;

export function paintFor({ colour }: Screen): Paint {
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
}
