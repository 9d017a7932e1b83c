import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readSources } from "../../src/api/manifest/files.ts";
import { watch } from "../../src/kube/watch.ts";
import { tandem } from "../cli/run.ts";
import { THINGS } from "../kube/things.ts";
import { clock, get, server, transport, useTransport } from "../kube/transport-bench.ts";
import { rejection } from "./traces.ts";

const MIB = 2 ** 20;
/** What lies in sockets between two ends of one machine, in bytes. */
const IN_BETWEEN = 8 * MIB;

/** Writes the same thing for as long as somebody takes it; returns how many bytes were taken. */
function endless(response: ServerResponse, part: string): () => number {
  const chunk = Buffer.from(part);
  let sent = 0;
  const more = (): void => {
    while (!response.destroyed) {
      sent += chunk.length;
      if (!response.write(chunk)) {
        response.once("drain", more);
        return;
      }
    }
  };
  more();
  return () => sent;
}

describe("an answer of the API server", () => {
  useTransport();

  /** What a request fails with when the server's answer does not end, and how much of it was taken. */
  async function ofEndless(code: number, part: string): Promise<{ error: unknown; taken: number }> {
    let taken = () => 0;
    server.answer = (_, response) => {
      response.writeHead(code);
      taken = endless(response, part);
    };
    const error = await rejection(transport.requestJson({ method: "PUT", path: "/x", body: {}, once: true }));
    return { error, taken: taken() };
  }

  test("that does not end is given up at 64 MiB", async () => {
    const { error, taken } = await ofEndless(200, " ".repeat(MIB));
    expect(error).toMatchObject({ code: "Protocol" });
    expect(taken).toBeGreaterThan(64 * MIB);
    expect(taken).toBeLessThan(64 * MIB + IN_BETWEEN);
  });

  test("with an error that does not end is given up at 64 KiB", async () => {
    const { error, taken } = await ofEndless(500, "<p>error</p> ".repeat(8 * 1024));
    expect(error).toMatchObject({ code: "Status", httpStatus: 500 });
    expect(JSON.stringify(error).length + String(error).length).toBeLessThan(4_096);
    expect(taken).toBeLessThan(IN_BETWEEN);
  });

  test("has no more than 16 KiB of headers", async () => {
    server.answer = (_, response) => {
      for (let index = 0; index < 1_000; index++) response.setHeader(`x-bomb-${index}`, "x".repeat(1_000));
      response.end("{}");
    };
    const error = await rejection(transport.requestJson({ method: "PUT", path: "/x", body: {}, once: true }));
    expect(error).toMatchObject({ code: "Network" });
  });

  test("that is compressed is not unpacked, nor asked for", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * MIB));
    let asked: string | string[] | undefined;
    server.answer = (request, response) => {
      asked = request.headers["accept-encoding"];
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    };
    const before = process.memoryUsage().rss;
    expect(await rejection(get())).toMatchObject({ code: "Protocol" });
    expect(asked).toBeUndefined();
    expect(process.memoryUsage().rss - before).toBeLessThan(50 * MIB);
  });

  test("nested 100,000 deep is read, and ends nothing", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    server.answer = (_, response) => response.end(deep);
    expect(Array.isArray(await get())).toBe(true);
  });

  test("to a watch, with a line that does not end, is given up at 4 MiB", async () => {
    let taken = () => 0;
    server.answer = (_, response) => {
      response.writeHead(200);
      taken = endless(response, "x".repeat(64 * 1024));
    };
    const events = await watch(transport, { clock }, { resource: THINGS, resourceVersion: "1" });
    expect(await rejection(events.next())).toMatchObject({ code: "Protocol" });
    expect(taken()).toBeGreaterThan(4 * MIB);
    expect(taken()).toBeLessThan(4 * MIB + IN_BETWEEN);
  });
});

