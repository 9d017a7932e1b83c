import { expect, test } from "vitest";
import { counting, reading } from "../../src/controller/metrics.ts";
import { Metrics } from "../../src/observe/metrics.ts";
import { Scrape } from "./scale-metrics.ts";

/** What the controller's own metrics say in its own words. */
async function scrapeOf(busy: number, vms: number): Promise<Scrape> {
  const metrics = new Metrics(true);
  const counts = counting(metrics);
  const load = { protectedvm: { depth: busy, active: 0 }, owner: { depth: 0, active: 0 } };
  const controller = {
    inputs: [],
    load,
    leads: true,
    unsettled: 0,
    counts: {
      vms: () => [
        { mode: "Combined", coverage: "full", count: vms - 1 },
        { mode: "Agentless", coverage: "none", count: 1 },
      ],
      pending: () => [],
      unprotected: () => [],
    },
  } as unknown as Parameters<typeof reading>[1];
  const clock = { now: () => 0, monotonic: () => 0 } as Parameters<typeof reading>[2]["clock"];
  reading(metrics, controller, { lease: "tandem", version: "0", clock });
  for (const method of ["GET", "GET", "PUT"]) counts.onRequest({ method, code: "200", durationMs: 1, pool: "api" });
  counts.onOutcome?.({ kind: "ProtectedVM", key: "ns/a" }, { type: "settled", wrote: true }, 1);
  counts.onOutcome?.({ kind: "Appliance", key: "a" }, { type: "conflict" }, 1);
  return new Scrape(await metrics.text());
}

test("what the controller exports can be read", async () => {
  const scrape = await scrapeOf(0, 7);
  expect(scrape.vmWrites).toBe(1);
  expect(scrape.writes).toBe(2);
  expect(Object.fromEntries(scrape.by("rest_client_requests_total", "method"))).toEqual({ GET: 2, PUT: 1 });
  expect(scrape.cpuMs).toBeGreaterThan(0);
});

test("it is settled when it has counted every VM and has nothing to do", async () => {
  expect((await scrapeOf(0, 7)).isSettled(7)).toBe(true);
  expect((await scrapeOf(0, 7)).isSettled(8)).toBe(false);
  expect((await scrapeOf(1, 7)).isSettled(7)).toBe(false);
});
