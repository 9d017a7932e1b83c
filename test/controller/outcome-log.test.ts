import { expect, test } from "vitest";
import { logOutcomes } from "../../src/controller/outcome-log.ts";
import type { Outcome } from "../../src/controller/workers.ts";
import type { Logger } from "../../src/observe/log.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";

interface Line {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly text: string;
}

function lines() {
  const written: Line[] = [];
  const level = (name: string) => (fields: Record<string, unknown>, text: string) => {
    written.push({ level: name, fields, text });
  };
  const log = { debug: level("debug"), warn: level("warn"), error: level("error") } as unknown as Logger;
  const clock = new VirtualClock();
  return { written, clock, observer: logOutcomes(log, clock) };
}

const error = new Error("why");

test.each([
  ["settled and written", { type: "settled", wrote: true }, "debug"],
  ["conflict", { type: "conflict" }, "debug"],
  ["unavailable", { type: "unavailable", error }, "warn"],
  ["failed", { type: "failed", error }, "error"],
  ["refused", { type: "refused", error, final: false }, "error"],
  ["refused for good", { type: "refused", error, final: true }, "error"],
] satisfies [string, Outcome, string][])(
  "%s is one line that says which object, and why if it went wrong",
  (_, outcome, level) => {
    const { written, observer } = lines();
    observer.onOutcome({ kind: "ProtectedVM", key: "shop/web-1" }, outcome, 0);
    expect(written).toHaveLength(1);
    expect(written[0]?.level).toBe(level);
    expect(written[0]?.fields).toMatchObject({ controller: "protectedvm", namespace: "shop", name: "web-1" });
    expect(written[0]?.fields.err).toBe("error" in outcome ? error : undefined);
    expect(written[0]?.fields.reconcileID).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test("what changed nothing is not in the log, and an object without a namespace has none there", () => {
  const { written, observer } = lines();
  observer.onOutcome({ kind: "ProtectedVM", key: "shop/web-1" }, { type: "settled", wrote: false }, 0);
  observer.onOutcome({ kind: "Appliance", key: "a" }, { type: "parked" }, 0);
  expect(written).toEqual([]);
  observer.onOutcome({ kind: "Appliance", key: "a" }, { type: "settled", wrote: true }, 0);
  expect(written[0]?.fields).toMatchObject({ controller: "appliance", name: "a" });
  expect(written[0]?.fields).not.toHaveProperty("namespace");
  observer.onHandlerError(error, "shop/web-1");
  expect(written[1]).toMatchObject({ level: "error", fields: { key: "shop/web-1", err: error } });
});

test("an API server that cannot be used fills a line a second, whatever the number of objects", async () => {
  const { written, clock, observer } = lines();
  for (let tick = 0; tick < 30; tick++) {
    for (let vm = 0; vm < 10; vm++)
      observer.onOutcome({ kind: "ProtectedVM", key: `shop/vm-${vm}` }, { type: "unavailable", error }, 0);
    await clock.advance(100);
  }
  expect(written.map(({ fields }) => fields.alike)).toEqual([0, 99, 99]);
});
