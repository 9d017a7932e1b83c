import { expect, test } from "vitest";
import type { PolicyStatus, ProtectedVM } from "../../src/api/kinds.ts";
import { EventRecorder } from "../../src/controller/event-recorder.ts";
import { sleep } from "../../src/kube/clock.ts";
import { ApiError } from "../../src/kube/errors.ts";
import type { EventClient, EventToSend, SentEvent } from "../../src/kube/event.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import type { Logger } from "../../src/observe/log.ts";
import { settle, VirtualClock } from "../kube/virtual-clock.ts";
import { refusal } from "./api-server.ts";

const MINUTE = 60_000;

interface Call {
  readonly at: number;
  readonly create?: EventToSend;
  readonly repeat?: { readonly event: SentEvent; readonly count: number; readonly time: number };
}

/** A recorder whose API server takes `answer` for each request: undefined accepts it. */
function rig({ latency = 0 } = {}) {
  let random = 0;
  const clock = new VirtualClock({ random: () => (random = (random + 0.137) % 1) });
  const calls: Call[] = [];
  const results: string[] = [];
  const lines: { level: string; fields: object }[] = [];
  const server = { latency, answer: (_attempt: number): Error | undefined => undefined, open: 0, most: 0 };
  const take = async (call: Omit<Call, "at">): Promise<void> => {
    calls.push({ at: clock.monotonic(), ...call });
    const answer = server.answer(calls.length);
    server.most = Math.max(server.most, ++server.open);
    if (server.latency > 0) await sleep(clock, server.latency);
    server.open--;
    if (answer !== undefined) throw answer;
  };
  const client: EventClient = {
    async create(event) {
      await take({ create: event });
      return { name: `${event.regarding.name}.${event.unique}`, namespace: event.regarding.namespace ?? "default" };
    },
    repeat: (event, series) => take({ repeat: { event, ...series } }),
  };
  const level = (name: string) => (fields: object) => lines.push({ level: name, fields });
  const log = { debug: level("debug"), info: level("info"), warn: level("warn") } as unknown as Logger;
  const recorder = new EventRecorder({
    client,
    clock,
    log,
    onResult: (reason, result) => results.push(`${reason} ${result}`),
  });
  return {
    clock,
    calls,
    results,
    lines,
    server,
    recorder,
    created: () => calls.flatMap(({ create }) => create ?? []),
    counts: () => calls.flatMap(({ repeat }) => repeat?.count ?? []),
    /** The rules fail on a VM: something that can be said again and again. */
    fail: (name = "v", error: unknown = new Error("why")) =>
      recorder.onStuck("ProtectedVM", vm(name), { type: "failed", error }),
  };
}

