import { expect, test } from "vitest";
import { campaign } from "./campaign.ts";
import { settings } from "./environment.ts";
import { planOf } from "./plan.ts";
import { simulate } from "./simulation.ts";

/** 500 seeds take about 15 s of one core; the limit of time is for machines that do other things. */
const SETTINGS = settings({ base: 1, seeds: 500, seconds: 180 });

test("whatever happens to two controllers and their API server, no rule is broken, and all is right in the end", {
  timeout: SETTINGS.seconds * 1_000 + 60_000,
}, async () => {
  const startedAt = performance.now();
  const { seeds, writes, failure } = await campaign(SETTINGS);
  if (failure !== undefined) expect.fail(failure);
  const rate = Math.round(seeds / ((performance.now() - startedAt) / 60_000));
  process.stdout.write(`simulation: ${seeds} seeds from ${SETTINGS.base}, ${writes} writes, ${rate} seeds a minute\n`);
  expect(writes).toBeGreaterThan(0);
});

test("the same seed is the same run, another one is not", async () => {
  for (const seed of [1, 2, 5]) {
    const one = await simulate(seed, planOf(seed));
    expect((await simulate(seed, planOf(seed))).hash).toBe(one.hash);
    expect((await simulate(seed + 1_000, planOf(seed))).hash).not.toBe(one.hash);
  }
});
