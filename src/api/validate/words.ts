import type { Schema } from "../crd.ts";
import { quote } from "../manifest/index.ts";

/** What the patterns of the CRDs say, in words; another pattern is shown as it is. */
const PATTERNS: ReadonlyMap<string, string> = new Map([
  [
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
    "a DNS name in lower case, for example esx-01.lab.example",
  ],
  ["^[0-9]{1,9}(\\.[0-9]{1,9}){0,7}$", "up to 8 numbers with dots between them, for example 20.0.1"],
]);

/** What a schema allows, for the end of a message: `allowed: Windows, Linux, Other`. */
export function allowed(schema: Schema): string {
  return `allowed: ${allowedValues(schema)}`;
}

function allowedValues(schema: Schema): string {
  const { type, format, minimum, maximum, pattern } = schema;
  if (schema.enum !== undefined) return schema.enum.map(String).join(", ");
  if (type === "array") return "a list";
  if (type === "object") return "an object";
  if (type === "boolean") return "true, false";
  if (type === "integer") {
    if (minimum !== undefined && maximum !== undefined) return `a whole number from ${minimum} to ${maximum}`;
    return minimum === undefined ? "a whole number" : `a whole number, at least ${minimum}`;
  }
  if (format === "date-time") return "a time, for example 2026-01-31T12:00:00Z";
  if (pattern !== undefined) return PATTERNS.get(pattern) ?? `a string that matches ${pattern}`;
  return (schema.minLength ?? 0) > 0 ? "a string that is not empty" : "a string";
}

/** The word that was probably meant, or all that could have been. */
export function listOfWords(word: string, words: readonly string[]): string {
  const meant = closest(word, words);
  return meant === undefined ? `allowed: ${words.join(", ")}` : `did you mean ${quote(meant)}?`;
}

const MAX_COMPARED = 64;

/** The one of `words` that differs from `word` in at most two letters, case aside. */
export function closest(word: string, words: readonly string[]): string | undefined {
  if (word.length > MAX_COMPARED) return undefined;
  let best: string | undefined;
  let bestDistance = 3;
  for (const candidate of words) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance && distance < candidate.length / 2) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replace = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