function vm(name: string, source?: "Agent" | "Appliance" | "None", uid = `uid-${name}`): ProtectedVM & StoredObject {
  const row = { name: "AntiMalware", affinity: "AppliancePreferred", decidedBy: "Default", state: "Active" } as const;
  const rest = { reason: "Preferred", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" } as const;
  return {
    metadata: { name, namespace: "shop", uid, resourceVersion: "1" },
    spec: { guestOS: "Windows", features: ["AntiMalware"] },
    ...(source && { status: { features: [{ ...row, ...rest, source }] } }),
  };
}

test("a move becomes one Event on its object", async () => {
  const { recorder, created, results, clock } = rig();
  recorder.onWritten("ProtectedVM", vm("v", "Appliance"), vm("v", "Agent"));
  await settle();
  expect(created()).toEqual([
    {
      type: "Normal",
      reason: "ProtectionMoved",
      action: "Decide",
      note: "AntiMalware moved from Appliance to Agent: Agent is preferred, and available now",
      regarding: {
        apiVersion: "tandem.dev/v1alpha1",
        kind: "ProtectedVM",
        name: "v",
        namespace: "shop",
        uid: "uid-v",
      },
      time: clock.now(),
      unique: expect.stringMatching(/^[0-9a-f]+$/),
    },
  ]);
  expect(results).toEqual(["ProtectionMoved sent"]);
});

test("nothing is said of a status that says the same", async () => {
  const { recorder, calls } = rig();
  for (const kind of ["ProtectedVM", "AffinityPolicy", "Appliance"] as const) {
    recorder.onWritten(kind, vm("v", "Agent"), vm("v", "Agent"));
    recorder.onWritten(kind, vm("v"), vm("v"));
  }
  await settle();
  expect(calls).toEqual([]);
});

test("the conflict of two policies is said of one, related to the other; neither has a namespace", async () => {
  const { recorder, created } = rig();
  const policy = (status?: PolicyStatus): StoredObject & { status?: PolicyStatus } => ({
    metadata: { name: "p", uid: "uid-p", resourceVersion: "1" },
    ...(status && { status }),
  });
  const sample = ["q", "r"].map((name) => ({ policy: name, group: "network" as const, vms: 2 }));
  recorder.onWritten("AffinityPolicy", policy(), policy({ conflicts: { total: 2, sample } }));
  await settle();
  const kind = { apiVersion: "tandem.dev/v1alpha1", kind: "AffinityPolicy" };
  expect(created()).toMatchObject([
    { reason: "PolicyConflict", regarding: { ...kind, name: "p", uid: "uid-p" }, related: { ...kind, name: "q" } },
    { reason: "PolicyConflict", regarding: { ...kind, name: "p", uid: "uid-p" }, related: { ...kind, name: "r" } },
  ]);
  for (const { regarding, related } of created()) {
    expect(regarding).not.toHaveProperty("namespace");
    expect(related).not.toHaveProperty("namespace");
  }
});

test("FAULTS F40: an object on which the rules fail says so, and one whose status is refused too", async () => {
  const { recorder, created, fail } = rig();
  fail();
  recorder.onStuck("ProtectedVM", vm("w"), { type: "refused", error: refusal(422, "Invalid") });
  recorder.onStuck("ProtectedVM", vm("x"), { type: "failed", error: "no Error" });
  await settle();
  expect(created().map(({ type, reason, note }) => `${type} ${reason} ${note}`)).toEqual([
    "Warning DecisionFailed No decision could be made: why",
    "Warning StatusRefused The status is refused: 422 Invalid",
    "Warning DecisionFailed No decision could be made: no Error",
  ]);
});

test("what is said again is counted on the first Event, every half minute at most", async () => {
  const { clock, fail, created, counts, calls } = rig();
  for (let second = 0; second < 300; second++) {
    fail();
    await clock.advance(1_000);
  }
  expect(created()).toHaveLength(1);
  expect(counts()).toEqual([31, 61, 91, 121, 151, 181, 211, 241, 271]);
  const [first, ...patches] = calls;
  for (const { at, repeat } of patches) {
    expect(repeat?.event.name).toBe(`v.${first?.create?.unique}`);
    expect(repeat?.time).toBe(Date.UTC(2026, 0, 1) + at);
  }
});

test("after ten minutes it is news again", async () => {
  const { clock, fail, created } = rig();
  fail();
  await clock.advance(10 * MINUTE - 1);
  fail();
  await settle();
  expect(created()).toHaveLength(1);
  await clock.advance(1);
  fail();
  await settle();
  expect(created()).toHaveLength(2);
  expect(new Set(created().map(({ unique }) => unique)).size).toBe(2);
});

test("another object, another note, and an object of the same name with another uid are news", async () => {
  const { recorder, fail, created } = rig();
  fail("v");
  fail("w");
  fail("v", new Error("something else"));
  recorder.onStuck("ProtectedVM", vm("v", undefined, "uid-2"), { type: "failed", error: new Error("why") });
  await settle();
  expect(created()).toHaveLength(4);
});

test("no more than 100 Events at once and 5 a second; every other one is dropped and counted", async () => {
  const { clock, recorder, created, results } = rig();
  const move = (n: number) => recorder.onWritten("ProtectedVM", vm(`v${n}`, "Appliance"), vm(`v${n}`, "Agent"));
  for (let n = 0; n < 1_000; n++) move(n);
  await settle();
  await clock.advance(1_000);
  expect(created()).toHaveLength(100);
  expect(results.filter((result) => result.endsWith(" dropped"))).toHaveLength(900);
  for (let second = 0; second < 10; second++) {
    for (let n = 0; n < 100; n++) move(10_000 + 100 * second + n);
    await clock.advance(1_000);
  }
  expect(created()).toHaveLength(150);
  expect(results).toHaveLength(2_000);
});

test("the log says how many were dropped: all of them, in few lines, and with the end of the program at the latest", async () => {
  const { clock, recorder, lines } = rig();
  const move = (n: number) => recorder.onWritten("ProtectedVM", vm(`v${n}`, "Appliance"), vm(`v${n}`, "Agent"));
  const dropped = () =>
    lines.flatMap(({ fields }) => ("dropped" in fields ? [Number(fields.dropped)] : [])).reduce((a, b) => a + b, 0);
  for (let n = 0; n < 1_000; n++) move(n);
  await clock.advance(10_000);
  expect(dropped()).toBe(900);
  expect(lines.length).toBeLessThanOrEqual(10);
  await clock.advance(20_000);
  expect(lines.filter(({ fields }) => !("dropped" in fields))).toEqual([]);
  for (let n = 1_000; n < 1_200; n++) move(n);
  await settle();
  const ended = recorder[Symbol.asyncDispose]();
  await clock.advance(1_000);
  await ended;
  expect(dropped()).toBe(1_000);
  expect(clock.pending).toBe(0);
});

test("one request at a time", async () => {
  const { clock, recorder, created, server } = rig({ latency: 20 });
  for (let n = 0; n < 50; n++) recorder.onWritten("ProtectedVM", vm(`v${n}`, "Agent"), vm(`v${n}`, "None"));
  await clock.advance(5_000);
  expect(created()).toHaveLength(50);
  expect(server.most).toBe(1);
});

test("at most 1,000 wait, however long the server stalls, and the rest is dropped", async () => {
  const { clock, recorder, results, server } = rig({ latency: 10 * 60 * MINUTE });
  for (let second = 0; second < 400; second++) {
    for (let n = 0; n < 5; n++) {
      const name = `v${second}-${n}`;
      recorder.onWritten("ProtectedVM", vm(name, "Agent"), vm(name, "None"));
    }
    await clock.advance(1_000);
  }
  expect(server.most).toBe(1);
  const dropped = results.filter((result) => result === "ProtectionLost dropped").length;
  expect(dropped).toBeGreaterThanOrEqual(2_000 - 1_001);
  expect(dropped).toBeLessThan(2_000 - 990);
});

test.each([
  ["overload", refusal(429, "TooManyRequests")],
  ["trouble", refusal(503, "ServiceUnavailable")],
  ["a broken connection", new ApiError("Network", "reset")],
  ["a deadline", new ApiError("Timeout", "5 s")],
])("%s: tried three times with growing pauses, then given up, and the next one goes on", async (_, error) => {
  const { clock, recorder, calls, results, server } = rig();
  server.answer = (attempt) => (attempt <= 3 ? error : undefined);
  recorder.onWritten("ProtectedVM", vm("v", "Agent"), vm("v", "None"));
  recorder.onWritten("ProtectedVM", vm("w", "Appliance"), vm("w", "Agent"));
  await clock.advance(MINUTE);
  expect(calls.map(({ create }) => create?.regarding.name)).toEqual(["v", "v", "v", "w"]);
  const [first = 0, second = 0, third = 0] = calls.map(({ at }) => at);
  expect(second - first).toBeGreaterThanOrEqual(500);
  expect(third - second).toBeGreaterThan(second - first);
  expect(results).toEqual(["ProtectionLost failed", "ProtectionMoved sent"]);
});

test("an attempt that is repeated has the name of the first: one that got through is not there twice", async () => {
  const { clock, created, fail, server, results } = rig();
  server.answer = (attempt) => (attempt === 1 ? new ApiError("Timeout", "5 s") : undefined);
  fail();
  await clock.advance(MINUTE);
  expect(created()).toHaveLength(2);
  expect(new Set(created().map(({ unique }) => unique)).size).toBe(1);
  expect(results).toEqual(["DecisionFailed sent"]);
});

test("a server that says how long to wait is not asked before", async () => {
  const { clock, calls, fail, server } = rig();
  server.answer = (attempt) => (attempt === 1 ? refusal(429, "TooManyRequests", 7_000) : undefined);
  fail();
  await clock.advance(6_999);
  expect(calls).toHaveLength(1);
  await clock.advance(1);
  expect(calls).toHaveLength(2);
});

test.each([
  ["missing rights, or a namespace that ends", refusal(403, "Forbidden")],
  ["a namespace that is gone", refusal(404, "NotFound")],
  ["an Event that is invalid", refusal(422, "Invalid")],
  ["an Event that is malformed", refusal(400, "BadRequest")],
  ["an Event that is too large", refusal(413, "RequestEntityTooLarge")],
  ["an Event that is too large for etcd", new ApiError("Status", "request is too large", { httpStatus: 500 })],
  ["an answer that is none of the API's", new ApiError("Protocol", "rubbish")],
])("%s: one attempt, and no noise", async (_, error) => {
  const { clock, calls, lines, results, server, fail } = rig();
  server.answer = () => error;
  fail();
  await clock.advance(MINUTE);
  expect(calls).toHaveLength(1);
  expect(results).toEqual(["DecisionFailed failed"]);
  expect(lines.filter(({ level }) => level !== "debug")).toEqual([]);
});

test("what was never sent is no first Event: said again, it is tried again", async () => {
  const { clock, created, fail, server, results } = rig();
  server.answer = (attempt) => (attempt === 1 ? refusal(403, "Forbidden") : undefined);
  fail();
  await clock.advance(1_000);
  fail();
  await settle();
  expect(created()).toHaveLength(2);
  expect(results).toEqual(["DecisionFailed failed", "DecisionFailed sent"]);
});

test("an Event that is gone when it is counted up is said anew the next time", async () => {
  const { clock, created, counts, fail, server } = rig();
  server.answer = (attempt) => (attempt === 2 ? refusal(404, "NotFound") : undefined);
  fail();
  await clock.advance(31_000);
  fail();
  await settle();
  expect(counts()).toEqual([2]);
  fail();
  await settle();
  expect(created()).toHaveLength(2);
});

test("a stop ends within a second, whatever the server does, and sends nothing afterwards", async () => {
  const { clock, calls, recorder, fail, results } = rig({ latency: 10 * MINUTE });
  fail("v");
  fail("w");
  await settle();
  let ended = -1;
  const end = recorder[Symbol.asyncDispose]().then(() => {
    ended = clock.monotonic();
  });
  await clock.advance(1_000);
  await end;
  expect(ended).toBe(500);
  for (let n = 0; n < 200; n++) fail(`x${n}`);
  expect(clock.pending, "only the request that is under way").toBe(1);
  await clock.advance(20 * MINUTE);
  expect(calls).toHaveLength(1);
  expect(results).toEqual(["DecisionFailed sent"]);
  expect(clock.pending).toBe(0);
});

test("a stop lets what waits be sent if that is quick, and does not wait for nothing", async () => {
  const { clock, created, recorder, fail } = rig({ latency: 10 });
  for (let n = 0; n < 20; n++) fail(`v${n}`);
  const end = recorder[Symbol.asyncDispose]();
  await clock.advance(200);
  await end;
  expect(created()).toHaveLength(20);
  const idle = rig();
  await idle.recorder[Symbol.asyncDispose]();
  expect(idle.clock.monotonic()).toBe(0);
  expect(idle.clock.pending).toBe(0);
});

test("a stop in the pause between two attempts does not wait for it", async () => {
  const { clock, calls, recorder, fail, server } = rig();
  server.answer = () => refusal(429, "TooManyRequests", MINUTE);
  fail();
  await settle();
  const end = recorder[Symbol.asyncDispose]();
  await clock.advance(500);
  await end;
  await clock.advance(10 * MINUTE);
  expect(calls).toHaveLength(1);
  expect(clock.pending).toBe(0);
});

test("what was said is remembered within bounds: the 1,000 latest", async () => {
  const { clock, created, counts, fail } = rig();
  for (let n = 0; n <= 1_000; n++) {
    fail(`v${n}`);
    await clock.advance(200);
  }
  expect(created()).toHaveLength(1_001);
  await clock.advance(31_000);
  fail("v1");
  await settle();
  expect(counts(), "remembered").toEqual([2]);
  fail("v0");
  await settle();
  expect(created(), "forgotten").toHaveLength(1_002);
});
