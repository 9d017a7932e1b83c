import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { until } from "../cluster/until.ts";
import type { RigController } from "./controllers.ts";
import { editVm } from "./edits.ts";
import { inParallel } from "./estate.ts";
import { CALM, ELECTION, logged, NAMESPACE, range, signal, useRig } from "./rig.ts";

const VMS = 20;
/** `ELECTION`: milliseconds that a lease lasts, and 5 s for everything else. */
const AFTER_CRASH = 6_000 + 5_000;
const rig = useRig();

async function editAll(round: number): Promise<void> {
  await inParallel(range(VMS), (n) => editVm(rig().admin, { namespace: NAMESPACE, n }, round + (n % 2)));
}

function leads(controller: RigController): boolean {
  return logged(controller, /^leading/).length > 0;
}

async function untilLeading(controller: RigController, timeoutMs: number): Promise<void> {
  await until(() => leads(controller), { what: "it leads", timeoutMs, state: () => controller.log().slice(-2_000) });
}

/** A controller that leads, and one that waits with warm caches. */
async function pair() {
  await rig().populate(VMS);
  const first = await rig().startController({ args: ELECTION });
  await untilLeading(first, 10_000);
  const second = await rig().startController({ args: ELECTION });
  await rig().right(15_000);
  await until(() => second.probes.samples.at(-1)?.ready === 200, { what: "the standby is ready", timeoutMs: 10_000 });
  expect(leads(second), "the standby leads").toBe(false);
  return { first, second };
}

test("F72: SIGTERM of the leader: the lease is released, and the standby leads within 2 s", async () => {
  const { first, second } = await pair();
  await editAll(1);
  const began = performance.now();
  expect(await rig().stop(first), "exit code").toBe(0);
  await untilLeading(second, 2_000);
  expect(performance.now() - began).toBeLessThan(2_500);
  await rig().right(2_000);
  expect(
    second.proxy.history.requests.filter(({ request }) => request.verb === "watchlist").length,
    "lists: its caches were warm",
  ).toBe(4);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F70: SIGKILL of the leader: the standby leads when the lease has run out", async () => {
  const { first, second } = await pair();
  await rig().crash(first);
  await editAll(1);
  expect(leads(second)).toBe(false);
  await rig().right(AFTER_CRASH);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F74, F79: the leader is stopped past its lease in a burst, and wakes up: it writes nothing more, and ends", async () => {
  const { first, second } = await pair();
  const edits = editAll(1);
  await until(() => rig().auditor.decisions("ProtectedVM").length > 0, { what: "the burst has begun" });
  signal(first, "SIGSTOP");
  await edits;
  await untilLeading(second, AFTER_CRASH);
  await editAll(2);
  await rig().right(AFTER_CRASH);
  const wokenAt = performance.now();
  signal(first, "SIGCONT");
  await rig().untilGone(first, 5_000);
  const late = first.proxy.history.requests.filter(
    ({ start, request }) => start > wokenAt && request.subresource === "status",
  );
  expect(late, "writes of the one that was followed").toEqual([]);
  await rig().right(2_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F76: the leader alone is cut off: it stops before the standby leads", async () => {
  const { first, second } = await pair();
  first.proxy.cutOff();
  await editAll(1);
  await rig().untilGone(first, AFTER_CRASH);
  await rig().right(AFTER_CRASH);
  expect(leads(second)).toBe(true);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F57, F76: answers about the lease alone stall for a while: kept, or given up cleanly", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController({ args: ELECTION });
  await rig().right(15_000);
  proxy.add({ seed: 1, trigger: { resource: "leases" }, fault: { type: "wait", ms: 900 }, duration: { ms: 3_000 } });
  await editAll(1);
  await rig().right(5_000);
  await sleep(3_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F73: three controllers that all wait for one lease: one writes, and each change once", async () => {
  await rig().populate(VMS);
  const controllers = [];
  for (const _ of range(3)) controllers.push(await rig().startController({ args: ELECTION }));
  await rig().right(15_000);
  const since = performance.now();
  await editAll(1);
  await rig().right(5_000);
  const writers = controllers.filter(({ proxy }) =>
    proxy.history.requests.some(({ start, request }) => start > since && request.subresource === "status"),
  );
  expect(writers.length, "processes that write").toBe(1);
  expect(rig().budget(since)).toMatchObject({ wasted: 0, refused: 0 });
  expect(await rig().writesWithin(CALM)).toEqual([]);
});
