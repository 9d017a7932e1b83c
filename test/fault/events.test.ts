import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { editVm } from "./edits.ts";
import { inParallel, policy, vm } from "./estate.ts";
import { hostile, longEvent } from "./lines.ts";
import type { EventFault, Plan, Trigger } from "./plan.ts";
import { ALONE, CALM, logged, NAMESPACE, range, untilLogged, useRig } from "./rig.ts";

const VMS = 20;
/** Limits from the end of the fault, in milliseconds: of a fault of events, of a connection, of a silent stream (40 s and a quarter). */
const AFTER_EVENT = 2_000;
const AFTER_CONNECTION = 5_000;
const rig = useRig();

/** Waits that a test need not sit through. */
const SHORT = [...ALONE, "--watch-silence=2s"];

function plan(fault: EventFault, trigger: Trigger = { resource: "protectedvms" }, duration?: Plan["duration"]): Plan {
  return { seed: 1, trigger, fault, ...(duration && { duration }) };
}

async function editAll(round: number, vms = VMS): Promise<void> {
  await inParallel(range(vms), (n) => editVm(rig().admin, { namespace: NAMESPACE, n }, round + (n % 2)));
}

test("F01: a swallowed event heals by the next one of its object, else by the relist", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController({ args: [...ALONE, "--relist-interval=4s"] });
  await rig().right(10_000);
  proxy.add(plan({ type: "swallow" }, { resource: "protectedvms", name: "vm-1" }));
  await editVm(rig().admin, { namespace: NAMESPACE, n: 1 }, 1);
  await editVm(rig().admin, { namespace: NAMESPACE, n: 1 }, 2);
  await rig().right(AFTER_EVENT);
  proxy.add(plan({ type: "swallow" }, { resource: "affinitypolicies", event: "DELETED" }));
  await rig().admin.delete({ kind: "AffinityPolicy", name: "everywhere" });
  await rig().right(4_400 + AFTER_EVENT, "the relist has healed it");
  expect(proxy.plans.injected.get("swallow")).toBe(2);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test.each([2, 10])("F02: every event %i times: no extra write", async (times) => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController({
    plans: [plan({ type: "duplicate", times }, {}, "always")],
  });
  await rig().right(10_000);
  const since = performance.now();
  rig().auditor.clear();
  await editAll(1);
  await rig().right(AFTER_EVENT);
  expect(await rig().writesWithin(CALM)).toEqual([]);
  const changed = rig().auditor.decisions().length;
  expect(rig().budget(since), "writes").toMatchObject({ committed: changed, wasted: 0 });
  expect(proxy.plans.injected.get("duplicate")).toBeGreaterThan(VMS);
});

test.each([1, 20])(
  "F03: a 410 ERROR event and the stream's end, %i in a row: a list each, with growing pauses",
  async (times) => {
    await rig().populate(VMS);
    const { proxy } = await rig().startController();
    await rig().right(10_000);
    const lists = () =>
      proxy.history.requests.filter(
        ({ request }) => request.resource === "protectedvms" && ["list", "watchlist"].includes(request.verb),
      );
    const before = lists().length;
    // Not of the objects that a list begins with, but of what changes after it.
    const changes = { resource: "protectedvms", event: "MODIFIED" };
    proxy.add(plan({ type: "replace", lines: [hostile.gone], eof: true }, changes, { times }));
    // Each change sets off the next 410, until all have come or ten seconds are over.
    const until = performance.now() + 10_000;
    for (let round = 0; (proxy.plans.injected.get("replace") ?? 0) < times && performance.now() < until; round++) {
      await editVm(rig().admin, { namespace: NAMESPACE, n: 0 }, round);
      await sleep(50);
    }
    const struck = proxy.plans.injected.get("replace") ?? 0;
    expect(struck).toBeGreaterThan(0);
    proxy.clear();
    await rig().right(30_000);
    expect(lists().length - before, "lists").toBeLessThanOrEqual(struck + 1);
    if (times > 1)
      expect(struck, "a list right after a list that was no good waits longer and longer").toBeLessThan(12);
    expect(await rig().writesWithin(CALM)).toEqual([]);
  },
);

