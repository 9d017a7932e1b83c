import type { ProtectedVM } from "../../src/api/kinds.ts";
import type { TandemObject } from "../../src/api/validate/index.ts";
import type { Explanation } from "../../src/cli/explain/explanation.ts";
import { type Resolved, resolve as resolveObjects } from "../../src/cli/statuses.ts";
import { type Estate, found, resolve } from "../resolve/estate.ts";
import { estate, withReports } from "./arbitraries.ts";

export const reported = estate.chain((world) => withReports(world, resolve(world).vms));

export function resolved(world: Estate, only?: ProtectedVM): Resolved {
  const objects: TandemObject[] = [
    ...world.appliances.map((object) => ({ kind: "Appliance", object }) as const),
    ...world.policies.map((object) => ({ kind: "AffinityPolicy", object }) as const),
    ...(only === undefined ? world.vms : [only]).map((object) => ({ kind: "ProtectedVM", object }) as const),
  ];
  return resolveObjects({ objects, namespaces: new Map(Object.entries(world.namespaces)) }, world.managerVersion);
}

/** The facts of each step of a name. */
export function facts(explanation: Explanation, step: string): Record<string, unknown>[] {
  return explanation.steps.filter((one) => one.step === step).map((one) => one.facts as Record<string, unknown>);
}

export const fact = (explanation: Explanation, step: string) => found(facts(explanation, step)[0]);
