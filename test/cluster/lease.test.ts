import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { Leader, type LeaderOptions } from "../../src/controller/leader.ts";
import { systemClock } from "../../src/kube/clock.ts";
import { findCredentials } from "../../src/kube/credentials.ts";
import { isConflict, isNotFound } from "../../src/kube/errors.ts";
import { type LeaseSpec, leaseClient } from "../../src/kube/lease.ts";
import { Transport } from "../../src/kube/transport.ts";
import { useCluster } from "./fixture.ts";
import { until } from "./until.ts";

const { admin, namespace } = useCluster();
const transport = new Transport({ credentials: findCredentials({ kubeconfig: admin.kubeconfig }), version: "test" });
afterAll(() => transport[Symbol.asyncDispose]());

const TIMES: LeaderOptions["times"] = { duration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 };
const SHORT: LeaderOptions["times"] = { duration: 3_000, renewDeadline: 2_000, retryPeriod: 500 };

interface Running {
  readonly leader: Leader;
  readonly errors: unknown[];
  /** Ends it in order, with a release. */
  stop(): Promise<void>;
  /** Ends it without a word, as a kill does. */
  kill(): Promise<void>;
}

const running: Running[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
});

function start(
  identity: string,
  options: { name: string; times: LeaderOptions["times"]; inNamespace?: string },
): Running {
  const { name, times, inNamespace = namespace } = options;
  const errors: unknown[] = [];
  const leader = new Leader({
    client: leaseClient(transport, { namespace: inNamespace, name }),
    clock: systemClock,
    identity,
    times,
    onError: (error) => errors.push(error),
  });
  const end = new AbortController();
  const held = (async () => {
    await leader.acquire(end.signal);
    await leader.hold(end.signal);
  })().catch((error: unknown) => {
    if (!end.signal.aborted) errors.push(error);
  });
  const kill = async () => {
    end.abort();
    await held;
  };
  const stop = async () => {
    await kill();
    await leader.release();
  };
  const one = { leader, errors, kill, stop };
  running.push(one);
  return one;
}

const specOf = async (name: string): Promise<LeaseSpec> =>
  (await admin.get<KubeObject & { spec: LeaseSpec }>({ kind: "Lease", namespace, name })).spec;

/** Waits until it leads; returns the milliseconds that took. */
async function untilLeads({ leader }: Running, timeoutMs: number): Promise<number> {
  const start = performance.now();
  await until(() => leader.leads, { what: "it leads", timeoutMs });
  return performance.now() - start;
}

describe("a Lease on a real API server", () => {
  test("is taken, renewed and released; a standby follows within 2 s", async () => {
    const name = "released";
    const first = start("first", { name, times: TIMES });
    await untilLeads(first, 5_000);
    const taken = await specOf(name);
    expect(taken).toMatchObject({ holderIdentity: "first", leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(taken.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const second = start("second", { name, times: TIMES });
    await until(async () => (await specOf(name)).renewTime !== taken.renewTime, { what: "it is renewed" });
    expect(await specOf(name)).toMatchObject({ holderIdentity: "first", acquireTime: taken.acquireTime });
    expect(second.leader.leads).toBe(false);
    await first.stop();
    const ms = await untilLeads(second, 5_000);
    process.stdout.write(`lease: a standby leads ${ms.toFixed(0)} ms after the release\n`);
    expect(ms).toBeLessThan(2_000);
    expect(first.leader.leads).toBe(false);
    expect(await specOf(name)).toMatchObject({ holderIdentity: "second", leaseTransitions: 1 });
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  test("of a leader that died is taken when its duration is over, and not before", async () => {
    const name = "died";
    const first = start("first", { name, times: SHORT });
    await untilLeads(first, 5_000);
    const second = start("second", { name, times: SHORT });
    await new Promise((resolve) => setTimeout(resolve, 2 * SHORT.retryPeriod));
    await first.kill();
    const ms = await untilLeads(second, 10_000);
    expect(ms).toBeGreaterThan(SHORT.duration - SHORT.retryPeriod);
    expect(ms).toBeLessThan(SHORT.duration + 2 * SHORT.retryPeriod);
    expect(first.leader.leads).toBe(false);
  });

  test("is taken by one only of many that come at once", async () => {
    const name = "many";
    const all = ["a", "b", "c", "d", "e"].map((identity) => start(identity, { name, times: SHORT }));
    await until(() => all.some(({ leader }) => leader.leads), { what: "one leads" });
    for (let looks = 0; looks < 50; looks++) {
      expect(all.filter(({ leader }) => leader.leads).length).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(all.flatMap(({ errors }) => errors)).toEqual([]);
  });

  test("that somebody deleted is made anew by who holds it; that is a conflict, not an error", async () => {
    const name = "deleted";
    const first = start("first", { name, times: SHORT });
    await untilLeads(first, 5_000);
    const client = leaseClient(transport, { namespace, name });
    const read = await client.get({ timeoutMs: 5_000 });
    await admin.delete({ kind: "Lease", namespace, name });
    const late = client.put({ holderIdentity: "late" }, { read, timeoutMs: 5_000 });
    await expect(late).rejects.toSatisfy(isConflict);
    await until(async () => (await specOf(name)).holderIdentity === "first", { what: "it is there again" });
    expect(first.leader.leads).toBe(true);
    expect(first.errors).toEqual([]);
  });

  test("in a namespace that is not there is asked for again, and the error names the namespace", async () => {
    const inNamespace = `${namespace}-not-there`;
    const { errors, leader } = start("first", { name: "lost", times: SHORT, inNamespace });
    await until(() => errors.length >= 2, { what: "it was tried twice" });
    expect(errors[0]).toSatisfy(isNotFound);
    expect(String(errors[0])).toContain(`namespaces "${inNamespace}" not found`);
    expect(leader.leads).toBe(false);
    await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: inNamespace } });
    await until(() => leader.leads, { what: "it leads" });
    await admin.delete({ kind: "Namespace", name: inNamespace });
  });
});
