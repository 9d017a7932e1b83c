import { beforeEach, describe, expect, test } from "vitest";
import { Leader } from "../../src/controller/leader.ts";
import { VirtualClock } from "../kube/virtual-clock.ts";
import { away, LeaseServer } from "./lease-server.ts";

const TIMES = { duration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 };

let clock: VirtualClock;
let random: number;
let server: LeaseServer;
let errors: unknown[];
let stopping: AbortController;

beforeEach(() => {
  random = 0.5;
  clock = new VirtualClock({ random: () => random });
  server = new LeaseServer(clock);
  errors = [];
  stopping = new AbortController();
});

const leaderOf = (identity: string) =>
  new Leader({
    client: server.client(identity),
    clock,
    identity,
    times: TIMES,
    onError: (error) => errors.push(error),
  });

/** A candidate that leads as soon as it can; says when it began and when it lost the lease. */
function run(identity: string) {
  const leader = leaderOf(identity);
  const times: { began?: number; lost?: number } = {};
  const done = (async () => {
    await leader.acquire(stopping.signal);
    times.began = clock.monotonic();
    await leader.hold(stopping.signal);
    times.lost = clock.monotonic();
  })();
  done.catch(() => {});
  return { leader, times, done };
}

describe("taking the lease", () => {
  test("where there is none: at once, and the Lease says so to people", async () => {
    const { leader, times } = run("a");
    await clock.advance(0);
    expect([leader.leads, leader.remainingMs, times.began]).toEqual([true, 10_000, 0]);
    const now = "2026-01-01T00:00:00.000000Z";
    expect(server.lease?.spec).toEqual({
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    });
    await clock.advance(60_000);
    expect(server.lease?.spec).toMatchObject({ acquireTime: now, leaseTransitions: 0 });
    expect(server.lease?.spec?.renewTime).toMatch(/^2026-01-01T00:00:5[89]/);
  });

  test.each([
    ["nobody", { holderIdentity: "", leaseTransitions: 3 }, 4],
    ["nobody, without a count", { holderIdentity: "" }, 1],
    ["ourselves before a restart", { holderIdentity: "a", leaseTransitions: 3 }, 3],
  ])("that %s holds: at once", async (_, spec, transitions) => {
    server.write(spec);
    const { leader } = run("a");
    await clock.advance(0);
    expect(leader.leads).toBe(true);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "a", leaseTransitions: transitions });
  });

  test.each([
    ["its own duration", { leaseDurationSeconds: 30 }, 30_000],
    ["our duration, where it says none", {}, 15_000],
  ])(
    "that somebody holds who is gone: after %s unchanged before our eyes, whatever its times say",
    async (_, spec, ms) => {
      await clock.advance(5_000);
      server.write({ holderIdentity: "gone", renewTime: "1999-01-01T00:00:00.000000Z", ...spec });
      const { leader, times } = run("a");
      await clock.advance(ms);
      expect([leader.leads, leader.remainingMs]).toEqual([false, 0]);
      await clock.advance(TIMES.retryPeriod);
      expect(leader.leads).toBe(true);
      expect(times.began).toBeGreaterThan(5_000 + ms);
    },
  );

  test("never happens while its holder renews it", async () => {
    const holder = run("a");
    await clock.advance(0);
    const other = run("b");
    await clock.advance(10 * 60_000);
    expect([holder.leader.leads, other.leader.leads]).toEqual([true, false]);
    expect(errors).toEqual([]);
  });

  test("by two at the same moment: one gets it, and that is nobody's failure", async () => {
    const all = ["a", "b", "c"].map(run);
    await clock.advance(0);
    expect(all.filter(({ leader }) => leader.leads)).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  test("is tried again after a failure, which is reported", async () => {
    server.onRequest = away;
    const { leader } = run("a");
    await clock.advance(20_000);
    expect(leader.leads).toBe(false);
    expect(errors.length).toBeGreaterThan(10);
    expect(errors[0]).toMatchObject({ code: "Network" });
    server.onRequest = () => {};
    await clock.advance(2_000);
    expect(leader.leads).toBe(true);
  });

  test.each([
    [0, 1_000],
    [1, 1_800],
  ])("is tried at times that chance spreads (%d): every %i ms", async (drawn, ms) => {
    random = drawn;
    server.write({ holderIdentity: "other" });
    run("a");
    await clock.advance(10_000);
    expect(server.requests.slice(0, 4).map(({ at }) => at)).toEqual([0, ms, 2 * ms, 3 * ms]);
  });
});

