import { expect, test } from "vitest";
import { ApiError } from "../../src/kube/errors.ts";
import { httpError } from "../../src/kube/status-error.ts";
import { logged } from "./traces.ts";

const FORGED = '{"level":50,"msg":"forged"}';
const HOSTILE = [
  `a\r\n${FORGED}`,
  `\u001b[2J${FORGED}`,
  `"}\n${FORGED}\n{"`,
  `\u2028${FORGED}\u2029`,
  "\u0000\u0085\u007f",
  "\ud800 alone",
  `\\n\\"${FORGED}`,
];
const MIB = "x".repeat(2 ** 20);

/** The records of a log, one a line; throws at a line that is none. */
function records(text: string): Record<string, unknown>[] {
  expect(text.endsWith("\n")).toBe(true);
  return text
    .slice(0, -1)
    .split("\n")
    .map((line) => JSON.parse(line));
}

const errorsOf = (text: string): Error[] => [
  new Error(text),
  new ApiError("Protocol", text, { cause: new Error(text, { cause: new TypeError(text) }) }),
  httpError(`GET /${text}`, { httpStatus: 500, body: text, retryAfter: text, now: 0 }),
  httpError("GET /", {
    httpStatus: 422,
    body: JSON.stringify({ kind: "Status", reason: text, message: text, details: { causes: [{ reason: text }] } }),
    retryAfter: undefined,
    now: 0,
  }),
  new AggregateError([new Error(text)], text),
];

test("a record is one line of JSON, whatever is in a name, a message or an error", () => {
  for (const text of HOSTILE) {
    for (const err of errorsOf(text)) {
      const log = logged((to) => to.error({ err, namespace: text, name: text }, "failed"));
      // Of control characters a terminal obeys; U+0085 is text to it.
      expect(log.slice(0, -1)).not.toMatch(/[[\p{Cc}]--[\x7f-\x9f]]/v);
      expect(records(log)).toMatchObject([{ level: 50, msg: "failed" }]);
    }
  }
});

test("an error of 1 MiB is a record of less than 32 KiB", () => {
  for (const err of errorsOf(MIB)) {
    const log = logged((to) => to.error({ err }, "failed"));
    expect(records(log)).toHaveLength(1);
    expect(log.length, err.constructor.name).toBeLessThan(32 * 1024);
  }
});
