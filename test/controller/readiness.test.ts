import { expect, test } from "vitest";
import type { ReflectorState } from "../../src/cache/reflector.ts";
import type { Controller } from "../../src/controller/controller.ts";
import { readiness } from "../../src/controller/readiness.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";

const WELL: ReflectorState = { synced: true, complete: true, lastContactAt: 0, lastError: undefined };

/** What the check of a kind in this state says after so many milliseconds. */
async function problemOf(state: Partial<ReflectorState>, ms = 0): Promise<string | undefined> {
  const clock = new VirtualClock();
  const inputs = [{ kind: "ProtectedVM", state: { ...WELL, ...state }, size: 1 }];
  const [check] = readiness({ inputs } as unknown as Controller, clock);
  expect(check?.name).toBe("protectedvm");
  await clock.advance(ms);
  return check?.problem();
}

test("ready is a kind with a complete list of which was heard within a minute, whatever failed meanwhile", async () => {
  expect(await problemOf({}, 60_000)).toBeUndefined();
  expect(await problemOf({ lastError: new Error("reset") })).toBeUndefined();
});

test.each([
  ["not listed yet", { synced: false, complete: false }, 0],
  ["listing it fails, so it may be out of date", { complete: false }, 0],
  ["its watch has been silent for over a minute", {}, 60_001],
  ["its watch has been silent for over a minute", { lastContactAt: undefined }, 0],
] as const)("not ready: %s", async (problem, state, ms) => {
  expect(await problemOf(state, ms)).toBe(problem);
});

test("each kind is looked at anew whenever somebody asks", () => {
  const states = [WELL, { ...WELL, complete: false }];
  const inputs = ["Appliance", "Namespace"].map((kind, index) => ({
    kind,
    size: 0,
    get state() {
      return states[index];
    },
  }));
  const checks = readiness({ inputs } as unknown as Controller, new VirtualClock());
  const failing = () => checks.filter((check) => check.problem() !== undefined).map(({ name }) => name);
  expect(failing()).toEqual(["namespace"]);
  states.reverse();
  expect(failing()).toEqual(["appliance"]);
});
