import { expect, test } from "vitest";
import { builtFromText, literalsOf, regularExpressions } from "./regular-expressions.ts";

const SIZE = 64 * 1024;
const MOST_MS = 5;
/** The best of some: what others take of the processor is not the expression's. */
const ROUNDS = 5;
const WORDS = ["a", "1", "-", ".", "_", "/", " ", "\n", "\\", '"', "<", "{", "é", "\u0000", "\ufffd", "\u001b", "\ud800", "🖥"];
const PAIRS = ["a-", "a.", "1.", "1_", "1h", "0x", "<a", "<a>", "\r\n", '\\"', "[a", "A/", "=\n", "['\"]", " \n", "a:", "\\u"];

/** 64 KiB of each word, alone, with an end that does not fit, and with a beginning that does not. */
function hostile(): string[] {
  return [...WORDS, ...PAIRS].flatMap((word) => {
    const body = word.repeat(Math.ceil(SIZE / word.length)).slice(0, SIZE);
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

/** The text that an expression is slowest at, and the milliseconds that it takes. */
function slowest(expression: RegExp): { text: string; ms: number } {
  let worst = { text: "", ms: 0 };
  for (const text of hostile()) {
    let ms = timeOf(expression, text);
    for (let round = 1; round < ROUNDS && ms >= MOST_MS; round++) ms = Math.min(ms, timeOf(expression, text));
    if (ms > worst.ms) worst = { text: JSON.stringify(text.slice(0, 20)), ms };
  }
  return worst;
}

test("B38: 64 KiB of hostile input takes each regular expression of ours less than 5 ms", { timeout: 60_000 }, () => {
  const found = regularExpressions();
  expect(found.length).toBeGreaterThan(40);
  const slow = found.flatMap(({ where, expression }) => {
    const { text, ms } = slowest(expression);
    return ms < MOST_MS ? [] : [`${where}: ${expression} takes ${ms.toFixed(1)} ms for ${text}…`];
  });
  expect(slow).toEqual([]);
});

test("B38: none is built from text, where this test would not find it", () => {
  expect(builtFromText()).toEqual([
    // The patterns of the schemas, which are tried.
    "src/api/validate/schema.ts: const made = known ?? new RegExp(pattern, \"u\");",
  ]);
});

test("the scan finds literals wherever they stand, and takes no division or comment for one", () => {
  const sources = (line: string) => literalsOf(line, "").map(({ expression }) => String(expression));
  expect(sources('const A = /a[/"]b/gu;')).toEqual(['/a[/"]b/gu']);
  expect(sources("if (!/^x+$/.test(name)) return y.replace(/\\/+$/, '');")).toEqual(["/^x+$/", "/\\/+$/"]);
  expect(sources("const half = a / b / c;")).toEqual([]);
  expect(sources(" * a rule of a/b, /x/")).toEqual([]);
  expect(sources("// not /this/")).toEqual([]);
  expect(slowest(/^(a+)*[bc]$/.source === "" ? /a/ : /(?:a|-)*?(?:a|-)*?(?:a|-)*!!/).ms).toBeGreaterThan(0);
});
