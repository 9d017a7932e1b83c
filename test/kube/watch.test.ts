import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isExpired } from "../../src/kube/errors.ts";
import { Transport } from "../../src/kube/transport.ts";
import { type WatchOptions, watch } from "../../src/kube/watch.ts";
import type { WatchEvent } from "../../src/kube/watch-event.ts";
import { TestCredentials, TestServer } from "./server.ts";
import { THINGS, thing } from "./things.ts";
import { until, VirtualClock } from "./virtual-clock.ts";

let server: TestServer;
let clock: VirtualClock;
let transport: Transport;

beforeEach(async () => {
  server = await new TestServer(() => {}).listen();
  clock = new VirtualClock();
  transport = new Transport({ credentials: new TestCredentials(server.url), version: "0", clock });
});

afterEach(async () => {
  await transport.close();
  await server[Symbol.asyncDispose]();
  expect(clock.pending, "timers left behind").toBe(0);
});

const begin = (options: WatchOptions = { resourceVersion: "1" }) =>
  watch(transport, { clock }, { ...options, resource: THINGS });

const line = (type: unknown, object: unknown) => `${JSON.stringify({ type, object })}\n`;
const bookmark = (resourceVersion: string | undefined, annotations?: Record<string, string>) =>
  line("BOOKMARK", { kind: "Thing", apiVersion: "test.dev/v1", metadata: { resourceVersion, annotations } });

/** What a watch gives until it ends, and the error that it ends with. */
async function read(events: AsyncIterable<WatchEvent>): Promise<{ seen: string[]; error: unknown }> {
  const seen: string[] = [];
  try {
    for await (const event of events) {
      seen.push(
        event.type === "BOOKMARK"
          ? `BOOKMARK ${event.resourceVersion}${event.initialEventsEnd ? " end" : ""}`
          : `${event.type} ${event.object.metadata.name} ${event.object.metadata.resourceVersion}`,
      );
    }
    return { seen, error: undefined };
  } catch (error) {
    return { seen, error };
  }
}

/** The outcome of a watch that is answered with this text and then ends. */
async function readText(text: string | Uint8Array): Promise<{ seen: string[]; error: unknown }> {
  server.answer = (_, response) => response.end(text);
  return await read(await begin());
}

test("asks for bookmarks and an end in 5 to 10 minutes, and for a WatchList as its enhancement proposal says", async () => {
  server.answer = (_, response) => response.end();
  await read(await begin({ resourceVersion: "17" }));
  await read(await begin({ sendInitialEvents: true }));
  const [first = "", second = ""] = server.requests;
  expect(first).toMatch(/^GET \/apis\/test.dev\/v1\/things\?watch=true&allowWatchBookmarks=true&timeoutSeconds=\d+&/);
  expect(first).toMatch(/&resourceVersion=17$/);
  expect(second).toMatch(/&sendInitialEvents=true&resourceVersionMatch=NotOlderThan$/);
  expect(second).not.toMatch(/resourceVersion=/);
});

test("gives out what the server sends, each with its type", async () => {
  const text = [
    line("ADDED", thing("a", 2)),
    bookmark("5", { "k8s.io/initial-events-end": "true" }),
    line("MODIFIED", thing("a", 6)),
    line("DELETED", thing("a", 7)),
    bookmark("9"),
  ].join("");
  expect(await readText(text)).toEqual({
    seen: ["ADDED a 2", "BOOKMARK 5 end", "MODIFIED a 6", "DELETED a 7", "BOOKMARK 9"],
    error: undefined,
  });
});

test("does not mind how the bytes come: one at a time, with characters of 2, 3 and 4 bytes and U+2028 in them", async () => {
  const text = "ä€😀\u2028\u0085";
  const bytes = Buffer.from(line("ADDED", thing("a", 2, { text })));
  server.answer = (_, response) => {
    response.writeHead(200);
    response.socket?.setNoDelay(true);
    let sent = 0;
    const next = () =>
      sent < bytes.length ? response.write(bytes.subarray(sent, ++sent), () => setImmediate(next)) : response.end();
    next();
  };
  const texts: unknown[] = [];
  for await (const event of await begin()) {
    texts.push(event.type === "ADDED" && "spec" in event.object && event.object.spec);
  }
  expect(texts).toEqual([{ text }]);
});

