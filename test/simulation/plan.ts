import fc from "fast-check";
import { type Operation, operation } from "../controller/operations.ts";

/** What happens to the estate, or to the world around it, and how long it then takes until the next step. Milliseconds. */
export type Step = { readonly wait: number } & (
  | { readonly type: "users"; readonly operation: Operation }
  | {
      readonly type:
        | "break streams"
        | "compact"
        | "restart server"
        | "away"
        | "freeze"
        | "forbid"
        | "lossy"
        | "slow"
        | "swallow"
        | "lag"
        | "crash"
        | "pause"
        | "terminate"
        | "skew"
        | "no watch list"
        | "well";
      /** What it strikes, or for how long. */
      readonly amount: number;
    }
);

const wait = fc.oneof(fc.nat(50), fc.nat(2_000), fc.nat(15_000));
const users = fc.record({ type: fc.constant("users" as const), operation, wait });
const fault = fc.record({
  type: fc.constantFrom(
    ...([
      "break streams",
      "compact",
      "restart server",
      "away",
      "freeze",
      "forbid",
      "lossy",
      "slow",
      "swallow",
      "lag",
      "crash",
      "pause",
      "terminate",
      "skew",
      "no watch list",
      "well",
    ] as const),
  ),
  amount: fc.nat(20_000),
  wait,
});
const faulty = fc.array(fc.oneof({ weight: 3, arbitrary: users }, { weight: 2, arbitrary: fault }), {
  minLength: 15,
  maxLength: 45,
  size: "max",
});
const calm = fc.array(users, { minLength: 10, maxLength: 30, size: "max" });

/** The steps of a seed; every fifth has no faults. */
export function planOf(seed: number): readonly Step[] {
  return fc.sample<readonly Step[]>(seed % 5 === 0 ? calm : faulty, { seed, numRuns: 1 })[0] ?? [];
}
