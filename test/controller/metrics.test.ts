import { expect, test } from "vitest";
import { apiAt } from "../../src/controller/api.ts";
import { Controller } from "../../src/controller/controller.ts";
import { counting, reading } from "../../src/controller/metrics.ts";
import { readiness } from "../../src/controller/readiness.ts";
import { Transport } from "../../src/kube/transport.ts";
import { createLog } from "../../src/observe/log.ts";
import { Metrics } from "../../src/observe/metrics.ts";
import { sendJson, TestCredentials } from "../kube/server.ts";
import { until, VirtualClock } from "../kube/virtual-clock.ts";
import { type Exposition, numberOf, parseExposition } from "../observe/exposition.ts";
import { appliance, vm } from "../resolve/estate.ts";
import { HttpApi } from "./http-api.ts";

/** A controller with metrics on an API server in this process; its time is virtual. */
async function rig(vms: number) {
  const api = new HttpApi();
  const stored = (object: { metadata: { name: string } }, index: number) => {
    const metadata = { ...object.metadata, uid: `uid-${object.metadata.name}`, resourceVersion: String(index + 1) };
    return { ...object, metadata };
  };
  api.objects = {
    appliances: [appliance("a")].map(stored),
    protectedvms: Array.from({ length: vms }, (_, index) => vm(`hostile-${index}`, { hostName: "esx-9" })).map(stored),
  };
  await api.server.listen();
  const clock = new VirtualClock();
  const metrics = new Metrics(false);
  const counts = counting(metrics);
  const credentials = new TestCredentials(api.server.url);
  const transport = new Transport({ credentials, version: "test", clock, onRequest: counts.onRequest });
  const controller = new Controller({
    api: apiAt(transport, { clock, watchSilenceMs: 40_000 }),
    clock,
    managerVersion: "20.0",
    concurrency: 4,
    relistMs: 600_000,
    log: createLog({ level: "silent", format: "json" }),
    observers: [counts],
  });
  reading(metrics, controller, { lease: "tandem", version: "1.2.3", clock });
  const stop = new AbortController();
  let running = Promise.resolve<unknown>(undefined);
  return {
    api,
    clock,
    run: () => {
      running = controller.run(stop.signal);
    },
    scrape: async () => parseExposition(await metrics.text()),
    /** Names of the checks that fail. */
    unready: () =>
      readiness(controller, clock)
        .filter((check) => check.problem() !== undefined)
        .map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await transport.close();
      await running;
      await api[Symbol.asyncDispose]();
    },
  };
}

/** The series of a name that there are, `a=b c=d`, with their values. */
function seriesOf({ samples }: Exposition, name: string): Record<string, number> {
  return Object.fromEntries(
    samples
      .filter((sample) => sample.name === name)
      .map(({ labels, value }) => [[...labels].map(([label, of]) => `${label}=${of}`).join(" "), value]),
  );
}

const zeros = (...series: string[]) => Object.fromEntries(series.map((one) => [one, 0]));
const CONTROLLERS = ["protectedvm", "affinitypolicy", "appliance"];
const KINDS = ["Namespace", "Appliance", "AffinityPolicy", "ProtectedVM"];
const across = (first: string, firsts: string[], second: string, seconds: string[]) =>
  firsts.flatMap((a) => seconds.map((b) => `${first}=${a} ${second}=${b}`));

test("every series whose labels are known beforehand is there before anything has happened, as 0", async () => {
  await using one = await rig(0);
  const exposition = await one.scrape();
  const queues = ["name=protectedvm", "name=owner"];
  expect(seriesOf(exposition, "controller_runtime_reconcile_total")).toEqual(
    zeros(...across("controller", CONTROLLERS, "result", ["success", "requeue", "requeue_after", "error"])),
  );
  expect(seriesOf(exposition, "controller_runtime_reconcile_errors_total")).toEqual(
    zeros(...CONTROLLERS.map((controller) => `controller=${controller}`)),
  );
  expect(seriesOf(exposition, "tandem_status_writes_total")).toEqual(
    zeros(...across("kind", CONTROLLERS, "result", ["written", "conflict", "refused", "unavailable", "failed"])),
  );
  expect(seriesOf(exposition, "tandem_watch_errors_total")).toEqual(
    zeros(...across("kind", KINDS, "during", ["list", "watch"])),
  );
  for (const name of ["workqueue_depth", "workqueue_adds_total", "workqueue_retries_total"])
    expect(seriesOf(exposition, name)).toEqual(zeros(...queues));
  expect(seriesOf(exposition, "controller_runtime_active_workers")).toEqual(
    zeros("controller=protectedvm", "controller=owner"),
  );
  for (const name of ["tandem_synced", "tandem_objects"])
    expect(seriesOf(exposition, name)).toEqual(zeros(...KINDS.map((kind) => `kind=${kind}`)));
  expect(seriesOf(exposition, "tandem_vms")).toEqual(
    zeros(
      ...across("mode", ["Combined", "Agentless", "AgentBased", "Unprotected"], "coverage", [
        "full",
        "partial",
        "none",
      ]),
    ),
  );
  expect(Object.keys(seriesOf(exposition, "tandem_modules_pending"))).toHaveLength(7);
  expect(Object.keys(seriesOf(exposition, "tandem_features_unprotected"))).toHaveLength(7);
  for (const name of ["queue", "work"])
    expect(seriesOf(exposition, `workqueue_${name}_duration_seconds_count`)).toEqual(zeros(...queues));
  expect(seriesOf(exposition, "controller_runtime_reconcile_time_seconds_count")).toEqual(
    zeros(...CONTROLLERS.map((controller) => `controller=${controller}`)),
  );
  expect(seriesOf(exposition, "tandem_build_info")).toEqual({ [`version=1.2.3 node=${process.version}`]: 1 });
  expect(seriesOf(exposition, "leader_election_master_status")).toEqual({ "name=tandem": expect.any(Number) });
});

