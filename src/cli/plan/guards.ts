import { UsageError } from "../exit.ts";
import { type Counts, FIGURES, type Figure } from "./counts.ts";

/** What a pipeline does not want: more than so many of something. */
export interface Guard {
  /** As it was written. */
  readonly guard: string;
  readonly figure: Figure;
  readonly limit: number;
}

export interface GuardResult extends Guard {
  readonly found: number;
  readonly failed: boolean;
}

const GUARD = /^([a-z]+)(?:>(\d{1,9}))?$/;

/**
 * Reads `losses,installs>100`: words of FIGURES, each with the most that is allowed, else 0.
 * @throws {UsageError} which lists the words
 */
export function parseGuards(texts: readonly string[]): Guard[] {
  return texts
    .flatMap((text) => text.split(","))
    .map((text) => {
      const guard = text.trim();
      const [, word = "", limit = "0"] = GUARD.exec(guard) ?? [];
      if (!isFigure(word)) {
        const words = Object.keys(FIGURES).join(", ");
        throw new UsageError(
          `--fail-on: "${guard}" is no guard; a guard is a word, or a word and the most that is allowed, as installs>100\nwords: ${words}`,
        );
      }
      return { guard, figure: word, limit: Number(limit) };
    });
}

function isFigure(word: string): word is Figure {
  return Object.hasOwn(FIGURES, word);
}

export function checkGuards(guards: readonly Guard[], counts: Counts): GuardResult[] {
  return guards.map((guard) => {
    const found = counts[guard.figure];
    return { ...guard, found, failed: found > guard.limit };
  });
}