describe("a leader", () => {
  test("renews without a read, which costs one request", async () => {
    run("a");
    await clock.advance(0);
    server.requests = [];
    await clock.advance(60_000);
    expect(server.requests.every(({ verb }) => verb === "put")).toBe(true);
    expect(server.requests.length).toBeGreaterThan(30);
  });

  test("stops when it could not renew for 10 s, counted from before its last request, and another follows later", async () => {
    const first = run("a");
    await clock.advance(0);
    const second = run("b");
    // The server took this renewal, but its answer was slow.
    server.onRequest = async (who) => {
      if (who === "a" && clock.monotonic() < 1_500)
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 700));
    };
    await clock.advance(2_200);
    expect(first.leader.remainingMs).toBe(10_000 - 800);
    server.onRequest = (who) => (who === "a" ? away() : undefined);
    await clock.advance(9_199);
    expect(first.leader.leads).toBe(true);
    await clock.advance(1);
    expect([first.leader.leads, first.leader.remainingMs]).toEqual([false, 0]);
    await clock.advance(10_000);
    expect(second.leader.leads).toBe(true);
    expect(second.times.began).toBeGreaterThan(first.times.lost ?? Number.POSITIVE_INFINITY);
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "b", leaseTransitions: 1 });
  });

  test("survives one failed renewal, after which it reads before it writes", async () => {
    const { leader } = run("a");
    await clock.advance(0);
    server.requests = [];
    server.onRequest = (_, verb) => (verb === "put" ? away() : undefined);
    await clock.advance(1_400);
    server.onRequest = () => {};
    await clock.advance(1_400);
    expect(server.requests.map(({ verb }) => verb)).toEqual(["put", "get", "put"]);
    expect(leader.leads).toBe(true);
  });

  test("that finds another's name in the lease stops at once", async () => {
    const { leader, times } = run("a");
    await clock.advance(0);
    server.write({ holderIdentity: "usurper" });
    await clock.advance(4_000);
    expect([leader.leads, leader.remainingMs]).toEqual([false, 0]);
    expect(times.lost).toBeLessThanOrEqual(4_000);
    expect(server.lease?.spec?.holderIdentity).toBe("usurper");
  });

  test("gives no request more time than half the deadline, and none more than it still leads", async () => {
    const { times } = run("a");
    await clock.advance(0);
    expect(new Set(server.requests.map(({ timeoutMs }) => timeoutMs))).toEqual(new Set([5_000]));
    server.requests = [];
    server.onRequest = () => new Promise<void>((_, reject) => clock.setTimeout(() => reject(new Error("slow")), 900));
    await clock.advance(15_000);
    expect(times.lost).toBeLessThanOrEqual(11_000);
    for (const { at, timeoutMs } of server.requests.filter((request) => request.at < 10_000)) {
      expect(timeoutMs).toBe(Math.min(5_000, 10_000 - at));
    }
  });
});

describe("the end", () => {
  test("lets another lead within two seconds, and the Lease names nobody", async () => {
    const first = run("a");
    await clock.advance(0);
    const second = run("b");
    await clock.advance(3_000);
    server.requests = [];
    await first.leader.release();
    expect(server.lease?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 0 });
    expect(server.lease?.spec?.renewTime).toBe("2026-01-01T00:00:03.000000Z");
    expect(server.requests).toMatchObject([{ who: "a", verb: "put", timeoutMs: 2_000 }]);
    expect(first.leader.leads).toBe(false);
    await clock.advance(2_000);
    expect(second.leader.leads).toBe(true);
  });

  test("of who does not lead any more leaves the lease alone", async () => {
    const idle = leaderOf("idle");
    await idle.release();
    const { leader } = run("a");
    await clock.advance(0);
    server.onRequest = away;
    await clock.advance(12_000);
    server.requests = [];
    await leader.release();
    expect(server.requests).toEqual([]);
  });

  test("cannot be said to a server that is away: that is thrown, and it leads no longer all the same", async () => {
    const { leader } = run("a");
    await clock.advance(0);
    server.onRequest = away;
    await expect(leader.release()).rejects.toMatchObject({ code: "Network" });
    expect(leader.leads).toBe(false);
  });

  test.each(["while it waits", "during a request"])(
    "by a signal (%s) is no failure, and leaves no timer",
    async (when) => {
      server.write({ holderIdentity: "other" });
      const candidate = run("a");
      await clock.advance(100);
      if (when === "during a request") {
        server.onRequest = () =>
          new Promise<void>((_, reject) => stopping.signal.addEventListener("abort", () => reject(new Error("cut"))));
        await clock.advance(1_400);
      }
      stopping.abort(new Error("stop"));
      await expect(candidate.done).rejects.toThrow("stop");
      expect([errors, clock.pending]).toEqual([[], 0]);
    },
  );
});
