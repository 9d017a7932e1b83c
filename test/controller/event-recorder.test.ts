import { expect, test } from "vitest";
import type { PolicyStatus } from "../../src/api/kinds.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import { settle } from "../kube/virtual-clock.ts";
import { refusal } from "./api-server.ts";
import { rig, vm } from "./event-recorder-rig.ts";

const MINUTE = 60_000;

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

test("while statuses wait to be written one Event a second is sent, and then all", async () => {
  const { recorder, calls, server, clock } = rig();
  server.busy = true;
  for (let n = 0; n < 10; n++) recorder.onWritten("ProtectedVM", vm(`v-${n}`, "Appliance"), vm(`v-${n}`, "Agent"));
  await clock.advance(4_500);
  expect(calls.length).toBe(4);
  server.busy = false;
  await clock.advance(100);
  expect(calls.length).toBe(10);
});

test("what waits for statuses is sent when the recorder ends", async () => {
  const { recorder, calls, server, clock } = rig();
  server.busy = true;
  for (let n = 0; n < 10; n++) recorder.onWritten("ProtectedVM", vm(`v-${n}`, "Appliance"), vm(`v-${n}`, "Agent"));
  const ended = recorder[Symbol.asyncDispose]();
  await clock.advance(600);
  await ended;
  expect(calls.length).toBe(10);
});