test("what happened is counted, and the VMs are told by how they are", async () => {
  await using one = await rig(20);
  one.run();
  await until(() => one.api.puts.length === 20);
  await until(() => one.unready().length === 0);
  await one.clock.advance(2_000);
  await until(() => one.api.puts.length === 21);
  const exposition = await one.scrape();
  const number = (name: string, labels: Record<string, string>) => numberOf(exposition, name, labels);
  expect(number("tandem_status_writes_total", { kind: "protectedvm", result: "written" })).toBe(20);
  expect(number("controller_runtime_reconcile_total", { controller: "protectedvm", result: "success" })).toBe(20);
  expect(number("controller_runtime_reconcile_time_seconds_count", { controller: "protectedvm" })).toBe(20);
  expect(number("workqueue_adds_total", { name: "protectedvm" })).toBe(20);
  expect(number("workqueue_queue_duration_seconds_count", { name: "protectedvm" })).toBe(20);
  expect(number("workqueue_work_duration_seconds_count", { name: "protectedvm" })).toBe(20);
  expect(number("rest_client_requests_total", { method: "PUT", code: "200" })).toBe(21);
  expect(number("tandem_objects", { kind: "ProtectedVM" })).toBe(20);
  expect(number("tandem_vms", { mode: "Unprotected", coverage: "none" })).toBe(20);
  expect(number("tandem_features_unprotected", { feature: "AntiMalware" })).toBe(20);
  for (const kind of KINDS) {
    expect(number("tandem_synced", { kind })).toBe(1);
    expect(number("tandem_watch_age_seconds", { kind })).toBe(2);
    expect(number("tandem_watch_last_event_timestamp_seconds", { kind })).toBe((one.clock.now() - 2_000) / 1_000);
  }
});

test("no label has a value that comes from an object, so a scrape does not grow with the estate", async () => {
  const scrapes = [];
  for (const vms of [1, 40]) {
    await using one = await rig(vms);
    one.run();
    const looks = async () =>
      numberOf(await one.scrape(), "controller_runtime_reconcile_total", {
        controller: "appliance",
        result: "success",
      });
    await expect
      .poll(async () => {
        await one.clock.advance(500);
        return await looks();
      })
      .toBeGreaterThan(0);
    expect(one.api.puts.length).toBe(vms + 1);
    scrapes.push(await one.scrape());
  }
  const ids = scrapes.map(({ samples }) =>
    samples.map(({ name, labels }) => `${name} ${JSON.stringify([...labels])}`).toSorted(),
  );
  expect(ids[1]).toEqual(ids[0]);
  expect(JSON.stringify(ids)).not.toContain("hostile-");
});

test("a refused write is counted as such, and while it lasts the object as unsettled", async () => {
  await using one = await rig(1);
  one.api.onPut = (_put, response) =>
    sendJson(response, 422, { kind: "Status", apiVersion: "v1", code: 422, reason: "Invalid", message: "no" });
  one.run();
  await until(() => one.api.puts.length === 1);
  await until(() => {
    void one.clock.advance(10);
    return one.api.puts.length >= 2;
  });
  await until(() => one.unready().length === 0);
  const refused = async () =>
    numberOf(await one.scrape(), "tandem_status_writes_total", { kind: "protectedvm", result: "refused" });
  await expect.poll(refused).toBe(2);
  const exposition = await one.scrape();
  expect(numberOf(exposition, "controller_runtime_reconcile_errors_total", { controller: "protectedvm" })).toBe(2);
  expect(numberOf(exposition, "workqueue_retries_total", { name: "protectedvm" })).toBe(1);
  expect(numberOf(exposition, "tandem_unsettled_objects")).toBe(1);
});

test("who cannot list a kind is not ready, and says which", async () => {
  await using one = await rig(1);
  expect(one.unready().toSorted()).toEqual(KINDS.map((kind) => kind.toLowerCase()).toSorted());
  one.api.forbidden.add("appliances");
  one.run();
  await until(() => one.unready().length === 1);
  expect(one.unready()).toEqual(["appliance"]);
  const failures = async () =>
    numberOf(await one.scrape(), "tandem_watch_errors_total", { kind: "Appliance", during: "list" });
  await expect.poll(failures).toBeGreaterThan(0);
  expect(numberOf(await one.scrape(), "tandem_synced", { kind: "Appliance" })).toBe(0);
});
