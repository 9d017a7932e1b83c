import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { sendJson } from "./server.ts";
import { clock, credentials, failure, get, put, server, status, transport, useTransport } from "./transport-bench.ts";
import { until } from "./virtual-clock.ts";

useTransport();

describe("the end of a request", () => {
  test("comes at its deadline if the server is silent, and other requests go on", async () => {
    server.answer = () => {};
    const slow = failure(get({ timeoutMs: 5_000 }));
    await until(() => server.requests.length === 1);
    server.answer = (_, response) => sendJson(response, 200, { ok: true });
    await expect(put()).resolves.toEqual({ ok: true });
    await clock.advance(4_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await slow).toMatchObject({ code: "Timeout" });
  });

  test("comes at its deadline if the server drips", async () => {
    let response: { write(text: string): void } | undefined;
    server.answer = (_, answer) => {
      answer.writeHead(200);
      answer.write("[");
      response = answer;
    };
    const slow = failure(get({ timeoutMs: 5_000 }));
    await until(() => response !== undefined);
    for (let second = 0; second < 5; second++) {
      response?.write("1,");
      await clock.advance(1_000);
    }
    expect(await slow).toMatchObject({ code: "Timeout" });
  });

  test("comes at its deadline in the queue of a pool whose connections all hang", async () => {
    server.answer = () => {};
    const sent = Array.from({ length: 80 }, () => failure(put()));
    await until(() => server.requests.length === 80);
    const queued = Array.from({ length: 20 }, () => failure(get({ timeoutMs: 5_000 })));
    await clock.advance(5_000);
    for (const error of await Promise.all(queued)) {
      expect(error.code).toBe("Timeout");
    }
    await clock.advance(25_000);
    for (const error of await Promise.all(sent)) {
      expect(error.code).toBe("Timeout");
    }
    server.answer = (_, response) => sendJson(response, 200, { ok: true });
    await expect(put()).resolves.toEqual({ ok: true });
    expect(server.requests, "what was given up in the queue is not sent later").toHaveLength(81);
  });

  test("comes when the caller aborts: before, during, and in a wait", async () => {
    await expect(get({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "Aborted" });
    expect(server.requests).toHaveLength(0);
    server.answer = () => {};
    const during = new AbortController();
    const first = failure(get({ signal: during.signal }));
    await until(() => server.requests.length === 1);
    during.abort();
    expect(await first).toMatchObject({ code: "Aborted" });
    server.answer = (_, response) => sendJson(response, 429, status(429, "TooManyRequests"), { "retry-after": "9" });
    const waiting = new AbortController();
    const second = failure(get({ signal: waiting.signal }));
    await until(() => clock.pending === 2);
    waiting.abort();
    expect(await second).toMatchObject({ code: "Aborted" });
  });

  test("comes when the transport is closed, for streams too", async () => {
    server.answer = (request, response) => {
      if (request.url === "/watch") {
        response.writeHead(200);
        response.write("x");
      }
    };
    const pending = failure(get());
    const stream = await transport.stream({ path: "/watch" });
    const read = failure(
      (async () => {
        for await (const _ of stream) {
          // until it ends
        }
      })(),
    );
    await until(() => server.requests.length === 2);
    await transport.close();
    expect(await pending).toMatchObject({ code: "Aborted" });
    expect(await read).toMatchObject({ code: "Aborted" });
    await until(() => server.sockets.size === 0);
    expect(await failure(get())).toMatchObject({ code: "Aborted" });
  });
});

test("a signal that many requests and streams were given has no listeners afterwards", async () => {
  const { signal } = new AbortController();
  const stream = await transport.stream({ path: "/watch", signal });
  const requests = Array.from({ length: 20 }, () => get({ signal }));
  expect(getEventListeners(signal, "abort")).toHaveLength(21);
  await Promise.all(requests);
  for await (const _ of stream) {
    // to its end
  }
  server.answer = (_, response) => sendJson(response, 404, status(404, "NotFound"));
  await failure(transport.stream({ path: "/watch", signal }));
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

describe("a stream", () => {
  test("begins on a new connection, even if the one before ended cleanly", async () => {
    for (let i = 1; i <= 3; i++) {
      for await (const _ of await transport.stream({ path: "/watch" })) {
        // to its end
      }
      expect(server.connections).toBe(i);
    }
  });

  test("has no deadline once it has begun, gives its connection back to nobody, and ends when it is left", async () => {
    server.answer = (_, response) => {
      response.writeHead(200);
      response.write("abc");
    };
    const stream = await transport.stream({ path: "/watch" });
    await clock.advance(3_600_000);
    for await (const chunk of stream) {
      expect(Buffer.from(chunk).toString()).toBe("abc");
      break;
    }
    await until(() => server.sockets.size === 0);
  });

  test("that does not begin within 30 s fails", async () => {
    server.answer = () => {};
    const stream = failure(transport.stream({ path: "/watch" }));
    await until(() => server.requests.length === 1);
    await clock.advance(30_000);
    expect(await stream).toMatchObject({ code: "Timeout" });
  });

  test("that is refused fails with the server's words, after fresh credentials for a 401", async () => {
    server.answer = (_, response) => sendJson(response, 401, status(401, "Unauthorized"));
    await expect(transport.stream({ path: "/watch" })).rejects.toMatchObject({ httpStatus: 401 });
    expect(credentials.invalidations).toBe(1);
    server.answer = (_, response) => sendJson(response, 422, status(422, "Invalid", "sendInitialEvents is forbidden"));
    await expect(transport.stream({ path: "/watch" })).rejects.toMatchObject({ httpStatus: 422 });
  });
});
