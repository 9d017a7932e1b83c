import fc from "fast-check";
import { expect, test } from "vitest";
import { cutLines, cutPoint, hostile, readLine } from "./lines.ts";

async function cut(chunks: readonly Buffer[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of cutLines(chunked(chunks))) lines.push(line.toString("utf8"));
  return lines;
}

async function* chunked(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

test("the same lines come out of a stream however it is chunked, and every byte of them", async () => {
  const text = fc.array(fc.constantFrom("a", "é", "\u2028", "\r", "\n", "😀"), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(60)), async (characters, places) => {
      const whole = Buffer.from(characters.join(""));
      const borders = [0, ...places.filter((place) => place <= whole.length).sort((a, b) => a - b), whole.length];
      const chunks = borders.slice(1).map((end, index) => whole.subarray(borders[index], end));
      const lines = await cut(chunks);
      expect(lines).toEqual(whole.toString("utf8").match(/[^\n]*\n|[^\n]+$/g) ?? []);
    }),
  );
});

test("what is no event is read without a throw", () => {
  for (const line of Object.values(hostile)) expect(() => readLine(Buffer.from(`${line}\n`))).not.toThrow();
  for (const line of ["null", "[1]", '{"object":null}', '{"object":{"metadata":null}}', '"x"']) {
    expect(readLine(Buffer.from(line)).type, line).toBe("");
  }
});

test("a cut in a character leaves a piece of it, any other cut less than the line", () => {
  const line = readLine(Buffer.from('{"message":"é"}\n'));
  const piece = line.bytes.subarray(0, cutPoint(line, "inCharacter"));
  expect(piece.toString("utf8").endsWith("\ufffd")).toBe(true);
  for (const at of [1, 5, 1_000, -1, -3, -1_000]) expect(cutPoint(line, at)).toBeLessThan(line.bytes.length);
});
