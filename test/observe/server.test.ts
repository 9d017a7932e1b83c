import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { Serving } from "../../src/observe/server.ts";
import { until } from "../kube/virtual-clock.ts";
import { answerOn, Served } from "./serving.ts";

const ROUTES = { "/a": () => ({ status: 200, body: "yes\n" }) };

test("it answers GET and HEAD of what there is, with a body only to GET", async () => {
  await using served = await Served.start(ROUTES);
  const get = await served.fetch("/a");
  expect([get.status, await get.text()]).toEqual([200, "yes\n"]);
  expect(get.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  const head = await served.fetch("/a", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});

test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s is not allowed", async (method) => {
  await using served = await Served.start(ROUTES);
  expect((await served.fetch("/a", { method })).status).toBe(405);
});

test.each(["/", "/b", "/a/", "/a/../a/x", "/__proto__", "/constructor", "/toString", "//", "/%2e", "/A"])(
  "there is no %s",
  async (path) => {
    await using served = await Served.start(ROUTES);
    expect(await served.exchange(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 404 /,
    );
  },
);

test("a route gets what was asked behind the question mark, and the Authorization header as it came", async () => {
  const asked: unknown[] = [];
  await using served = await Served.start({
    "/a": ({ query, authorization }) => {
      asked.push([...query], authorization);
      return { status: 200, body: "" };
    },
  });
  await served.fetch("/a?verbose&x=%E4%20%zz", { headers: { authorization: "Bearer t" } });
  expect(asked).toEqual([
    [
      ["verbose", ""],
      ["x", "\ufffd %zz"],
    ],
    "Bearer t",
  ]);
});

test("a route that throws, now or later, is a 500 that says nothing of why, and the owner is told", async () => {
  const now = new Error("secret 1");
  const later = new Error("secret 2");
  await using served = await Served.start({
    "/now": () => {
      throw now;
    },
    "/later": () => Promise.reject(later),
  });
  for (const path of ["/now", "/later"]) {
    const answer = await served.fetch(path);
    expect([answer.status, await answer.text()]).toEqual([500, "internal error\n"]);
  }
  expect(served.errors).toEqual([now, later]);
});

test("an address that is taken is an error that says so", async () => {
  await using served = await Served.start(ROUTES);
  const { port } = served;
  const second = Serving.start({ host: "127.0.0.1", port, routes: ROUTES, onError: () => {} });
  await expect(second).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test.each([
  ["zeros", Buffer.alloc(4_096)],
  ["random bytes", randomBytes(65_536)],
  ["the beginning of TLS", Buffer.from("1603010200010001fc0303", "hex")],
  ["a header of 1 MiB", `GET /a HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(2 ** 20)}\r\n\r\n`],
  ["10,000 headers", `GET /a HTTP/1.1\r\nHost: x\r\n${"a: b\r\n".repeat(10_000)}\r\n`],
  ["a path of 1 MiB", `GET /${"a".repeat(2 ** 20)} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ["two lengths", "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  [
    "a length and chunks",
    "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"],
  ["no method", " / HTTP/1.1\r\n\r\n"],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
])("%s: no 200, the connection ends, and others are served", async (_, bytes) => {
  await using served = await Served.start(ROUTES);
  expect(await served.exchange(bytes)).not.toMatch(/ 200 /);
  expect((await served.fetch("/a")).status).toBe(200);
  expect(served.errors).toEqual([]);
});

test("an upgrade or an announced body does not change the answer", async () => {
  await using served = await Served.start(ROUTES);
  const upgrade = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";
  expect(await served.exchange(upgrade)).toMatch(/^HTTP\/1.1 200 /);
  const body = "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello";
  expect(await served.exchange(body)).toMatch(/^HTTP\/1.1 200 /);
});

test("who breaks off in the middle of an answer harms nobody", async () => {
  let answer: (body: string) => void = () => {};
  await using served = await Served.start({
    ...ROUTES,
    "/slow": () => new Promise((resolve) => (answer = (body) => resolve({ status: 200, body }))),
  });
  const before = answer;
  const socket = await served.socket("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  await until(() => answer !== before);
  socket.resetAndDestroy();
  await once(socket, "close");
  answer("x".repeat(2 ** 22));
  expect((await served.fetch("/a")).status).toBe(200);
  expect(served.errors).toEqual([]);
});

test("who is slower than any scraper is cut off within 8 s, one byte a second or not at all", async () => {
  await using served = await Served.start(ROUTES);
  const started = performance.now();
  const dripping = await served.socket("GET /a HTTP/1.1\r\nX: ");
  const drip = setInterval(() => dripping.write("y"), 1_000);
  const body = await served.socket("GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n");
  const dripBody = setInterval(() => body.write("y"), 1_000);
  const silent = await served.socket();
  await Promise.all([answerOn(dripping), answerOn(silent), answerOn(body)]);
  clearInterval(drip);
  clearInterval(dripBody);
  expect(performance.now() - started).toBeLessThan(8_000);
}, 20_000);

test("of 1,000 connections at a time 64 are held, and when they go others are served", async () => {
  await using served = await Served.start(ROUTES);
  let closed = 0;
  const sockets = Array.from({ length: 1_000 }, () => {
    const socket = connect(served.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.once("close", () => {
      closed += 1;
    });
    return socket;
  });
  await until(() => closed === 936);
  for (const socket of sockets) socket.destroy();
  await until(() => closed === 1_000);
  await expect.poll(async () => (await served.fetch("/a").catch(() => undefined))?.status).toBe(200);
});

test("it ends at once, whoever is connected and waits", async () => {
  const served = await Served.start({ ...ROUTES, "/never": () => new Promise(() => {}) });
  const open = await Promise.all([
    served.socket(),
    served.socket("GET /a HT"),
    served.socket("GET /a HTTP/1.1\r\nHost: x\r\n\r\n"),
    served.socket("GET /never HTTP/1.1\r\nHost: x\r\n\r\n"),
  ]);
  expect(await served.end()).toBeLessThan(500);
  await Promise.all(open.map(answerOn));
});
