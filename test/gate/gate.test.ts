import { beforeAll, describe, expect, test } from "vitest";
import { ADVICE, judge, readBounds } from "./bounds.ts";
import { figuresOf, KINDS_OF_REQUESTS } from "./figures.ts";
import { type PhaseName, type Run, run } from "./workload.ts";

let result: Run;
beforeAll(async () => {
  result = await run();
}, 300_000);

const requests = (phase: PhaseName, of: keyof typeof KINDS_OF_REQUESTS) =>
  result.phases[phase].traffic.sum(KINDS_OF_REQUESTS[of], "requests");

const PHASES: readonly PhaseName[] = ["start", "mass change", "one VM", "one appliance", "idle", "restart"];

test.each(PHASES)("%s: a VM is written once if its status changes, and else not at all", (phase) => {
  expect(requests(phase, "vmWrites")).toBe(result.phases[phase].changed);
});

test("the workload has something to write where it should, and else nothing", () => {
  const changed = PHASES.map((phase) => result.phases[phase].changed);
  expect(changed).toEqual([2_000, 2_000, 1, 100, 0, 0]);
});

test.each(PHASES)("%s: nothing is asked of the server but statuses, Events, watches and the lease", (phase) => {
  expect(result.phases[phase].traffic.others(Object.values(KINDS_OF_REQUESTS))).toEqual([]);
});

test.each([
  ["start", 4],
  ["mass change", 0],
  ["one VM", 0],
  ["one appliance", 0],
  // The server ends each once.
  ["idle", 4],
  ["restart", 4],
] as const)("%s: the four kinds are read once, and followed (%i requests)", (phase, expected) => {
  expect(requests(phase, "watches")).toBe(expected);
});

test.each(["start", "mass change"] as const)("%s: Events stay few beside the writes", (phase) => {
  expect(requests(phase, "events")).toBeLessThan(result.phases[phase].changed / 5);
});

test("idle: watches that have ended go on from where they were, and nothing is written", () => {
  const { traffic } = result.phases.idle;
  expect(traffic.sum(/^watch /, "requests")).toBe(4);
  expect(requests("idle", "ownerWrites") + requests("idle", "events")).toBe(0);
});

test("no figure is over its recorded bound", () => {
  const { broken, loose } = judge(figuresOf(result), readBounds());
  for (const line of loose) process.stdout.write(`${line}\n`);
  expect(broken, `${broken.join("\n")}\n${ADVICE}\n`).toEqual([]);
});

describe("the gate itself", () => {
  const bounds = new Map([["start: bytes", { measured: 100, bound: 110 }]]);
  const figure = (value: number) => new Map([["start: bytes", { value, slack: 0.1 }]]);

  test("a figure at its bound passes, one over it fails by name, with how much", () => {
    expect(judge(figure(110), bounds)).toEqual({ broken: [], loose: [] });
    expect(judge(figure(120), bounds).broken).toEqual([
      "start: bytes: 120, 20 % over the recorded 100 (the bound is 110)",
    ]);
  });

  test("one that is much better is told, and does not fail", () => {
    expect(judge(figure(75), bounds)).toEqual({ broken: [], loose: [] });
    expect(judge(figure(74), bounds)).toMatchObject({ broken: [], loose: [expect.stringContaining("tighten")] });
  });

  test("a figure without a bound fails, and so does a bound without a figure", () => {
    expect(judge(figure(1), new Map()).broken).toHaveLength(1);
    expect(judge(new Map(), bounds).broken).toHaveLength(1);
  });
});
