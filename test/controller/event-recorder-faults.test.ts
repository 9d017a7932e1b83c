import { expect, test } from "vitest";
import { ApiError } from "../../src/kube/errors.ts";
import { settle } from "../kube/virtual-clock.ts";
import { refusal } from "./api-server.ts";
import { rig, vm } from "./event-recorder-rig.ts";

const MINUTE = 60_000;

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
