import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ApiError } from "../../src/kube/errors.ts";
import { type EventToSend, eventClient } from "../../src/kube/event.ts";
import { Transport } from "../../src/kube/transport.ts";
import { sendJson, TestCredentials, TestServer } from "../kube/server.ts";

interface Sent {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly contentType: string | undefined;
  readonly body: { metadata: { name: string; namespace: string }; note: string; series?: object };
}

const sent: Sent[] = [];
let answer: { status: number; body: object };
const server = new TestServer(({ method, url, headers }, response, body) => {
  sent.push({ method, url, contentType: headers["content-type"], body: JSON.parse(body) });
  sendJson(response, answer.status, answer.body);
});
let transport: Transport;
const client = (instance = "tandem-0") => eventClient(transport, { controller: "tandem.dev/controller", instance });

beforeAll(async () => {
  await server.listen();
  transport = new Transport({ credentials: new TestCredentials(server.url), version: "test" });
});
beforeEach(() => {
  sent.length = 0;
  answer = { status: 201, body: {} };
});
afterAll(async () => {
  await transport.close();
  await server[Symbol.asyncDispose]();
});

const VM = { apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM", name: "web-1", namespace: "shop", uid: "u" };

function event(parts: Partial<EventToSend> = {}): EventToSend {
  const time = Date.UTC(2026, 2, 1, 10, 0, 0, 7);
  const what = { type: "Warning", reason: "ProtectionLost", action: "Decide", note: "why" } as const;
  return { ...what, regarding: VM, time, unique: "19ca1b2", ...parts };
}

function refuse(code: number, reason: string): void {
  answer = { status: code, body: { kind: "Status", status: "Failure", code, reason, message: reason } };
}

/** What was sent last. */
function last(): Sent {
  const one = sent.at(-1);
  if (one === undefined) throw new Error("nothing was sent");
  return one;
}

/** Text that tries everything: controls, surrogates without a partner, wide characters, other directions, great length. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({
        unit: fc.constantFrom("\0", "\r\n", "\u001b[31m", "\u2028", "\u2029", "\u0085", "\u202e", "\u2066"),
      }),
      fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
      fc.tuple(fc.constantFrom("é", "€", "🖥", "\ufffd", "a"), fc.nat(1_100)).map(([one, times]) => one.repeat(times)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

test("an Event as the API wants it: six digits of a second, in the namespace of its object", async () => {
  expect(await client().create(event())).toEqual({ name: "web-1.19ca1b2", namespace: "shop" });
  expect(sent).toEqual([
    {
      method: "POST",
      url: "/apis/events.k8s.io/v1/namespaces/shop/events",
      contentType: "application/json",
      body: {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: "web-1.19ca1b2", namespace: "shop" },
        eventTime: "2026-03-01T10:00:00.007000Z",
        reportingController: "tandem.dev/controller",
        reportingInstance: "tandem-0",
        type: "Warning",
        reason: "ProtectionLost",
        action: "Decide",
        note: "why",
        regarding: VM,
      },
    },
  ]);
});

test("the Event of an object without a namespace is in `default`, and keeps the other object", async () => {
  const { namespace: _, ...regarding } = VM;
  const related = { ...regarding, name: "other" };
  expect(await client().create(event({ regarding, related }))).toMatchObject({ namespace: "default" });
  expect(last().url).toBe("/apis/events.k8s.io/v1/namespaces/default/events");
  expect(last().body).toMatchObject({ metadata: { namespace: "default" }, regarding, related });
});

test("that it happened again is a merge patch of the series", async () => {
  await client().repeat({ name: "web-1.19ca1b2", namespace: "shop" }, { count: 3, time: Date.UTC(2026, 2, 1) });
  expect(sent).toEqual([
    {
      method: "PATCH",
      url: "/apis/events.k8s.io/v1/namespaces/shop/events/web-1.19ca1b2",
      contentType: "application/merge-patch+json",
      body: { series: { count: 3, lastObservedTime: "2026-03-01T00:00:00.000000Z" } },
    },
  ]);
});

test("one that is there already was sent before; everything else that is refused is an error, after one attempt", async () => {
  refuse(409, "AlreadyExists");
  expect(await client().create(event())).toEqual({ name: "web-1.19ca1b2", namespace: "shop" });
  for (const [code, reason] of [
    [409, "Conflict"],
    [403, "Forbidden"],
    [429, "TooManyRequests"],
    [503, "ServiceUnavailable"],
  ] as const) {
    refuse(code, reason);
    sent.length = 0;
    await expect(client().create(event())).rejects.toThrow(ApiError);
    await expect(client().repeat({ name: "a", namespace: "b" }, { count: 2, time: 0 })).rejects.toThrow(ApiError);
    expect(sent).toHaveLength(2);
  }
});

test("the name of a process is no longer than the API allows", async () => {
  await client("x".repeat(300)).create(event());
  expect(last().body).toMatchObject({ reportingInstance: "x".repeat(128) });
});

test("B24: the name is a DNS name of at most 253 characters, and differs where the unique part does", async () => {
  const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,4}[a-z0-9])?$/);
  const long = fc.array(label, { minLength: 130, maxLength: 130 }).map((labels) => labels.join(".").slice(0, 253));
  const short = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
  const name = fc.oneof(long, short).map((whole) => whole.replace(/[.-]+$/, ""));
  const unique = fc
    .tuple(fc.nat(2 ** 31 - 1), fc.nat(2 ** 31 - 1))
    .map((parts) => parts.map((n) => n.toString(16)).join(""));
  await fc.assert(
    fc.asyncProperty(name, unique, async (name, unique) => {
      const { name: called } = await client().create(event({ regarding: { ...VM, name }, unique }));
      expect(called.length).toBeLessThanOrEqual(253);
      expect(called).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/);
      expect(called.endsWith(`.${unique}`)).toBe(true);
      expect(last().body.metadata.name).toBe(called);
    }),
  );
});

test("B40: whatever is in it, a note is one line of at most 1,024 bytes without controls, cut between characters", async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async (note) => {
      await client().create(event({ note }));
      const { note: line } = last().body;
      expect(line.isWellFormed()).toBe(true);
      expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      const bytes = Buffer.byteLength(line);
      expect(bytes).toBeLessThanOrEqual(1_024);
      const whole = note.toWellFormed().replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, " ");
      if (Buffer.byteLength(whole) <= 1_024) {
        expect(line).toBe(whole);
      } else {
        expect(line.endsWith("…")).toBe(true);
        expect(whole.startsWith(line.slice(0, -1))).toBe(true);
        // Replacement characters at the end may be those of the cut.
        if (!whole.includes("\ufffd")) expect(bytes).toBeGreaterThan(1_010);
      }
    }),
    { numRuns: 300 },
  );
});
