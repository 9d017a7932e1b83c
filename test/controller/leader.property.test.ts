import fc from "fast-check";
import { expect, test } from "vitest";
import { type Candidate, TIMES, World } from "./leader-world.ts";

/** Longest way of a request or an answer on a slow network: some arrive when nobody waits for them any more. Milliseconds. */
const SLOW = 8_000;
/** Longest pause and cut of a step. */
const LONGEST = 40_000;
/** How wrong an oscillator may be. */
const DRIFT = 0.01;
/** Longest way of a request or an answer when all is well. Milliseconds. */
const LATENCY = 10;

type Fault = "cut" | "flaky" | "slow" | "well" | "pause" | "crash" | "stop" | "skew";
interface Step {
  readonly fault: Fault;
  /** Which candidate it strikes: a fraction of those that there are, or the one that leads. */
  readonly whom: number | "leader";
  readonly ms: number;
  readonly wait: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    fault: fc.constantFrom<Fault>("cut", "flaky", "slow", "well", "pause", "crash", "stop", "skew"),
    whom: fc.oneof(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.constant("leader" as const)),
    ms: fc.oneof(fc.nat(3_000), fc.nat(LONGEST)),
    wait: fc.oneof(fc.nat(200), fc.nat(3_000), fc.nat(20_000)),
  }),
  { minLength: 3, maxLength: 20, size: "max" },
);

const plans = fc.record({
  seed: fc.nat(2 ** 31),
  rates: fc.array(fc.double({ min: 1 - DRIFT, max: 1 + DRIFT, noNaN: true }), { minLength: 2, maxLength: 3 }),
  steps,
});

function strike(world: World, { fault, whom, ms }: Step): void {
  const alive = world.candidates.filter(({ machine, ended }) => !machine.isDead && ended === undefined);
  const victim = whom === "leader" ? (world.leading ?? alive[0]) : alive[Math.floor(whom * alive.length)];
  if (victim === undefined) return;
  const { trouble, machine } = victim;
  switch (fault) {
    case "cut":
      trouble.awayUntil = world.now + ms;
      break;
    case "flaky":
      Object.assign(trouble, { lost: 0.4, refused: 0.2 });
      break;
    case "slow":
      trouble.latency = SLOW;
      break;
    case "well":
      heal(victim);
      break;
    case "pause":
      machine.pause(ms);
      break;
    case "crash":
      machine.kill();
      break;
    case "stop":
      victim.stop();
      break;
    case "skew":
      machine.skew += (ms - LONGEST / 2) * 100;
      break;
    default:
      fault satisfies never;
  }
}

function heal({ trouble }: Candidate): void {
  Object.assign(trouble, { latency: LATENCY, lost: 0, refused: 0, awayUntil: 0 });
}

/** As a Deployment does: what has ended or died is started anew, as somebody else. */
function restart(world: World, rates: readonly number[]): void {
  for (const candidate of [...world.candidates]) {
    if (candidate.ended === undefined && !candidate.machine.isDead) continue;
    world.candidates.splice(world.candidates.indexOf(candidate), 1);
    world.start(rates[Math.floor(world.random() * rates.length)]);
  }
}

async function live(world: World, { rates, steps }: { rates: readonly number[]; steps: readonly Step[] }) {
  for (const rate of rates) heal(world.start(rate));
  await world.pass(5_000);
  for (const step of steps) {
    strike(world, step);
    await world.pass(step.wait);
    restart(world, rates);
  }
  for (const candidate of world.candidates) heal(candidate);
  // Whoever is paused goes on, and what is on its way arrives: for a while the past still has its say.
  await world.pass(LONGEST + 2 * SLOW);
  restart(world, rates);
}

test("never do two lead at once; after the faults one leads in time and stays; a standby follows a release within 2 s", async () => {
  const property = fc.asyncProperty(plans, async ({ seed, ...plan }) => {
    const world = new World(seed);
    await live(world, plan);
    // The leader may have died at the very end: its lease has to run out under somebody's eyes.
    const { duration, retryPeriod } = TIMES;
    const limit = duration * (1 + 2 * DRIFT) + 2 * retryPeriod + 4 * LATENCY;
    expect(await world.until(() => world.leading !== undefined, limit), "nobody leads").toBeLessThan(limit);
    const { leading } = world;
    await world.pass(60_000);
    expect(world.leading?.identity, "the leader stays").toBe(leading?.identity);
    leading?.stop();
    // In one period: a renewal cut off, the release, which it may cross, the standby's pause, its two requests.
    const follows = () => world.leading !== undefined && world.leading !== leading;
    expect(await world.until(follows, 2_500), "time until a standby leads").toBeLessThan(2_000);
    for (const candidate of world.candidates) candidate.stop();
    await world.pass(5_000);
    for (const { ended, machine } of world.candidates) expect([ended, machine.pending]).toEqual(["stopped", 0]);
    expect(world.violations).toEqual([]);
  });
  await fc.assert(property, { numRuns: 300 });
}, 60_000);

test("a leader that dies is followed within the duration of the lease and one period", async () => {
  const property = fc.asyncProperty(fc.nat(2 ** 31), fc.nat(20_000), async (seed, wait) => {
    const world = new World(seed);
    world.start();
    world.start();
    await world.pass(5_000 + wait);
    const dead = world.leading;
    dead?.machine.kill();
    // Both looks at the lease may be late by a period's nine tenths: at its last change, and at its end.
    const limit = TIMES.duration + 2 * 0.9 * TIMES.retryPeriod + 100;
    const ms = await world.until(() => world.leading !== undefined, limit);
    expect(ms).toBeLessThan(limit);
    // It was renewed within a period before it died, and nobody may follow before it has run out.
    expect(ms).toBeGreaterThan(TIMES.duration - TIMES.retryPeriod);
    expect(world.violations).toEqual([]);
  });
  await fc.assert(property, { numRuns: 100 });
});
