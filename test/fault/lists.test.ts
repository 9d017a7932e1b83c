import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { collectionPath, kindOf } from "../cluster/kinds.ts";
import { deleteAndWait, until } from "../cluster/until.ts";
import { editVm } from "./edits.ts";
import { appliance, inParallel, vm } from "./estate.ts";
import type { StaleList } from "./lists.ts";
import type { Plan, RequestFault, Trigger } from "./plan.ts";
import type { Probes } from "./probes.ts";
import { ALONE, CALM, NAMESPACE, range, untilLogged, useRig } from "./rig.ts";

const VMS = 20;
const rig = useRig();

function plan(fault: RequestFault, trigger: Trigger, duration: Plan["duration"] = "always", seed = 1): Plan {
  return { seed, trigger, fault, duration };
}

const FAILURE = { kind: "Status", apiVersion: "v1", status: "Failure" };

/** The answer of an API server that does not know WatchLists: everything is listed in pages. */
const NO_WATCH_LIST = plan(
  {
    type: "answer",
    status: 422,
    body: JSON.stringify({ ...FAILURE, reason: "Invalid", code: 422, message: "sendInitialEvents: Forbidden" }),
  },
  { verb: "watchlist" },
);

async function recorded(kind: string): Promise<StaleList> {
  const { body } = await rig().admin.request({ method: "GET", path: collectionPath(kind) });
  return { resource: kindOf(kind).plural, body: JSON.stringify(body) };
}

/** Ready is who has seen every kind. */
async function untilListed({ probes }: { readonly probes: Probes }): Promise<void> {
  await until(() => probes.samples.at(-1)?.ready === 200, { what: "it is ready", timeoutMs: 30_000 });
}

async function editAll(round: number, vms = VMS): Promise<void> {
  await inParallel(range(vms), (n) => editVm(rig().admin, { namespace: NAMESPACE, n }, round + (n % 2)));
}

