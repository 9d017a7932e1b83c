import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { planOf } from "./plan.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";

/** One seed to replay; or where to begin, and at most so many seeds and seconds. */
const {
  TANDEM_TEST_SIMULATION_SEED,
  TANDEM_TEST_SIMULATION_BASE,
  TANDEM_TEST_SIMULATION_SEEDS,
  TANDEM_TEST_SIMULATION_SECONDS,
} = process.env;
const SECONDS = Number(TANDEM_TEST_SIMULATION_SECONDS ?? 60);
const BASE = Number(TANDEM_TEST_SIMULATION_SEED ?? TANDEM_TEST_SIMULATION_BASE ?? 1);
const SEEDS = TANDEM_TEST_SIMULATION_SEED === undefined ? Number(TANDEM_TEST_SIMULATION_SEEDS ?? 1_000) : 1;

async function explained(seed: number): Promise<string> {
  const { steps, result } = await shrink(seed, planOf(seed));
  return [
    `seed ${seed}: ${result.violations.join("; ")}`,
    `replay: TANDEM_TEST_SIMULATION_SEED=${seed} vitest run test/simulation`,
    ...steps.map((step) => JSON.stringify(step)),
    ...result.trace,
  ].join("\n");
}

test("whatever happens to two controllers and their API server, no rule is broken, and all is right in the end", {
  timeout: SECONDS * 1_000 + 60_000,
}, async () => {
  const startedAt = performance.now();
  let seeds = 0;
  let writes = 0;
  for (; seeds < SEEDS && performance.now() - startedAt < SECONDS * 1_000; seeds++) {
    const result = await simulate(BASE + seeds, planOf(BASE + seeds));
    if (result.violations.length > 0) expect.fail(await explained(BASE + seeds));
    writes += result.writes;
    // An unhandled rejection is told in this turn.
    await setImmediate();
  }
  const rate = Math.round(seeds / ((performance.now() - startedAt) / 60_000));
  process.stdout.write(`simulation: ${seeds} seeds from ${BASE}, ${writes} writes, ${rate} seeds a minute\n`);
  expect(writes).toBeGreaterThan(0);
});

test("the same seed is the same run, another one is not", async () => {
  for (const seed of [1, 2, 5]) {
    const one = await simulate(seed, planOf(seed));
    expect((await simulate(seed, planOf(seed))).hash).toBe(one.hash);
    expect((await simulate(seed + 1_000, planOf(seed))).hash).not.toBe(one.hash);
  }
});
