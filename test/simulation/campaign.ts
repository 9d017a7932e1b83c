import { setImmediate } from "node:timers/promises";
import { planOf } from "./plan.ts";
import { shrink } from "./shrink.ts";
import { simulate } from "./simulation.ts";

export interface CampaignOptions {
  /** The first seed; the others follow it. */
  readonly base: number;
  /** It ends after so many, or with the first seed that breaks a rule. */
  readonly seeds: number;
  readonly seconds: number;
  readonly onSeed?: (progress: Progress) => void;
}

export interface Progress {
  readonly seeds: number;
  /** Statuses written in all of them. */
  readonly writes: number;
  /** What breaks a rule: seed, the fewest steps that do it, how to do it again. */
  readonly failure?: string;
}

/** Simulates one seed after another. */
export async function campaign({ base, seeds, seconds, onSeed }: CampaignOptions): Promise<Progress> {
  const startedAt = performance.now();
  let progress: Progress = { seeds: 0, writes: 0 };
  while (progress.seeds < seeds && performance.now() - startedAt < seconds * 1_000) {
    const seed = base + progress.seeds;
    const { violations, writes } = await simulate(seed, planOf(seed));
    progress = { seeds: progress.seeds + 1, writes: progress.writes + writes };
    if (violations.length > 0) return { ...progress, failure: await explained(seed) };
    // An unhandled rejection is told in this turn.
    await setImmediate();
    onSeed?.(progress);
  }
  return progress;
}

async function explained(seed: number): Promise<string> {
  const { steps, result } = await shrink(seed, planOf(seed));
  return [
    `seed ${seed}: ${result.violations.join("; ")}`,
    `replay: TANDEM_TEST_SIMULATION_SEED=${seed} vitest run test/simulation`,
    ...steps.map((step) => JSON.stringify(step)),
    ...result.trace,
  ].join("\n");
}