describe("a reset", () => {
  const events = [thing("a", 2, { text: "ä€😀" }), thing("b", 3, { text: "😀" })].map((one) => line("ADDED", one));
  const bytes = Buffer.from(events.join(""));
  const inside = [...bytes.keys()].filter((i) => i > 0 && bytes[i] !== undefined && (bytes[i] & 0xc0) === 0x80);
  const positions = [0, 1, Buffer.byteLength(events[0] ?? ""), Buffer.byteLength(events[0] ?? "") + 1, bytes.length]
    .concat(inside)
    .concat([10, 50, 100, 150, 180, 250, 344]);

  test.each(positions.flatMap((at) => [[at, "reset"] as const, [at, "end"] as const]))(
    "after byte %i (%s) loses nothing that was whole and makes up nothing",
    async (at, how) => {
      expect(positions.length).toBeGreaterThanOrEqual(20);
      server.answer = (request, response) => {
        response.writeHead(200);
        response.flushHeaders();
        const cut = () => (how === "end" ? response.end() : request.socket.destroy());
        if (at === 0) {
          setImmediate(cut);
        } else {
          response.write(bytes.subarray(0, at), () => setImmediate(cut));
        }
      };
      const { seen, error } = await read(await begin());
      const whole = events.filter((_, i) => Buffer.byteLength(events.slice(0, i + 1).join("")) <= at).length;
      expect(seen).toEqual(["ADDED a 2", "ADDED b 3"].slice(0, whole));
      const isAtBorder = [0, Buffer.byteLength(events[0] ?? ""), bytes.length].includes(at);
      if (how === "end" && isAtBorder) {
        expect(error).toBeUndefined();
      } else {
        expect(error).toMatchObject({ code: "Network" });
      }
    },
  );
});

describe("the silence deadline", () => {
  let response: ServerResponse | undefined;
  beforeEach(() => {
    response = undefined;
    server.answer = (_, answer) => {
      response = answer;
      answer.writeHead(200);
      answer.flushHeaders();
    };
  });

  test("ends a watch that says nothing within 40 to 50 s", async () => {
    const ended = read(await begin());
    await clock.advance(39_999);
    expect(clock.pending).toBe(1);
    await clock.advance(10_001);
    expect((await ended).error).toMatchObject({ code: "Silence" });
    await until(() => server.sockets.size === 0);
  });

  test("begins anew with each whole line, not with bytes that drip", async () => {
    const seen: WatchEvent[] = [];
    const events = await begin();
    const ended = (async () => {
      for await (const event of events) {
        seen.push(event);
      }
    })().catch((error: unknown) => error);
    await clock.advance(39_000);
    response?.write(bookmark("5"));
    await until(() => seen.length === 1);
    let rest = line("ADDED", thing("slow", 6));
    for (let second = 0; second < 39; second++) {
      response?.write(rest.slice(0, 1));
      rest = rest.slice(1);
      await clock.advance(1_000);
    }
    expect(clock.pending).toBe(1);
    await clock.advance(11_000);
    expect(await ended).toMatchObject({ code: "Silence" });
  });

  test("does not run while an event is being handled", async () => {
    const events = await begin();
    response?.write(bookmark("5"));
    await events.next();
    await clock.advance(600_000);
    response?.write(bookmark("6"));
    expect(await events.next()).toMatchObject({ value: { resourceVersion: "6" } });
    await events.return();
  });
});

describe("what is not an event ends the stream with an error, after what came before", () => {
  const first = line("ADDED", thing("a", 2));
  const broken: Array<[string, string | Uint8Array]> = [
    ["an unknown type", line("RENAMED", thing("a", 3))],
    ["no type", line(undefined, thing("a", 3))],
    ["an object of a foreign kind", line("ADDED", { ...thing("b", 3), kind: "Other" })],
    ["an object of a foreign group", line("ADDED", { ...thing("b", 3), apiVersion: "other.dev/v1" })],
    ["no object", line("ADDED", undefined)],
    ["null", line("ADDED", null)],
    ["no metadata", line("ADDED", { kind: "Thing", apiVersion: "test.dev/v1" })],
    ["no name", line("ADDED", { ...thing("b", 3), metadata: { namespace: "ns", resourceVersion: "3" } })],
    ["no namespace", line("ADDED", { ...thing("b", 3), metadata: { name: "b", resourceVersion: "3" } })],
    ["no resourceVersion", line("ADDED", { ...thing("b", 3), metadata: { name: "b", namespace: "ns" } })],
    ["an odd resourceVersion", line("ADDED", thing("b", "3e5"))],
    ["a bookmark without a resourceVersion", bookmark(undefined)],
    ["a blank line", "\n"],
    ["invalid JSON", '{"type":"ADDED","object":\n'],
    ["a list", "[]\n"],
    ["NUL", '{"type":"ADDED\0"}\n'],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xc3, 0x22, 0x0a])],
    ["an ERROR without a Status", line("ERROR", thing("b", 3))],
    ["a line over 4 MiB", `${line("ADDED", thing("b", 3, { text: "x".repeat(4 * 1024 * 1024) }))}`],
  ];
  test.each(broken)("%s", async (_name, text) => {
    const { seen, error } = await readText(Buffer.concat([Buffer.from(first), Buffer.from(text)]));
    expect(seen).toEqual(["ADDED a 2"]);
    expect(error).toMatchObject({ code: "Protocol" });
  });

  test("3 MiB are fine", async () => {
    const { seen, error } = await readText(line("ADDED", thing("b", 3, { text: "x".repeat(3 * 1024 * 1024) })));
    expect([seen, error]).toEqual([["ADDED b 3"], undefined]);
  });

  test("an ERROR with a Status is that error", async () => {
    const gone = line("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" });
    const { error } = await readText(first + gone);
    expect(error).toMatchObject({ code: "ErrorEvent", httpStatus: 410, reason: "Expired" });
    expect(isExpired(error)).toBe(true);
  });
});
