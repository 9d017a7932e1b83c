import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineDecoder } from "../../src/kube/lines.ts";

/** Decodes the bytes in chunks that end at the given places. */
function decode(bytes: Uint8Array, cuts: readonly number[], maxLength = 1_000): { lines: string[]; rest: boolean } {
  const decoder = new LineDecoder(maxLength);
  const lines: string[] = [];
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    for (const line of decoder.push(bytes.subarray(start, end))) {
      lines.push(Buffer.from(line).toString("utf8"));
    }
    start = end;
  }
  return { lines, rest: decoder.isInsideLine };
}

describe("the line decoder", () => {
  test("gives the same lines for every chunking, and cuts at nothing but \\n", () => {
    const character = fc.constantFrom("a", "\n", "\r", "ä", "€", "😀", "\u2028", "\u2029", "\u0085", "\v", "\0");
    fc.assert(
      fc.property(fc.array(character), fc.array(fc.nat(200)), (characters, cuts) => {
        const text = characters.join("");
        const expected = text.split("\n");
        const rest = expected.pop();
        expect(decode(Buffer.from(text), cuts)).toEqual({ lines: expected, rest: rest !== "" });
      }),
    );
  });

  test("takes a line of the limit and refuses one byte more, whether it comes whole or in bytes", () => {
    const bytewise = Array.from({ length: 12 }, (_, i) => i);
    for (const cuts of [[], bytewise]) {
      expect(decode(Buffer.from("0123456789\n"), cuts, 10).lines).toEqual(["0123456789"]);
      expect(() => decode(Buffer.from("0123456789x\n"), cuts, 10)).toThrow(/more than 10 bytes/);
      expect(() => decode(Buffer.from("0123456789x"), cuts, 10)).toThrow(/more than 10 bytes/);
    }
  });

  test("needs time and memory that are linear in the bytes, whatever the chunks: 4 MiB byte by byte", () => {
    const decoder = new LineDecoder(4 * 1024 * 1024);
    const byte = Buffer.from("x");
    const before = process.memoryUsage();
    const start = performance.now();
    for (let i = 0; i < 4 * 1024 * 1024; i++) {
      decoder.push(byte).next();
    }
    expect(decoder.push(Buffer.from("\n")).next().value).toHaveLength(4 * 1024 * 1024);
    const after = process.memoryUsage();
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(32 * 1024 * 1024);
  });
});
