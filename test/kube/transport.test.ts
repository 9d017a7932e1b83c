import { describe, expect, test } from "vitest";
import { isPermanentRefusal } from "../../src/kube/errors.ts";
import { sendJson } from "./server.ts";
import {
  credentials,
  failure,
  get,
  observations,
  outcome,
  put,
  server,
  status,
  transport,
  useTransport,
} from "./transport-bench.ts";
import { until } from "./virtual-clock.ts";

useTransport();

describe("a request", () => {
  test("is JSON both ways, with credentials and a User-Agent, below the path of the server's URL", async () => {
    credentials.current = { ...credentials.current, server: `${server.url}/k8s/clusters/c1/` };
    server.answer = (request, response, body) =>
      sendJson(response, 201, { headers: request.headers, url: request.url, body: JSON.parse(body) });
    const answer = await transport.requestJson({
      method: "POST",
      path: "/apis/x",
      query: { dryRun: "All", absent: undefined, n: 5 },
      body: { name: "ä" },
    });
    expect(answer).toMatchObject({
      url: "/k8s/clusters/c1/apis/x?dryRun=All&n=5",
      body: { name: "ä" },
      headers: {
        authorization: "Bearer old",
        "user-agent": "tandem/1.2.3",
        accept: "application/json",
        "content-type": "application/json",
      },
    });
    expect(observations).toMatchObject([{ method: "POST", pool: "api", code: "201" }]);
  });

  test("reuses a kept-alive connection, and leases have their own", async () => {
    for (let i = 0; i < 10; i++) {
      await get();
      await put();
    }
    const { connections } = server;
    expect(connections, "a second one, since the first is still busy with the end of its answer").toBeLessThanOrEqual(
      2,
    );
    await transport.requestJson({ method: "GET", path: "/lease", pool: "lease" });
    expect(server.connections).toBe(connections + 1);
  });

  test("keeps the connection after an error answer", async () => {
    server.answer = (_, response) => sendJson(response, 404, status(404, "NotFound", "no such thing"));
    for (let i = 0; i < 10; i++) {
      await expect(get()).rejects.toMatchObject({ code: "Status", httpStatus: 404, reason: "NotFound" });
    }
    expect(server.connections).toBeLessThanOrEqual(2);
  });
});

describe("credentials", () => {
  test("401 once: they are loaded again and the request repeated, a write too", async () => {
    credentials.onInvalidate = () => {
      credentials.current = { ...credentials.current, headers: { authorization: "Bearer new" } };
    };
    server.answer = (request, response) =>
      request.headers.authorization === "Bearer new"
        ? sendJson(response, 200, { ok: true })
        : sendJson(response, 401, status(401, "Unauthorized"));
    await expect(put()).resolves.toEqual({ ok: true });
    expect(credentials.invalidations).toBe(1);
    expect(server.requests).toHaveLength(2);
  });

  test("401 for ever: one repetition, then an error without the token in it", async () => {
    server.answer = (_, response) => sendJson(response, 401, status(401, "Unauthorized", "no"));
    const error = await failure(get());
    expect(error).toMatchObject({ code: "Status", httpStatus: 401 });
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain("old");
    expect(server.requests).toHaveLength(2);
  });

  test("other TLS bytes mean new connections, after the requests on the old ones have ended", async () => {
    let finish = () => {};
    server.answer = (_, response) => {
      finish = () => sendJson(response, 200, { slow: true });
    };
    const slow = get();
    await until(() => server.requests.length === 1);
    server.answer = (_, response) => sendJson(response, 200, { ok: true });
    credentials.current = { ...credentials.current, tls: { ca: "other" } };
    await expect(get()).resolves.toEqual({ ok: true });
    expect(server.connections).toBe(2);
    finish();
    await expect(slow).resolves.toEqual({ slow: true });
    await until(() => server.sockets.size === 1);
    credentials.current = { ...credentials.current, headers: { authorization: "Bearer rotated" } };
    await get();
    expect(server.connections, "a new token needs no new connection").toBe(2);
  });
});

