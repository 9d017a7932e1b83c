import { formatPlace } from "../../../api/manifest/index.ts";
import type { Screen } from "../../io.ts";
import { paintFor, type Style } from "../../output/style.ts";
import type { Finding, Severity } from "../finding.ts";
import { sentence } from "./parts.ts";

const STYLES: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", note: "cyan" };

/** For people: the place, the severity and the code, and below it what is so; `wide` also why it matters and what to do. */
export function* text(
  findings: readonly Finding[],
  { wide, screen }: { wide: boolean; screen: Screen },
): Generator<string> {
  const paint = paintFor(screen);
  for (const finding of findings) {
    const { rule, place } = finding;
    yield `${formatPlace(place)}: ${paint(STYLES[rule.severity], rule.severity)} ${paint("bold", rule.code)} ${rule.title}\n`;
    yield wrapped(sentence(finding), screen.width);
    if (wide) {
      yield wrapped(`Why: ${rule.why}`, screen.width);
      yield wrapped(`What to do: ${rule.advice}`, screen.width);
    }
  }
}

/** Lines of at most that many characters, two blanks in; a longer word has a line of its own. */
function wrapped(text: string, width: number): string {
  const lines: string[] = [];
  let line = " ";
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > width && line.trim() !== "") {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return `${[...lines, line].join("\n")}\n`;
}
