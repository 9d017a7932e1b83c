import fc from "fast-check";
import type { Condition } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { estate, withReports } from "../property/arbitraries.ts";
import { type Estate, found, resolve } from "../resolve/estate.ts";

/** An object of one of the three kinds as a tool gets it. */
export interface Seen {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly generation: number;
    readonly deletionTimestamp?: string;
  };
  readonly spec: object;
  readonly status: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

const WORLDS = 3_000;
const SEED = 6;
const GENERATION = 3;

/** `ProtectedVM Ready=True/AllFeaturesActive Protected=True/…`: all that a tool can tell two objects apart by. */
export function stateOf({ kind, status }: Seen): string {
  return [kind, ...(status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status}/${reason}`)].join(
    " ",
  );
}

/**
 * One object for each set of conditions that the resolver gives in some thousands of random worlds, which are always the
 * same; by `stateOf`, in byte order. Each is observed as it is.
 */
export function states(): Map<string, Seen> {
  const states = new Map<string, Seen>();
  for (const world of fc.sample(worlds, { seed: SEED, numRuns: WORLDS })) {
    for (const object of objectsOf(world)) {
      const state = stateOf(object);
      if (!states.has(state)) states.set(state, object);
    }
  }
  return new Map([...states].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const worlds = estate.map(sameGeneration).chain((world) => withReports(world, resolve(world).vms));

function sameGeneration(world: Estate): Estate {
  const all = <T extends { metadata: object }>(objects: readonly T[]): T[] =>
    objects.map((one) => ({ ...one, metadata: { ...one.metadata, generation: GENERATION } }));
  return { ...world, appliances: all(world.appliances), policies: all(world.policies), vms: all(world.vms) };
}

function objectsOf(world: Estate): Seen[] {
  const { vms, policies, appliances } = resolve(world);
  const seen = (kind: string, { metadata: { name, namespace }, spec }: Given, status: Seen["status"]): Seen => {
    const own = { name, ...(namespace !== undefined && { namespace }), generation: GENERATION };
    return { apiVersion: "tandem.dev/v1alpha1", kind, metadata: own, spec, status };
  };
  return [
    ...world.vms.map((one) => seen("ProtectedVM", one, found(vms.get(keyOf(one))))),
    ...world.policies.map((one) => seen("AffinityPolicy", one, found(policies.get(one.metadata.name)))),
    ...world.appliances.map((one) => seen("Appliance", one, found(appliances.get(one.metadata.name)))),
  ];
}

interface Given {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: object;
}
