import { expect, test } from "vitest";
import { builtFromText, literalsOf, regularExpressions } from "./regular-expressions.ts";

const SIZE = 64 * 1024;
const MOST_MS = 5;
/** The best of some: what others take of the processor is not the expression's. */
const ROUNDS = 6;
const WORDS = [
  "a",
  "1",
  "-",
  ".",
  "_",
  "/",
  " ",
  "\n",
  "\\",
  '"',
  "<",
  "{",
  "é",
  "\u0000",
  "\ufffd",
  "\u001b",
  "\ud800",
  "🖥",
];
const PAIRS = [
  "a-",
  "a.",
  "1.",
  "1_",
  "1h",
  "0x",
  "<a",
  "<a>",
  "\r\n",
  '\\"',
  "[a",
  "A/",
  "=\n",
  "['\"]",
  " \n",
  "a:",
  "\\u",
];

/** Expressions whose input is bounded before they meet it: the most characters, by what bounds it. */
const BOUNDED: Readonly<Record<string, number>> = {
  // kube/event.ts: what is left of an object's name, which has at most 253.
  "/[.-]+$/": 253,
  // kube/event.ts: a note that was cut to the 1,024 bytes of an Event.
  "/\\uFFFD+$/": 1024,
  // kube/pools.ts: the path of a server's address in the operator's own kubeconfig.
  "/\\/+$/": 2048,
  // cli/settings/values.ts: a duration that has passed a pattern of at most 84 characters.
  "/([0-9.]+)(ms|s|m|h)/g": 84,
};

/** So many characters of each word, alone, with an end that does not fit, and with a beginning that does not. */
function hostile(size: number): string[] {
  return [...WORDS, ...PAIRS].flatMap((word) => {
    const body = word.repeat(Math.ceil(size / word.length)).slice(0, size);
    return [body, `${body}!`, `${body}\n`, `!${body}`, `a${body}$`, `[?(@.a=="${body}`];
  });
}

/** Milliseconds for every match in a text: for a global or sticky one as `replace` and `matchAll` go on. */
function timeOf(expression: RegExp, text: string): number {
  const started = performance.now();
  if (expression.global) text.replace(expression, "");
  else expression.exec(text);
  expression.lastIndex = 0;
  return performance.now() - started;
}

/** The first text that takes an expression too long, and the milliseconds that it takes; undefined: none does. */
function slow(expression: RegExp, size: number): { text: string; ms: number } | undefined {
  for (const text of hostile(size)) {
    let ms = timeOf(expression, text);
    for (let round = 1; round < ROUNDS && ms >= MOST_MS; round++) ms = Math.min(ms, timeOf(expression, text));
    if (ms >= MOST_MS) return { text: JSON.stringify(text.slice(0, 20)), ms };
  }
  return undefined;
}

test("B38: 64 KiB of hostile input takes each regular expression of ours less than 5 ms", { timeout: 60_000 }, () => {
  const found = regularExpressions();
  expect(found.length).toBeGreaterThan(40);
  const tooSlow = found.flatMap(({ where, expression }) => {
    // A small text first: what is hopeless there would take minutes with a large one.
    const size = BOUNDED[String(expression)] ?? SIZE;
    const { text, ms } = slow(expression, size / 16) ?? slow(expression, size) ?? { text: "", ms: 0 };
    return ms < MOST_MS ? [] : [`${where}: ${expression} takes ${ms.toFixed(1)} ms for ${text}…`];
  });
  expect(tooSlow).toEqual([]);
});

test("B38: none is built from text, where this test would not find it", () => {
  // Of a number only, the indent of a list: tried with a small one and one as large as the text.
  expect(builtFromText()).toEqual([expect.stringMatching(/^src\/api\/manifest\/list-items.ts: const line = .*indent/)]);
  for (const indent of [0, 2, SIZE]) {
    expect(slow(new RegExp(`^ {0,${indent}}(?:#.*\\n?|(?!\\s))`, "gm"), SIZE)).toBeUndefined();
  }
});

test("the scan finds literals wherever they stand, and takes no division or comment for one", () => {
  const sources = (line: string) => literalsOf(line, "").map(({ expression }) => String(expression));
  expect(sources('const A = /a[/"]b/gu;')).toEqual(['/a[/"]b/gu']);
  expect(sources("if (!/^x+$/.test(name)) return y.replace(/\\/+$/, '');")).toEqual(["/^x+$/", "/\\/+$/"]);
  expect(sources("const half = a / b / c;")).toEqual([]);
  expect(sources(" * a rule of a/b, /x/")).toEqual([]);
  expect(sources("// not /this/")).toEqual([]);
  expect(slow(/-+$/, SIZE), "a quadratic one is found").toBeDefined();
});
