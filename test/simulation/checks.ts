import { isDeepStrictEqual } from "node:util";
import type { KindName } from "../../src/api/crd.ts";
import { keyOf } from "../../src/api/object.ts";
import { ORDER } from "../property/condition-order.ts";
import { schemaProblems } from "../property/schema.ts";
import { referenceStatuses } from "../reference/index.ts";
import type { Model, ModelObject, Sent } from "./model.ts";

const KINDS = ["ProtectedVM", "AffinityPolicy", "Appliance", "Namespace"];

/** Everything but the wording: of a message, whether there is one. */
function unworded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, field) => (name === "message" ? field !== "" : field)));
}

/** Of each VM: what its status is, and what it should be. */
export function vmStatuses(model: Model): Map<string, string> {
  const right = rightStatuses(model);
  return new Map(
    model.all("ProtectedVM").map((vm) => {
      const should = right.get(`ProtectedVM/${keyOf(vm)}`);
      return [vm.metadata.uid, JSON.stringify([vm.status, unworded(should)])];
    }),
  );
}

function rightStatuses(model: Model): Map<string, unknown> {
  const objects = KINDS.flatMap((kind) => model.all(kind));
  return referenceStatuses(objects, { managerVersion: "20.0", now: "2000-01-01T00:00:00Z" });
}

/** The objects whose status is not what the specification says of the newest state. A right status gives itself. */
export function wrong(model: Model): string[] {
  const right = rightStatuses(model);
  return KINDS.flatMap((kind) => model.all(kind)).flatMap((object) => {
    const id = `${object.kind}/${keyOf(object)}`;
    const expected = right.get(id);
    return expected === undefined || isDeepStrictEqual(unworded(object.status), unworded(expected)) ? [] : [id];
  });
}

/** What is wrong with a write that the server has taken: `before` is what it replaced (S3, S4, S5). */
export function faultsOf({ status }: Sent, before: ModelObject): string[] {
  const written = (status ?? {}) as Record<string, unknown>;
  if (isDeepStrictEqual(written, before.status)) return ["nothing changes (W)"];
  const { reports: _, ...ours } = written;
  const faults = schemaProblems(before.kind as KindName, ours).map((problem) => `${problem} (S5)`);
  for (const field of ["reports", "delivered"]) {
    if (!isDeepStrictEqual(written[field], before.status?.[field])) faults.push(`${field} is changed (S4)`);
  }
  if (Number(written.observedGeneration) < Number(before.status?.observedGeneration)) {
    faults.push("observedGeneration goes back (S2)");
  }
  if (written.observedGeneration !== before.metadata.generation) faults.push("not the generation written to (S2)");
  const conditions = (written.conditions ?? []) as { type: string }[];
  const types = conditions.map(({ type }) => type);
  if (types.join() !== ORDER.filter((type) => types.includes(type)).join()) faults.push("order of conditions (S5)");
  if (types.includes("Reconciling") && types.includes("Stalled")) faults.push("Reconciling and Stalled (S5)");
  return faults;
}
