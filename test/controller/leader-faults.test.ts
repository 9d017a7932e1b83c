import { describe, expect, test } from "vitest";
import type { Trouble } from "../simulation/wire.ts";
import { type Candidate, TIMES, World } from "./leader-world.ts";

/** A world with one that leads and one that waits, for long enough to have seen the lease. */
async function leaderAndStandby(): Promise<{ world: World; leader: Candidate; standby: Candidate }> {
  const world = new World();
  const leader = world.start();
  await world.pass(1_000);
  const standby = world.start();
  await world.pass(5_000);
  expect([leader.leads, standby.leads]).toEqual([true, false]);
  return { world, leader, standby };
}

/** From now on its requests vanish, and nobody says so. */
function silence({ trouble }: Candidate): void {
  trouble.latency = Number.MAX_SAFE_INTEGER;
}

describe("a leader", () => {
  test("stops at once when it reads that another holds the lease", async () => {
    const { world, leader } = await leaderAndStandby();
    world.edit({ holderIdentity: "somebody else" });
    // It finds out at its next renewal, which is refused: it must not take that for a mishap until the one after.
    await world.until(() => !leader.leads, 10_000);
    expect(world.now - 6_000).toBeLessThan(0.9 * TIMES.retryPeriod + 100);
    await world.pass(10);
    expect(leader.ended).toBe("lost");
    expect(leader.errors).toEqual([]);
  });

  test("goes on when others change what is not theirs to change", async () => {
    const { world, leader } = await leaderAndStandby();
    for (let edits = 0; edits < 50; edits++) {
      world.edit({ strategy: `edit ${edits}` });
      await world.pass(1_000);
      expect(leader.leads).toBe(true);
    }
    expect(world.lease?.spec.strategy).toBe("edit 49");
  });

  test("makes a lease that somebody deleted anew, and the one that waits does not do it before", async () => {
    for (let wait = 0; wait < 4_000; wait += 100) {
      const { world, leader } = await leaderAndStandby();
      await world.pass(wait);
      world.delete();
      await world.pass(5_000);
      expect(world.leading).toBe(leader);
      expect(world.lease?.spec.holderIdentity).toBe(leader.identity);
      expect(world.violations).toEqual([]);
    }
  });

  test("that hears nothing more leads until its time is up, not longer, and ends then", async () => {
    const { world, leader, standby } = await leaderAndStandby();
    silence(leader);
    const ms = await world.until(() => !leader.leads, 20_000);
    expect(ms).toBeGreaterThan(TIMES.renewDeadline - TIMES.retryPeriod);
    expect(ms).toBeLessThanOrEqual(TIMES.renewDeadline);
    await world.pass(100);
    expect(leader.ended).toBe("lost");
    expect(leader.machine.pending).toBe(0);
    const free = await world.until(() => standby.leads, 20_000);
    expect(free).toBeGreaterThan(TIMES.duration - TIMES.renewDeadline - TIMES.retryPeriod);
    expect(world.violations).toEqual([]);
  });

  test.each([
    ["nobody answers", (trouble: Trouble) => Object.assign(trouble, { awayUntil: Number.MAX_SAFE_INTEGER })],
    ["answers come late or too late", (trouble: Trouble) => Object.assign(trouble, { latency: 6_000 })],
    ["some do not come at all", (trouble: Trouble) => Object.assign(trouble, { latency: 4_000, lost: 0.5 })],
  ])("that loses the lease ends at that moment: %s", async (_, strike) => {
    let lost = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const world = new World(seed);
      const leader = world.start();
      await world.pass(5_000);
      strike(leader.trouble);
      if ((await world.until(() => !leader.leads, 120_000)) > 120_000) continue;
      lost += 1;
      expect(leader.ended).toBe("lost");
      expect(leader.machine.pending).toBe(0);
    }
    expect(lost).toBeGreaterThan(50);
  });

  test("that gets no answer to a renewal reads what became of it, and goes on", async () => {
    const { world, leader } = await leaderAndStandby();
    leader.trouble.lost = 0.2;
    await world.pass(300_000);
    expect(leader.leads).toBe(true);
    expect(leader.errors.length).toBeGreaterThan(10);
    expect(world.violations).toEqual([]);
  });

  test("that slept finds out the moment it asks, and takes no lease that another has", async () => {
    const { world, leader, standby } = await leaderAndStandby();
    leader.machine.pause(20_000);
    await world.pass(19_999);
    expect(standby.leads).toBe(true);
    expect(leader.leads).toBe(false);
    expect(leader.leader.remainingMs).toBe(0);
    await world.pass(1_000);
    expect(leader.ended).toBe("lost");
    expect(world.leading).toBe(standby);
  });

  test("has as many milliseconds left as until it stops, whatever the wall clock says", async () => {
    const { world, leader } = await leaderAndStandby();
    leader.machine.skew = 3_600_000;
    silence(leader);
    const { remainingMs } = leader.leader;
    expect(remainingMs).toBeGreaterThan(TIMES.renewDeadline - TIMES.retryPeriod);
    await world.pass(remainingMs - 1);
    expect(leader.leads).toBe(true);
    await world.pass(1);
    expect(leader.leads).toBe(false);
  });
});