test("F13: lists shuffled, in a WatchList and in pages: it goes on from the list's resourceVersion, not from an item's", async () => {
  await rig().populate(VMS);
  const controller = await rig().startController({
    plans: [plan({ type: "shuffle" }, { verb: ["list", "watchlist"] }, "always", 7)],
  });
  await rig().right(10_000);
  await editAll(1);
  await rig().right(2_000);
  await rig().crash(controller);
  const { proxy } = await rig().startController({
    plans: [NO_WATCH_LIST, plan({ type: "shuffle" }, { verb: "list" }, "always", 8)],
  });
  await rig().right(10_000);
  await editAll(2);
  await rig().right(2_000);
  expect(proxy.plans.injected.get("shuffle")).toBeGreaterThanOrEqual(4);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F20: a stale list of policies at the start, then the events that were missing: right again, and nothing is kept from the old world", async () => {
  await rig().populate(VMS);
  const list = await recorded("AffinityPolicy");
  await rig().admin.delete({ kind: "AffinityPolicy", name: "everywhere" });
  await rig().startController({
    plans: [
      plan({ type: "stale", list, holdMs: 0 }, { resource: "affinitypolicies", verb: "watchlist" }, { times: 1 }),
    ],
  });
  await rig().right(10_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F21: a relist answered by an older API server is refused: no write from the old world", async () => {
  await rig().populate(VMS);
  const list = await recorded("AffinityPolicy");
  const controller = await rig().startController({ args: [...ALONE, "--relist-interval=3s"] });
  await rig().right(10_000);
  await rig().admin.delete({ kind: "AffinityPolicy", name: "everywhere" });
  await rig().right(2_000);
  rig().auditor.clear();
  controller.proxy.add(
    plan({ type: "stale", list, holdMs: 60_000 }, { resource: "affinitypolicies", verb: "watchlist" }, { times: 1 }),
  );
  await untilLogged(controller, /stale, refused/, 10_000);
  await rig().right(10_000);
  expect(rig().auditor.decisions("ProtectedVM"), "decisions from the old world").toEqual([]);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

const SECOND_PAGE: readonly (readonly [string, RequestFault, number])[] = [
  // A read is repeated three times before the list is given up.
  ["fails with 500", { type: "answer", status: 500, body: "" }, 5],
  [
    "has expired (410)",
    { type: "answer", status: 410, body: JSON.stringify({ ...FAILURE, reason: "Expired", code: 410 }) },
    1,
  ],
  ["breaks off", { type: "drop", when: "afterCommit" }, 5],
];

test("F28: page 2 of a list fails with 500, has expired, breaks off: the whole list again, never a mixture", async () => {
  await rig().populate(505, 20);
  for (const [, fault, times] of SECOND_PAGE) {
    const pages = { verb: "list", resource: "protectedvms", page: 2 } as const;
    const controller = await rig().startController({ plans: [NO_WATCH_LIST, plan(fault, pages, { times })] });
    await rig().right(30_000);
    await untilListed(controller);
    expect(controller.proxy.plans.injected.get(fault.type)).toBeGreaterThan(0);
    await rig().crash(controller);
  }
}, 90_000);

test("F28: objects change and go between the pages of a list", async () => {
  await rig().populate(505, 20);
  const run = async () => {
    await rig().admin.delete({ kind: "ProtectedVM", namespace: NAMESPACE, name: "vm-1" });
    await editVm(rig().admin, { namespace: NAMESPACE, n: 2 }, 1);
    await rig().admin.create({ ...vm(NAMESPACE, 900, 20) });
  };
  await rig().startController({
    plans: [
      NO_WATCH_LIST,
      plan(
        { type: "call", when: "afterReply", run },
        { verb: "list", resource: "protectedvms", page: 1 },
        { times: 1 },
      ),
    ],
  });
  await rig().right(30_000);
}, 60_000);

test("F36: 401 once, and for four seconds: fresh credentials each time, and nothing of them in the log", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController();
  await rig().right(10_000);
  const refusal = {
    type: "answer",
    status: 401,
    body: JSON.stringify({
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      reason: "Unauthorized",
      code: 401,
      message: "Unauthorized",
    }),
  } as const;
  proxy.add(plan(refusal, { subresource: "status" }, { times: 1 }));
  await editAll(1);
  await rig().right(2_000);
  proxy.add(plan(refusal, {}, { ms: 4_000 }));
  await editAll(2);
  await rig().right(10_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F41: a watch of policies that drips one byte at a time: the others are not held up", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController({ args: [...ALONE, "--watch-silence=3s"] });
  await rig().right(10_000);
  proxy.add({
    seed: 1,
    trigger: { resource: "affinitypolicies" },
    fault: { type: "drip", everyMs: 1_000 },
    duration: { times: 1 },
  });
  await rig().admin.mergePatch(
    { kind: "AffinityPolicy", name: "everywhere" },
    { spec: { affinity: { network: "AgentOnly" } } },
  );
  const since = performance.now();
  await editAll(1);
  await sleep(1_000);
  expect(rig().budget(since).committed, "VM writes beside the stream that drips").toBeGreaterThan(0);
  // It is given up when no line has come for the allowed silence.
  await rig().right(12_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

/** Milliseconds; the long ones in `make test-long`. */
const DELAYS = process.env.TANDEM_TEST_LONG === "1" ? [200, 2_000, 20_000] : [200];

test.each(DELAYS)(
  "F42: every answer %i ms late",
  async (ms) => {
    await rig().populate(VMS);
    const { proxy } = await rig().startController({
      plans: [plan({ type: "wait", ms, when: "afterCommit" }, { verb: ["list", "update", "get"] })],
    });
    await rig().right(20_000 + 3 * ms);
    await editAll(1);
    await rig().right(2_000 + 6 * ms);
    expect(proxy.plans.injected.get("wait")).toBeGreaterThan(VMS);
    expect(await rig().writesWithin(CALM)).toEqual([]);
  },
  180_000,
);

test("F45: a kept connection is closed just when it is used again: reads are repeated, writes checked again", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController();
  await rig().right(10_000);
  proxy.add(plan({ type: "drop", when: "beforeSend" }, { subresource: "status", reused: true }, { times: 6 }));
  const since = performance.now();
  await editAll(1);
  await rig().right(5_000);
  expect(proxy.plans.injected.get("drop")).toBeGreaterThan(0);
  expect(rig().budget(since).wasted).toBe(0);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F46: answers to writes are lost after the commit: looked at again, not written again", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController();
  await rig().right(10_000);
  proxy.add(
    plan({ type: "drop", when: "afterCommit" }, { subresource: "status", resource: "protectedvms" }, { times: 8 }),
  );
  const since = performance.now();
  await editAll(1);
  // Each loss in a row waits longer, three seconds at most: the limit is from the last one on.
  const lost = () => proxy.plans.injected.get("drop") === 8;
  await until(lost, { what: "eight answers are lost", timeoutMs: 20_000 });
  await rig().right(5_000);
  expect(rig().budget(since).wasted, "writes of what was there already").toBe(0);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F46: all answers stall: what is in flight is bounded, and ends", async () => {
  await rig().populate(VMS);
  const { proxy } = await rig().startController();
  await rig().right(10_000);
  const stalledAt = performance.now();
  proxy.add(plan({ type: "stall", when: "beforeSend" }, { subresource: "status" }, { ms: 3_000 }));
  await editAll(1);
  await sleep(3_000);
  const waiting = proxy.history.requests.filter(({ start, end }) => start > stalledAt && end === undefined);
  expect(
    waiting.filter(({ request }) => request.subresource === "status").length,
    "writes in flight: eight VMs and four edits, four owners and three edits",
  ).toBeLessThanOrEqual(19);
  proxy.clear();
  proxy.reset();
  await rig().right(6_000);
});

test("F51: lists in another order: no write, the same bytes", async () => {
  await rig().populate(VMS);
  const first = await rig().startController();
  await rig().right(10_000);
  await rig().crash(first);
  const before = await recorded("ProtectedVM");
  const { proxy } = await rig().startController({
    plans: [plan({ type: "shuffle" }, { verb: ["list", "watchlist"] }, "always", 9)],
  });
  await rig().right(10_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
  expect(proxy.history.requests.filter(({ request }) => request.subresource === "status")).toEqual([]);
  const itemsOf = ({ body }: StaleList) => (JSON.parse(body) as { items: unknown }).items;
  expect(itemsOf(await recorded("ProtectedVM"))).toEqual(itemsOf(before));
});

test("F61: an object that another's finalizer holds: no write that fights it", async () => {
  await rig().populate(VMS);
  await rig().startController();
  await rig().right(10_000);
  const ref = { kind: "ProtectedVM", namespace: NAMESPACE, name: "vm-1" };
  await rig().admin.mergePatch(ref, { metadata: { finalizers: ["tests.example/hold"] } });
  await rig().admin.delete(ref);
  await rig().right(2_000);
  expect(await rig().writesWithin(CALM), "writes while it is held").toEqual([]);
  await rig().admin.mergePatch({ kind: "Appliance", name: "dsva-1" }, { spec: { activation: "Deactivated" } });
  await rig().right(3_000);
  await rig().admin.mergePatch(ref, { metadata: { finalizers: null } });
  await rig().right(2_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
});

test("F60: the namespace is deleted while its VMs are written", async () => {
  const { admin } = rig();
  const namespace = "faults-doomed";
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await rig().populate(VMS);
  await inParallel(range(30), (n) => admin.create(vm(namespace, n, 10)));
  await rig().startController();
  await deleteAndWait(admin, { kind: "Namespace", name: namespace });
  await admin.create(appliance(77));
  await rig().right(10_000);
  expect(await rig().writesWithin(CALM)).toEqual([]);
}, 60_000);
