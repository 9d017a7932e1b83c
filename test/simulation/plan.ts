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
        | "stale"
        | "restore"
        | "well";
      /** What it strikes, or for how long. */
      readonly amount: number;
    }
  /** Gives an object a finalizer, or takes it away. */
  | { readonly type: "hold"; readonly amount: number }
);

const wait = fc.oneof(fc.nat(50), fc.nat(2_000), fc.nat(15_000));
const users = fc.record({ type: fc.constant("users" as const), operation, wait });
const hold = fc.record({ type: fc.constant("hold" as const), amount: fc.nat(99), wait });
const restore = fc.record({ type: fc.constant("restore" as const), amount: fc.nat(30), wait });
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
      "stale",
      "well",
    ] as const),
  ),
  amount: fc.nat(20_000),
  wait,
});
const faulty = fc.array(
  fc.oneof(
    { weight: 60, arbitrary: users },
    { weight: 4, arbitrary: hold },
    { weight: 40, arbitrary: fault },
    { weight: 1, arbitrary: restore },
  ),
  {
    minLength: 15,
    maxLength: 45,
    size: "max",
  },
);
const calm = fc.array(fc.oneof({ weight: 15, arbitrary: users }, { weight: 1, arbitrary: hold }), {
  minLength: 10,
  maxLength: 30,
  size: "max",
});

/** Nothing goes wrong in it. */
export function isCalm(steps: readonly Step[]): boolean {
  return steps.every(({ type }) => type === "users" || type === "hold");
}

/** The steps of a seed; every fifth has no faults. */
export function planOf(seed: number): readonly Step[] {
  return fc.sample<readonly Step[]>(seed % 5 === 0 ? calm : faulty, { seed, numRuns: 1 })[0] ?? [];
}
