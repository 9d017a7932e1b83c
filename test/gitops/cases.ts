import type { KubeObject } from "../../src/api/object.ts";
import type { Admin } from "../cluster/admin.ts";
import { type Ref, refOf } from "../cluster/kinds.ts";
import { type Seen, states } from "./states.ts";
import type { Situation } from "./table.ts";
import { classOf, conditionOf, KINDS } from "./verdicts.ts";

/** How many objects of one class of states, which differ in what no tool is to go by: a kubectl asks five times a second. */
const OF_A_CLASS = 2;
const FINALIZER = "example.com/held";
const SPECS: Record<string, object> = {
  ProtectedVM: { guestOS: "Linux", features: ["Firewall"] },
  AffinityPolicy: { vmSelector: {} },
  Appliance: { hostName: "esx-1" },
};
const CHANGES: Record<string, object> = {
  ProtectedVM: { guestOS: "Windows" },
  AffinityPolicy: { priority: 1 },
  Appliance: { hostName: "esx-2" },
};

/** An object to be brought into a state and a situation; the name is its own, whatever the kind. */
export interface Case {
  readonly name: string;
  readonly state: Seen;
  readonly situation: Situation;
}

/** Some objects of each class of states in each situation. */
export function cases(): Case[] {
  const classes = Map.groupBy(states().values(), classOf);
  return [...classes.values()].flatMap((all, index) => {
    const step = Math.max(1, Math.floor(all.length / OF_A_CLASS));
    const some = all.filter((_, one) => one % step === 0).slice(0, OF_A_CLASS);
    return some.flatMap((state, one) =>
      situationsOf(state).map((situation) => ({
        name: `${situation.toLowerCase()}-${index}-${one}`,
        state,
        situation,
      })),
    );
  });
}

function situationsOf(state: Seen): Situation[] {
  const isReady = conditionOf(state, "Ready")?.status === "True";
  return ["observed", "fresh", "changed", "deleted", isReady ? "deletedReady" : "deletedNotReady"];
}

export const caseRef = ({ name, state: { kind } }: Case, namespace: string): Ref => ({
  kind,
  name,
  ...(kind === "ProtectedVM" && { namespace }),
});

/** Brings an object into its situation, as its owner and the controller would, one after the other. */
export async function enact(admin: Admin, one: Case, namespace: string): Promise<void> {
  const { apiVersion, kind, status } = one.state;
  const { name, namespace: own } = caseRef(one, namespace);
  const metadata = { name, ...(own !== undefined && { namespace: own }), finalizers: [FINALIZER] };
  let object: KubeObject = await admin.create({ apiVersion, kind, metadata, ...{ spec: SPECS[kind] } });
  const ref = refOf(object);
  const decide = async (): Promise<void> => {
    const observedGeneration = object.metadata.generation;
    const conditions = status.conditions?.map((condition) => ({ ...condition, observedGeneration }));
    object = await admin.mergePatch(ref, { status: { ...status, observedGeneration, conditions } }, "status");
  };
  if (one.situation === "fresh") return;
  await decide();
  if (one.situation === "observed") return;
  if (one.situation === "changed") {
    await admin.mergePatch(ref, { spec: CHANGES[kind] });
    return;
  }
  await admin.delete(ref);
  object = await admin.get(ref);
  if (one.situation !== "deleted") await decide();
}

/** Lets the object go. */
export async function release(admin: Admin, one: Case, namespace: string): Promise<void> {
  await admin.mergePatch(caseRef(one, namespace), { metadata: { finalizers: null } });
}

/** Each case with its object as the server has it. */
export async function asServed(admin: Admin, given: readonly Case[]): Promise<(Case & { object: Seen })[]> {
  const lists = await Promise.all(KINDS.map((kind) => admin.list<Seen & KubeObject>(kind)));
  const objects = new Map(lists.flat().map((object) => [`${object.kind} ${object.metadata.name}`, object]));
  return given.map((one) => {
    const object = objects.get(`${one.state.kind} ${one.name}`);
    if (object === undefined) throw new Error(`there is no ${one.state.kind} ${one.name}`);
    return { ...one, object };
  });
}
