import { expect, test } from "vitest";
import type { Controller } from "../../src/controller/controller.ts";
import { counting, reading } from "../../src/controller/metrics.ts";
import type { Outcome } from "../../src/controller/workers.ts";
import { Metrics } from "../../src/observe/metrics.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { numberOf, parseExposition } from "../observe/exposition.ts";

const error = new Error("why");

test("what takes milliseconds is told in seconds", async () => {
  const metrics = new Metrics(false);
  const counts = counting(metrics);
  counts.onOutcome?.({ kind: "ProtectedVM", key: "shop/a" }, { type: "settled", wrote: true }, 250);
  counts.onRequest({ method: "PUT", code: "200", durationMs: 500, pool: "api" });
  counts.queueObserver?.("owner").onTaken(750);
  const exposition = parseExposition(await metrics.text());
  const sum = (name: string, labels: Record<string, string>) => numberOf(exposition, `${name}_sum`, labels);
  expect(sum("controller_runtime_reconcile_time_seconds", { controller: "protectedvm" })).toBe(0.25);
  expect(sum("workqueue_work_duration_seconds", { name: "protectedvm" })).toBe(0.25);
  expect(sum("rest_client_request_duration_seconds", { verb: "PUT" })).toBe(0.5);
  expect(sum("workqueue_queue_duration_seconds", { name: "owner" })).toBe(0.75);
});

test.each<[string, Outcome, object]>([
  ["written", { type: "settled", wrote: true }, { writes: { written: 1 }, errors: 0 }],
  ["nothing to write", { type: "settled", wrote: false }, { writes: {}, errors: 0 }],
  ["parked", { type: "parked" }, { writes: {}, errors: 0 }],
  ["conflict", { type: "conflict" }, { writes: { conflict: 1 }, errors: 0 }],
  ["refused", { type: "refused", error, final: true }, { writes: { refused: 1 }, errors: 1 }],
  ["unavailable", { type: "unavailable", error }, { writes: { unavailable: 1 }, errors: 1 }],
  ["failed", { type: "failed", error }, { writes: { failed: 1 }, errors: 1 }],
])(
  "%s is counted as a write with that result, or as none, and as an error if it is one",
  async (_, outcome, expected) => {
    const metrics = new Metrics(false);
    counting(metrics).onOutcome?.({ kind: "Appliance", key: "a" }, outcome, 1);
    const exposition = parseExposition(await metrics.text());
    const writes = exposition.samples.filter(
      ({ name, labels, value }) =>
        name === "tandem_status_writes_total" && labels.get("kind") === "appliance" && value > 0,
    );
    expect({
      writes: Object.fromEntries(writes.map(({ labels, value }) => [labels.get("result"), value])),
      errors: numberOf(exposition, "controller_runtime_reconcile_errors_total", { controller: "appliance" }),
    }).toEqual(expected);
    expect(exposition.samples.filter(({ labels }) => labels.get("result") === "")).toEqual([]);
  },
);

test("of an Event its reason and what became of it is counted", async () => {
  const metrics = new Metrics(false);
  counting(metrics).onEvent("SourceMoved", "sent");
  const exposition = parseExposition(await metrics.text());
  expect(numberOf(exposition, "tandem_events_total", { reason: "SourceMoved", result: "sent" })).toBe(1);
});

test("of each kind: since when nothing was heard of it, and nothing at all before anything was", async () => {
  const clock = new VirtualClock();
  const metrics = new Metrics(false);
  const state = { synced: true, complete: false, lastContactAt: 2_000, lastError: undefined };
  const inputs = [
    { kind: "Appliance", size: 3, state },
    { kind: "Namespace", size: 0, state: { ...state, synced: false, lastContactAt: undefined } },
  ];
  const controller = { inputs, unsettled: 0, leads: true, load: { protectedvm: {}, owner: {} } };
  const counts = { vms: () => [], pending: () => [], unprotected: () => [] };
  reading(metrics, { ...controller, counts } as unknown as Controller, { lease: "l", version: "v", clock });
  await clock.advance(5_000);
  const exposition = parseExposition(await metrics.text());
  const of = (name: string) =>
    Object.fromEntries(
      exposition.samples.filter((one) => one.name === name).map(({ labels, value }) => [labels.get("kind"), value]),
    );
  expect(of("tandem_watch_age_seconds")).toEqual({ Appliance: 3 });
  expect(of("tandem_watch_last_event_timestamp_seconds")).toEqual({ Appliance: (clock.now() - 3_000) / 1_000 });
  expect(of("tandem_synced")).toEqual({ Appliance: 0, Namespace: 0 });
  expect(of("tandem_objects")).toEqual({ Appliance: 3, Namespace: 0 });
});