describe("a manifest", () => {
  /** Renders a text; fails if that takes longer than 5 s, which a bomb does a thousand times over. */
  async function render(text: string): Promise<{ code: number; err: string; tookMs: number; heap: number }> {
    const start = performance.now();
    const before = process.memoryUsage().heapUsed;
    const { code, err } = await tandem(["render", "-f", "-"], text);
    return { code, err, tookMs: performance.now() - start, heap: process.memoryUsage().heapUsed - before };
  }

  test("that does not end is refused at 256 MiB", async () => {
    const chunk = Buffer.alloc(MIB, "#");
    let given = 0;
    const stdin = (async function* () {
      for (;;) {
        given += chunk.length;
        yield chunk;
      }
    })();
    const read: unknown[] = [];
    for await (const one of readSources(["-"], { recursive: false, stdin })) read.push(one);
    expect(read).toMatchObject([{ text: "is larger than 256 MiB" }]);
    expect(given).toBe(257 * MIB);
  });

  const HEAD = "apiVersion: tandem.dev/v1alpha1\nkind: ProtectedVM\nmetadata: {name: a}\n";

  test("of aliases of aliases is refused before it grows", async () => {
    let text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
    for (let level = 1; level <= 30; level++) text += `a${level}: &a${level} [${Array(9).fill(`*a${level - 1}`)}]\n`;
    const { code, err, tookMs, heap } = await render(text + HEAD);
    expect(code).toBe(2);
    expect(err).toContain("excessive aliasing");
    expect(tookMs).toBeLessThan(5_000);
    expect(heap).toBeLessThan(200 * MIB);
  });

  test("of merges of merges is refused before it grows, too", async () => {
    let text = "m0: &m0 {k: v}\n";
    for (let level = 1; level <= 40; level++)
      text += `m${level}: &m${level} {<<: [*m${level - 1}, *m${level - 1}], k${level}: v}\n`;
    const { code, tookMs, heap } = await render(text + HEAD);
    expect(code).toBe(2);
    expect(tookMs).toBeLessThan(5_000);
    expect(heap).toBeLessThan(200 * MIB);
  });

  const DEEP = 100_000;
  test.each([
    ["JSON", `{"a": ${"[".repeat(DEEP)}${"]".repeat(DEEP)}}`],
    ["YAML in flow", `a: ${"[".repeat(DEEP)}${"]".repeat(DEEP)}`],
    ["unclosed", "[{".repeat(DEEP)],
    ["sequences in block", `${"- ".repeat(DEEP)}x`],
    ["keys that are mappings", "? ".repeat(DEEP)],
    ["mappings in block", Array.from({ length: 2_000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
    [
      "aliases of aliases",
      `a0: &a0 [x]\n${Array.from({ length: 1_000 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}]`).join("\n")}\n`,
    ],
  ])("nested deep is refused with its place: %s", async (_, text) => {
    const { code, err, tookMs } = await render(text);
    expect(code).toBe(2);
    expect(err).toMatch(/nested more than 200 deep|excessive aliasing|is not YAML/);
    expect(err.length).toBeLessThan(4_096);
    expect(tookMs).toBeLessThan(5_000);
  });

  test.each([
    ["one string", `${HEAD}spec: {guestOS: ${"x".repeat(10 * MIB)}}`],
    ["one key", `${HEAD}${"x".repeat(10 * MIB)}: 1`],
    ["one number", `${HEAD}n: ${"9".repeat(10 * MIB)}`],
    ["one line of spaces", `${HEAD}spec: {${" ".repeat(10 * MIB)}}`],
    ["dashes", "-".repeat(10 * MIB)],
    ["quotes", `"${'\\"'.repeat(5 * MIB)}`],
    ["anchors", `a: ${"&a".repeat(5 * MIB)}`],
  ])("of 10 MiB is answered within 5 s and in a few lines: %s", async (_, text) => {
    const { code, err, tookMs } = await render(text);
    expect(code).toBe(2);
    expect(err.length).toBeLessThan(4_096);
    expect(tookMs).toBeLessThan(5_000);
  });
});
