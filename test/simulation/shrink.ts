import type { Step } from "./plan.ts";
import { type Result, simulate } from "./simulation.ts";

/** Takes steps out of a plan that fails as long as it fails without them, and returns the last failure. */
export async function shrink(
  seed: number,
  steps: readonly Step[],
): Promise<{ steps: readonly Step[]; result: Result }> {
  let least = { steps, result: await simulate(seed, steps) };
  for (let size = Math.ceil(steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < least.steps.length; ) {
      const fewer = least.steps.toSpliced(from, size);
      const result = await simulate(seed, fewer);
      if (result.violations.length > 0) least = { steps: fewer, result };
      else from += size;
    }
  }
  return least;
}
