import fc from "fast-check";
import { type Operation, operation } from "../controller/operations.ts";

const SERVER_FAULTS = [
  "break streams",
  "compact",
  "restart server",
  "away",
  "freeze",
  "forbid",
  "lossy",
  "slow",
  "swallow",
  "stale",
  "lag",
  "no watch list",
  "well",
] as const;
const PROCESS_FAULTS = ["crash", "pause", "terminate", "skew"] as const;

/** What happens to the API server, or on the way to it; `amount`: what it strikes, or for how long. */
export interface ServerFault {
  readonly type: (typeof SERVER_FAULTS)[number] | "restore";
  readonly amount: number;
}

interface ProcessFault {
  readonly type: (typeof PROCESS_FAULTS)[number];
  readonly amount: number;
}

/** What happens to the estate, or to the world around it, and how long it then takes until the next step. Milliseconds. */
export type Step = { readonly wait: number } & (
  | { readonly type: "users"; readonly operation: Operation }
  /** Gives an object a finalizer, or takes it away. */
  | { readonly type: "hold"; readonly amount: number }
  | ServerFault
  | ProcessFault
);

const wait = fc.oneof(fc.nat(50), fc.nat(2_000), fc.nat(15_000));
const users = fc.record({ type: fc.constant("users" as const), operation, wait });
const hold = fc.record({ type: fc.constant("hold" as const), amount: fc.nat(99), wait });
const fault = fc.record({ type: fc.constantFrom(...SERVER_FAULTS, ...PROCESS_FAULTS), amount: fc.nat(20_000), wait });
const restore = fc.record({ type: fc.constant("restore" as const), amount: fc.nat(30), wait });
const noticed = fault.filter(({ type }) => type !== "swallow");
const faulty = stepsOf(
  { weight: 60, arbitrary: users },
  { weight: 4, arbitrary: hold },
  { weight: 40, arbitrary: fault },
  { weight: 1, arbitrary: restore },
);
const faultyButNoticed = stepsOf(
  { weight: 15, arbitrary: users },
  { weight: 1, arbitrary: hold },
  { weight: 10, arbitrary: noticed },
);
const calm = fc.array(fc.oneof({ weight: 15, arbitrary: users }, { weight: 1, arbitrary: hold }), {
  minLength: 10,
  maxLength: 30,
  size: "max",
});

function stepsOf(...kinds: readonly { readonly weight: number; readonly arbitrary: fc.Arbitrary<Step> }[]) {
  return fc.array(fc.oneof(...kinds), { minLength: 15, maxLength: 45, size: "max" });
}

/** Something goes wrong in it that no client can see: only the next full list heals it. */
export function isUnseen(steps: readonly Step[]): boolean {
  return steps.some(({ type }) => type === "swallow" || type === "restore");
}

/** Nothing goes wrong in it. */
export function isCalm(steps: readonly Step[]): boolean {
  return steps.every(({ type }) => type === "users" || type === "hold");
}

/** The steps of a seed: one in five has no faults, two have some that no client can see. */
export function planOf(seed: number): readonly Step[] {
  const arbitrary = [calm, faulty, faultyButNoticed, faulty, faultyButNoticed][seed % 5] ?? calm;
  return fc.sample<readonly Step[]>(arbitrary, { seed, numRuns: 1 })[0] ?? [];
}
