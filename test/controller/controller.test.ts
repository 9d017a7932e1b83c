import { expect, test } from "vitest";
import { apiAt } from "../../src/controller/api.ts";
import { Controller } from "../../src/controller/controller.ts";
import { Transport } from "../../src/kube/transport.ts";
import { createLog } from "../../src/observe/log.ts";
import { sendJson, TestCredentials } from "../kube/server.ts";
import { until, VirtualClock } from "../kube/virtual-clock.ts";
import { vm } from "../resolve/estate.ts";
import { accepted, HttpApi } from "./http-api.ts";
import { heapUsed } from "./measure.ts";

/** A controller on an API server in this process; its time is virtual, its sockets are not. */
async function rig(vms: number) {
  const server = new HttpApi();
  server.objects = {
    protectedvms: Array.from({ length: vms }, (_, index) => {
      const { metadata, spec } = vm(`vm-${index}`);
      return { metadata: { ...metadata, uid: `uid-${index}`, resourceVersion: String(index + 1) }, spec };
    }),
  };
  await server.server.listen();
  const clock = new VirtualClock();
  const transport = new Transport({ credentials: new TestCredentials(server.server.url), version: "test", clock });
  const log = createLog({ level: "silent", format: "json" });
  const api = apiAt(transport, { clock, watchSilenceMs: 40_000 });
  const controller = new Controller({ api, clock, managerVersion: "20.0", concurrency: 4, relistMs: 600_000, log });
  const stop = new AbortController();
  let running = true;
  const run = () =>
    controller.run(stop.signal).then(() => {
      running = false;
    });
  return {
    api: server,
    clock,
    run,
    stop: () => stop.abort(),
    isRunning: () => running,
    /** Lets virtual time pass in steps between which sockets have their turns. */
    pass: async (ms: number) => {
      for (let left = ms; left > 0; left -= 250) {
        await clock.advance(Math.min(250, left));
        const turn = performance.now();
        await until(() => performance.now() - turn > 2);
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await transport.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

test("it lists, decides, writes each status once, and ends when it is told to, with no timer left", async () => {
  await using one = await rig(20);
  const { api, clock, run, stop } = one;
  const done = run();
  await until(() => api.puts.length === 20);
  expect(api.puts.map(({ path }) => path)).toContain(
    "/apis/tandem.dev/v1alpha1/namespaces/shop/protectedvms/vm-7/status",
  );
  for (const { body } of api.puts) {
    expect(Object.keys(body).toSorted()).toEqual(["apiVersion", "kind", "metadata", "status"]);
    expect(body.status).toMatchObject({ observedGeneration: 1, mode: "Unprotected" });
  }
  await one.pass(1_000);
  stop();
  await done;
  expect(api.puts).toHaveLength(20);
  expect(clock.pending).toBe(0);
});

test("while one kind cannot be listed nothing is written, and it goes on when it can", async () => {
  await using one = await rig(3);
  const { api, run } = one;
  api.forbidden.add("appliances");
  const done = run();
  await one.pass(5_000);
  expect(api.puts).toEqual([]);
  api.forbidden.clear();
  await one.pass(40_000);
  await until(() => api.puts.length === 3);
  one.stop();
  await done;
});

test("of the answers to its writes it keeps no managedFields and no annotations", async () => {
  await using one = await rig(30);
  const { api, run, stop } = one;
  const before = heapUsed();
  let serial = 0;
  const long = () => `${serial++}`.padEnd(500_000, "f");
  api.onPut = (put, response) => {
    const managedFields = [{ manager: long() }];
    sendJson(response, 200, accepted(put, { managedFields, annotations: { "kubectl.kubernetes.io/last": long() } }));
  };
  const done = run();
  await until(() => api.puts.length === 30);
  await one.pass(1_000);
  // 30 objects with a megabyte each.
  expect(heapUsed() - before).toBeLessThan(15_000_000);
  stop();
  await done;
});

test("told to end while the server asks it to wait, it does not wait for that", async () => {
  await using one = await rig(3);
  const { api, run, stop } = one;
  const status = { kind: "Status", apiVersion: "v1", code: 429, reason: "TooManyRequests", message: "later" };
  api.onPut = (_, response) => sendJson(response, 429, status, { "retry-after": "20" });
  const done = run();
  await until(() => api.puts.length === 3);
  stop();
  await one.pass(5_000);
  expect(one.isRunning()).toBe(false);
  await done;
});

test("a write that the server put off is not made after a kind has lost its list", async () => {
  await using one = await rig(3);
  const { api, run, stop } = one;
  const status = { kind: "Status", apiVersion: "v1", code: 429, reason: "TooManyRequests", message: "later" };
  api.onPut = (_, response) => sendJson(response, 429, status, { "retry-after": "20" });
  const done = run();
  await until(() => api.puts.length === 3);
  api.forbidden.add("appliances");
  api.expire("appliances");
  await one.pass(5_000);
  const before = api.puts.length;
  await one.pass(60_000);
  expect(api.puts.length).toBe(before);
  stop();
  await one.pass(30_000);
  await done;
});