describe("a server that says later", () => {
  const later: Array<[string, string | undefined, number, number]> = [
    ["1", "1", 1_000, 2_000],
    ["5", "5", 5_000, 6_000],
    ["none", undefined, 1_000, 2_000],
    ["0", "0", 1_000, 2_000],
    ["a date", new Date(Date.UTC(2026, 0, 1, 0, 0, 7)).toUTCString(), 6_000, 8_000],
    ["a date gone by", "Wed, 21 Oct 2015 07:28:00 GMT", 1_000, 2_000],
    ["rubbish", "soon, I hope", 1_000, 2_000],
  ];
  test.each(later)("429 with Retry-After %s: a write waits and is repeated", async (_name, header, least, most) => {
    let asked = 0;
    server.answer = (_, response) =>
      asked++ === 0
        ? sendJson(response, 429, status(429, "TooManyRequests"), header === undefined ? {} : { "retry-after": header })
        : sendJson(response, 200, { ok: true });
    const written = put();
    const took = await outcome(written);
    await expect(written).resolves.toEqual({ ok: true });
    expect(took).toBeGreaterThanOrEqual(least);
    expect(took).toBeLessThanOrEqual(most);
    expect(server.requests).toHaveLength(2);
  });

  test("429 with Retry-After 99999: not waited for in a request of 30 s, and 60 s at most are asked of the caller", async () => {
    server.answer = (_, response) =>
      sendJson(response, 429, status(429, "TooManyRequests"), { "retry-after": "99999" });
    await expect(put()).rejects.toMatchObject({ httpStatus: 429, retryAfterMs: 60_000 });
    expect(server.requests).toHaveLength(1);
  });

  test("503 with Retry-After is repeated for a write, without it only for a read, and not for ever", async () => {
    server.answer = (_, response) => sendJson(response, 503, status(503, "ServiceUnavailable"));
    await expect(put()).rejects.toMatchObject({ httpStatus: 503, retryAfterMs: undefined });
    expect(server.requests).toHaveLength(1);
    const read = failure(get());
    expect(await outcome(read)).toBeLessThan(5_000);
    expect(server.requests).toHaveLength(1 + 4);
    let asked = 0;
    server.answer = (_, response) =>
      asked++ === 0
        ? sendJson(response, 503, status(503, "ServiceUnavailable"), { "retry-after": "2" })
        : sendJson(response, 200, { ok: true });
    const written = put();
    expect(await outcome(written)).toBeGreaterThanOrEqual(2_000);
    await expect(written).resolves.toEqual({ ok: true });
  });

  test("504 Too large resource version is not waited for, although it comes with a Retry-After", async () => {
    server.answer = (_, response) =>
      sendJson(response, 504, status(504, "Timeout", "Timeout: Too large resource version: 9, current: 5"), {
        "retry-after": "1",
      });
    await expect(get()).rejects.toMatchObject({ httpStatus: 504 });
    expect(server.requests).toHaveLength(1);
  });

  test.each([400, 403, 404, 409, 410, 413, 422])("%i is not repeated", async (code) => {
    server.answer = (_, response) => sendJson(response, code, status(code, "Because"));
    await expect(get()).rejects.toMatchObject({ httpStatus: code, reason: "Because" });
    expect(server.requests).toHaveLength(1);
  });
});

describe("a broken connection", () => {
  test("is repaired for a read, reported for a write", async () => {
    let asked = 0;
    server.answer = (request, response) =>
      ++asked % 2 === 1 ? request.socket.destroy() : sendJson(response, 200, { ok: true });
    const read = get();
    await outcome(read);
    await expect(read).resolves.toEqual({ ok: true });
    await expect(put()).rejects.toMatchObject({ code: "Network" });
    expect(server.requests).toHaveLength(3);
  });

  test("in the middle of an answer is repaired for a read", async () => {
    let asked = 0;
    server.answer = (request, response) => {
      if (asked++ === 0) {
        response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
        response.write('{"half":');
        response.once("drain", () => {});
        setImmediate(() => request.socket.destroy());
      } else {
        sendJson(response, 200, { ok: true });
      }
    };
    const read = get();
    await outcome(read);
    await expect(read).resolves.toEqual({ ok: true });
  });

  test("no server: an error with the reason, after a few attempts", async () => {
    credentials.current = { ...credentials.current, server: "http://127.0.0.1:1" };
    const error = failure(get());
    await outcome(error);
    expect(await error).toMatchObject({ code: "Network", message: expect.stringContaining("ECONNREFUSED") });
    expect(observations.map(({ code }) => code)).toEqual(["Network", "Network", "Network", "Network"]);
  });
});

describe("an answer that is no answer", () => {
  test.each([
    ["empty", ""],
    ["HTML", "<html><body>hello</body></html>"],
    ["half of JSON", '{"a":'],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22])],
  ])("%s with 200: a protocol error", async (_name, body) => {
    server.answer = (_, response) => response.end(body);
    await expect(get()).rejects.toMatchObject({ code: "Protocol" });
  });

  test("an HTML error page becomes one short line", async () => {
    const page = `<!DOCTYPE html><html><body><h1>Bad\nGateway</h1>${"<p>nginx</p>".repeat(5_000)}</body></html>`;
    server.answer = (_, response) => {
      response.writeHead(413, { "content-type": "text/html" });
      response.end(page);
    };
    const error = await failure(put());
    expect(error.message).toMatch(/^PUT \/x: 413 Bad Gateway nginx/);
    expect(error.message).not.toMatch(/[<\n]/);
    expect(error.message.length).toBeLessThanOrEqual(1024);
    expect(isPermanentRefusal(error)).toBe(true);
  });

  test("over 64 MiB: refused, not swallowed", async () => {
    const block = Buffer.alloc(1024 * 1024, 0x20);
    server.answer = (_, response) => {
      let left = 70;
      const more = () => {
        while (left-- > 0) {
          if (!response.write(block)) {
            response.once("drain", more);
            return;
          }
        }
        response.end("1");
      };
      more();
    };
    await expect(get()).rejects.toMatchObject({ code: "Protocol" });
  });
});