describe("a standby", () => {
  test("that slept does not count its sleep: a lease that changed meanwhile is not free", async () => {
    const { world, leader, standby } = await leaderAndStandby();
    standby.machine.pause(20_000);
    await world.pass(30_000);
    expect(world.leading).toBe(leader);
    expect(world.lease?.spec.leaseTransitions).toBe(0);
    expect(standby.errors).toEqual([]);
  });

  test("that is told to stop writes nothing, and leaves the lease alone", async () => {
    const { world, leader, standby } = await leaderAndStandby();
    standby.stop();
    await world.pass(10);
    expect(standby.ended).toBe("stopped");
    expect(standby.machine.pending).toBe(0);
    expect(world.lease?.spec.holderIdentity).toBe(leader.identity);
  });
});

describe("a release", () => {
  test("in the middle of a renewal, whether that arrives or not, lets the standby lead within 2 s", async () => {
    for (let moment = 0; moment < 2_000; moment += 3) {
      const { world, leader, standby } = await leaderAndStandby();
      leader.trouble.latency = 20;
      await world.pass(moment);
      leader.stop();
      expect(await world.until(() => standby.leads, 3_000), `stopped after ${moment} ms`).toBeLessThan(2_000);
      await world.pass(100);
      expect([leader.ended, leader.errors]).toEqual(["stopped", []]);
      expect(world.violations).toEqual([]);
    }
  });

  test("that fails says so within 2 s and leads no more", async () => {
    const { world, leader } = await leaderAndStandby();
    silence(leader);
    let failure: unknown;
    const released = leader.leader.release().catch((error: unknown) => {
      failure = error;
    });
    expect(leader.leads).toBe(false);
    await world.pass(2_000);
    await released;
    expect(failure).toMatchObject({ name: "ApiError", code: "Timeout" });
  });

  test("does not touch the lease of another", async () => {
    const { world, leader } = await leaderAndStandby();
    world.edit({ holderIdentity: "somebody else" });
    await Promise.all([leader.leader.release(), world.pass(100)]);
    expect(world.lease?.spec.holderIdentity).toBe("somebody else");
  });
});

describe("errors", () => {
  test("are told with how many there were in a row, and counted anew after an answer", async () => {
    const world = new World();
    const candidate = world.start();
    candidate.trouble.forbidden.add("Lease");
    await world.pass(10_000);
    const { errors } = candidate;
    expect(errors.length).toBeGreaterThanOrEqual(5);
    expect(errors.map(({ failures }) => failures)).toEqual(errors.map((_, index) => index + 1));
    expect(errors[0]?.error).toMatchObject({ httpStatus: 403, reason: "Forbidden" });
    candidate.trouble.forbidden.clear();
    await world.pass(5_000);
    expect(candidate.leads).toBe(true);
    errors.length = 0;
    candidate.trouble.awayUntil = world.now + 3_000;
    await world.pass(10_000);
    expect(errors[0]).toMatchObject({ failures: 1, error: { code: "Network" } });
  });

  test("are no conflicts, and no end that was asked for", async () => {
    const world = new World();
    const candidates = [world.start(), world.start(), world.start()];
    await world.pass(5_000);
    for (const candidate of candidates) candidate.stop();
    await world.pass(5_000);
    expect(candidates.flatMap(({ errors }) => errors)).toEqual([]);
    expect(candidates.map(({ ended }) => ended)).toEqual(["stopped", "stopped", "stopped"]);
  });
});