test("F05: a stream frozen for five seconds, then the backlog", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController();
  await rig().right(10_000);
  proxy.add(plan({ type: "freeze", ms: 5_000 }));
  await editAll(1);
  await rig().right(5_000 + AFTER_EVENT);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F05, F07: a stream that is dead though it is open is given up after the silence that is allowed", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController({ args: SHORT });
  await rig().right(10_000);
  proxy.add(plan({ type: "freeze", ms: Number.POSITIVE_INFINITY }));
  await editAll(1);
  await rig().right(2_500 + AFTER_CONNECTION, "its own deadline has fired");
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

/** Bytes from the beginning of an event, or from its end. */
const CUTS = [
  ...(["before", "after", "inCharacter", 1, -1, 40, -100, 320] as const),
  ...([2, 10, 20, 80, 160, 640, -2, -3, -10, -50, -200, -400] as const),
];
/** Also what takes minutes: in CI there are eight places. */
const LONG = process.env.TANDEM_TEST_LONG === "1";

test(`F08: the connection breaks at ${LONG ? 20 : 8} places of an event: nothing partial is applied, and it goes on from the last whole one`, async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController();
  await rig().right(10_000);
  const cuts = LONG ? CUTS : CUTS.slice(0, 8);
  for (const [index, at] of cuts.entries()) {
    proxy.add(plan({ type: "cut", at }, { resource: "protectedvms", name: `vm-${index % VMS}` }));
    await editVm(rig().admin, { namespace: NAMESPACE, n: index % VMS }, 1 + (index % 2));
    // The wait after a break grows with the number of breaks, to 3 s: the next comes when the last is over.
    await rig().right(3_000 + AFTER_CONNECTION, `every status is right after the cut at ${at}`);
  }
  expect(proxy.plans.injected.get("cut")).toBe(cuts.length);
  const lists = proxy.history.requests.filter(
    ({ request }) =>
      request.resource === "protectedvms" && request.verb !== "watch" && request.subresource === undefined,
  );
  expect(lists.length, "lists: a stream that breaks is resumed").toBeLessThanOrEqual(2);
  expect(await rig().writesWithin(CALM)).toEqual([]);
}, 120_000);

test("F09: each watch ends cleanly after 200 ms: the pauses between them grow", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController({
    plans: [
      { seed: 1, trigger: { verb: ["watch", "watchlist"] }, fault: { type: "eofAfter", ms: 200 }, duration: "always" },
    ],
  });
  await rig().right(10_000);
  const before = proxy.history.requestCount;
  await editAll(1);
  await rig().right(AFTER_CONNECTION);
  await rig().writesWithin(5_000);
  const watches = proxy.history.requestCount - before - VMS;
  expect(watches, "requests in some ten seconds").toBeLessThan(60);
});

test("F10: all watches of ten controllers end at once: they come back apart from each other", async () => {
  await rig().populate(VMS);
  const controllers = [];
  for (const _ of range(10))
    controllers.push(
      await rig().startController({ args: [...ALONE, "--dry-run"].filter((arg) => arg !== "--no-leader-elect") }),
    );
  await rig().startController();
  await rig().right(30_000);
  const cutAt = performance.now();
  for (const { proxy } of controllers) proxy.reset();
  await rig().writesWithin(AFTER_CONNECTION);
  const starts = controllers.flatMap(({ proxy }) =>
    proxy.history.requests
      .filter(({ start, request }) => start > cutAt && request.verb === "watch")
      .map(({ start }) => start),
  );
  expect(starts.length, "every watch came back").toBeGreaterThanOrEqual(40);
  const busiest = Math.max(
    ...starts.map((start) => starts.filter((other) => other >= start && other < start + 100).length),
  );
  expect(busiest, "watches in the busiest tenth of a second, of 40").toBeLessThan(25);
}, 120_000);

/** What was decided, without when and for which generation. */
function decisions(objects: readonly object[]): string {
  const dropped = ["lastTransitionTime", "observedGeneration"];
  const statuses = objects.map((object) => "status" in object && object.status);
  return JSON.stringify(statuses, (name, value) => (dropped.includes(name) ? undefined : value));
}

test("F12: kinds arrive in any order: the same rest state", async () => {
  await rig().populate(VMS);
  const resources = ["namespaces", "appliances", "affinitypolicies", "protectedvms"];
  const states = new Set<string>();
  for (const seed of range(6)) {
    // Two policies in turn, so that each controller has everything to decide.
    const affinity = { network: seed % 2 === 0 ? "AgentOnly" : "ApplianceOnly" };
    await rig().admin.mergePatch({ kind: "AffinityPolicy", name: "everywhere" }, { spec: { affinity } });
    const late = resources.slice(seed % 4).concat(resources.slice(0, seed % 4));
    const plans = late.map((resource, index): Plan => {
      return { seed, trigger: { verb: "watchlist", resource }, fault: { type: "wait", ms: 150 * index } };
    });
    const controller = await rig().startController({ plans });
    const { objects } = await rig().right(10_000);
    states.add(decisions(objects));
    await rig().crash(controller);
  }
  expect(states.size, "rest states of two policies").toBe(2);
});

