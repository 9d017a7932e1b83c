import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isConflict, isExpired, isNotFound, isTooLargeResourceVersion } from "../../src/kube/errors.ts";
import { listWatch } from "../../src/kube/list-watch.ts";
import { resourcePath } from "../../src/kube/path.ts";
import { putStatus } from "../../src/kube/status.ts";
import { Transport } from "../../src/kube/transport.ts";
import { sendJson, TestCredentials, TestServer } from "./server.ts";
import { THINGS, thing } from "./things.ts";
import { VirtualClock } from "./virtual-clock.ts";

let server: TestServer;
let transport: Transport;
const clock = new VirtualClock();
const { signal } = new AbortController();

beforeEach(async () => {
  server = await new TestServer(() => {}).listen();
  transport = new Transport({ credentials: new TestCredentials(server.url), version: "0", clock });
});

afterEach(async () => {
  await transport.close();
  await server[Symbol.asyncDispose]();
});

const page = (items: unknown, metadata: object) => ({ kind: "ThingList", apiVersion: "test.dev/v1", metadata, items });

async function names(): Promise<string[]> {
  const all: string[] = [];
  for await (const { items, resourceVersion } of listWatch(transport, THINGS, { clock }).list(signal)) {
    all.push(...items.map((item) => `${item.metadata.name}@${resourceVersion}`));
  }
  return all;
}

describe("a list", () => {
  test("comes in pages of 500, of one moment, asked of the quorum", async () => {
    server.answer = (request, response) =>
      request.url?.includes("continue=next%2Fpage")
        ? sendJson(response, 200, page([thing("b", 90)], { resourceVersion: "50" }))
        : sendJson(response, 200, page([thing("a", 7)], { resourceVersion: "50", continue: "next/page" }));
    expect(await names()).toEqual(["a@50", "b@50"]);
    expect(server.requests).toEqual([
      "GET /apis/test.dev/v1/things?limit=500",
      "GET /apis/test.dev/v1/things?limit=500&continue=next%2Fpage",
    ]);
  });

  test("may be empty in each of the ways that servers have for it", async () => {
    for (const items of [[], null]) {
      server.answer = (_, response) => sendJson(response, 200, page(items, { resourceVersion: "1", continue: "" }));
      expect(await names()).toEqual([]);
    }
  });

  test("takes items of a built-in kind, which have no kind of their own", async () => {
    const { metadata } = thing("a", 7);
    server.answer = (_, response) => sendJson(response, 200, page([{ metadata }], { resourceVersion: "9" }));
    expect(await names()).toEqual(["a@9"]);
  });

  test("fails whole if its second page does", async () => {
    const expired = { kind: "Status", code: 410, reason: "Expired", message: "continue token too old" };
    server.answer = (request, response) =>
      request.url?.includes("continue")
        ? sendJson(response, 410, expired)
        : sendJson(response, 200, page([thing("a", 7)], { resourceVersion: "50", continue: "x" }));
    const error = await names().catch((cause: unknown) => cause);
    expect(isExpired(error)).toBe(true);
  });

  test.each([
    ["a foreign list", { ...page([], { resourceVersion: "1" }), kind: "OtherList" }],
    ["a list without a resourceVersion", page([], {})],
    ["items that are none", page({}, { resourceVersion: "1" })],
    ["an item without a name", page([{ metadata: { resourceVersion: "1" } }], { resourceVersion: "1" })],
    ["something else", "hello"],
  ])("%s is refused", async (_name, answer) => {
    server.answer = (_, response) => sendJson(response, 200, answer);
    await expect(names()).rejects.toMatchObject({ code: "Protocol" });
  });

  test("a page that leads to itself is refused, not read for ever", async () => {
    server.answer = (_, response) =>
      sendJson(response, 200, page([thing("a", 7)], { resourceVersion: "50", continue: "x" }));
    await expect(names()).rejects.toMatchObject({ code: "Protocol" });
    expect(server.requests).toHaveLength(2);
  });

  test("pages of different moments are refused", async () => {
    server.answer = (request, response) =>
      request.url?.includes("continue")
        ? sendJson(response, 200, page([], { resourceVersion: "51" }))
        : sendJson(response, 200, page([], { resourceVersion: "50", continue: "x" }));
    await expect(names()).rejects.toMatchObject({ code: "Protocol" });
  });
});

test("a server can be asked whether it has reached a resourceVersion", async () => {
  const { expectReached } = listWatch(transport, THINGS, { clock });
  server.answer = (_, response) => sendJson(response, 200, page([], { resourceVersion: "99" }));
  await expectReached("98", signal);
  const details = { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }] };
  server.answer = (_, response) =>
    sendJson(response, 504, { kind: "Status", code: 504, reason: "Timeout", details }, { "retry-after": "1" });
  const error = await expectReached("98", signal).catch((cause: unknown) => cause);
  expect(isTooLargeResourceVersion(error)).toBe(true);
  expect(server.requests.at(-1)).toMatch(/resourceVersion=98&resourceVersionMatch=NotOlderThan/);
});

describe("a status write", () => {
  const metadata = { name: "a", namespace: "ns", uid: "u", resourceVersion: "9007199254740993" };

  test("sends identity and status and nothing else, and returns what the object is now", async () => {
    let sent: unknown;
    server.answer = (_, response, body) => {
      sent = JSON.parse(body);
      sendJson(response, 200, thing("a", 12));
    };
    const written = await putStatus(transport, THINGS, { metadata, status: { mode: "x" } });
    expect(written.metadata.resourceVersion).toBe("12");
    expect(server.requests).toEqual(["PUT /apis/test.dev/v1/namespaces/ns/things/a/status"]);
    expect(sent).toEqual({ apiVersion: "test.dev/v1", kind: "Thing", metadata, status: { mode: "x" } });
  });

  test("conflicts and vanished objects are told apart", async () => {
    server.answer = (_, response) => sendJson(response, 409, { kind: "Status", code: 409, reason: "Conflict" });
    const conflict = await putStatus(transport, THINGS, { metadata, status: {} }).catch((error: unknown) => error);
    server.answer = (_, response) => sendJson(response, 404, { kind: "Status", code: 404, reason: "NotFound" });
    const gone = await putStatus(transport, THINGS, { metadata, status: {} }).catch((error: unknown) => error);
    expect([isConflict(conflict), isNotFound(conflict), isConflict(gone), isNotFound(gone)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

test("paths escape names, and refuse those that would lead elsewhere", () => {
  const core = { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false };
  expect(resourcePath(core, { name: "a b/c?d" })).toBe("/api/v1/namespaces/a%20b%2Fc%3Fd");
  expect(resourcePath(THINGS, { namespace: "ns" })).toBe("/apis/test.dev/v1/namespaces/ns/things");
  for (const name of ["", ".", ".."]) {
    expect(() => resourcePath(THINGS, { namespace: "ns", name })).toThrow(RangeError);
  }
});
