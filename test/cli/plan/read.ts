import { readSources } from "../../../src/api/manifest/index.ts";
import { type Estate, estateOf as read } from "../../../src/cli/input/estate.ts";
import { type Plan, plan } from "../../../src/cli/plan/plan.ts";
import { type Output, print } from "../../../src/cli/plan/print.ts";
import { stream } from "../estates.ts";

/** Reads objects as the command would read them from a file. */
export async function estateOf(objects: readonly object[]): Promise<Estate> {
  const stdin = (async function* () {
    yield Buffer.from(stream(objects));
  })();
  const estate = await read(readSources(["-"], { recursive: false, stdin }), { namespace: "default" });
  if (estate.problems.length > 0) throw new Error(JSON.stringify(estate.problems));
  return estate;
}

export async function planOf(from: readonly object[], to: readonly object[], managerVersion = "20.0"): Promise<Plan> {
  return plan(await estateOf(from), await estateOf(to), managerVersion);
}

export function printed(plan: Plan, output: Output): string {
  return [...print({ plan, guards: [] }, output, { colour: false, progress: false, width: 120 })].join("");
}