const RUBBISH: readonly [string, EventFault][] = [
  ["an unknown type", { type: "insert", lines: [hostile.unknownType] }],
  ["a bookmark without a resourceVersion", { type: "insert", lines: [hostile.bookmarkWithoutVersion] }],
  ["a foreign kind", { type: "insert", lines: [hostile.foreignKind] }],
  ["no metadata", { type: "insert", lines: [hostile.noMetadata] }],
  ["a blank line", { type: "insert", lines: [hostile.blank] }],
  ["NUL", { type: "insert", lines: [hostile.nul] }],
  ["invalid JSON", { type: "insert", lines: [hostile.invalidJson] }],
  ["no event at all", { type: "insert", lines: [hostile.notAnEvent] }],
];

test.each([0, 2, 4, 6])(
  "F14, F15: lines that no API server should send (from %i): at most one list each, nothing is lost",
  async (from) => {
    await rig().populate(VMS);
    const controller = await rig().startController();
    const { proxy } = controller;
    await rig().right(10_000);
    const lists = () => proxy.history.requests.filter(({ request }) => request.verb === "watchlist").length;
    for (const [index, [what, fault]] of RUBBISH.slice(from, from + 2).entries()) {
      const before = lists();
      proxy.add(plan(fault, { resource: "protectedvms", event: "MODIFIED", name: `vm-${index}` }));
      await editVm(rig().admin, { namespace: NAMESPACE, n: index }, 1 + index);
      // Bad lines in a row wait longer and longer for their list, 30 s at most.
      await rig().right(10_000, `every status is right after ${what}`);
      expect(lists() - before, `lists after ${what}`).toBeLessThanOrEqual(1);
      proxy.clear();
    }
    expect(logged(controller, /^watch failed/).length, "bad lines that were told").toBe(2);
    expect(await rig().writesWithin(CALM)).toEqual([]);
  },
  150_000,
);

test("F15: a line of 3 MiB is taken, one of 5 MiB is not kept", async () => {
  await rig().populate(VMS);
  const controller = await rig().startController();
  const { objects } = await rig().right(10_000);
  const one = objects.find(({ metadata }) => metadata.name === "vm-1");
  if (one === undefined) throw new Error("there is no vm-1");
  const { proxy } = controller;
  proxy.add(plan({ type: "insert", lines: [longEvent(3 * 2 ** 20, one)] }, { resource: "protectedvms", name: "vm-2" }));
  await editVm(rig().admin, { namespace: NAMESPACE, n: 2 }, 1);
  await rig().right(AFTER_EVENT);
  expect(logged(controller, /a line of more than/)).toEqual([]);
  proxy.add(plan({ type: "insert", lines: [longEvent(5 * 2 ** 20, one)] }, { resource: "protectedvms", name: "vm-3" }));
  await editVm(rig().admin, { namespace: NAMESPACE, n: 3 }, 1);
  await untilLogged(controller, /a line of more than/);
  await rig().right(AFTER_CONNECTION);
  const { residentMemory = 0 } = await controller.probes.figures();
  expect(residentMemory, "bytes").toBeLessThan(400 * 2 ** 20);
});

test("F16: thousands of status-only events of one object: they are coalesced", async () => {
  await rig().populate(VMS);
  const { objects } = await (async () => {
    const controller = await rig().startController();
    const verdict = await rig().right(10_000);
    await rig().crash(controller);
    return verdict;
  })();
  const one = objects.find(({ metadata }) => metadata.name === "vm-1");
  if (one === undefined) throw new Error("there is no vm-1");
  // The same object again and again, each time a little newer: as if somebody wrote its status 5,000 times.
  const { proxy } = await rig().startController();
  await rig().right(10_000);
  const since = performance.now();
  proxy.add(plan({ type: "duplicate", times: 5_000 }, { resource: "protectedvms", name: "vm-1" }));
  await rig().admin.apply(
    {
      apiVersion: "tandem.dev/v1alpha1",
      kind: "ProtectedVM",
      metadata: { name: "vm-1", namespace: NAMESPACE },
      status: { reports: [{ source: "Agent", feature: "All", health: "Error" }] },
    } as never,
    { subresource: "status", fieldManager: "reporter" },
  );
  await rig().right(AFTER_EVENT);
  expect(rig().budget(since).sent, "writes for 5,000 events").toBeLessThanOrEqual(2);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F23: deleted and created again while the stream is frozen: the new object is decided from scratch", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController();
  await rig().right(10_000);
  proxy.add(plan({ type: "freeze", ms: 2_000 }, { resource: "protectedvms", name: "vm-0" }));
  await editVm(rig().admin, { namespace: NAMESPACE, n: 0 }, 1);
  await rig().admin.delete({ kind: "ProtectedVM", namespace: NAMESPACE, name: "vm-3" });
  const other = vm(NAMESPACE, 4, 10);
  await rig().admin.create({ ...other, metadata: { ...other.metadata, name: "vm-3" } });
  await rig().admin.create(policy("late", { priority: 900, affinity: { network: "AgentOnly" } }));
  await rig().right(2_000 + AFTER_EVENT);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});
