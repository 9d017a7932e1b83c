import type { JsonObject } from "../../src/api/manifest/index.ts";
import { check } from "../../src/api/validate/index.ts";
import { ONLY_WHILE_TRUE, ORDER } from "../property/condition-order.ts";
import type { Audited } from "./auditor.ts";

/** What is wrong with a written status: its schema, unknown fields, and the rules for conditions (S5). */
export function hygiene(object: Audited): string[] {
  const { apiVersion = "", kind = "", status } = object;
  const faults: string[] = [];
  const checked = check({
    apiVersion,
    kind,
    object: asJson(object),
    path: [],
    problem: (path, text) => ({ file: "", path: [...path], text }),
  });
  if (checked.type === "invalid") {
    faults.push(...checked.problems.map(({ path, text }) => `${path.join(".")}: ${text} (S5)`));
  }
  const conditions = status?.conditions ?? [];
  const types = conditions.map(({ type }) => type);
  const ordered = ORDER.filter((type) => types.includes(type));
  if (types.join() !== ordered.join())
    faults.push(`conditions ${types.join(", ")}: unknown, twice or out of order (S5)`);
  if (types.includes("Reconciling") && types.includes("Stalled")) faults.push("Reconciling and Stalled (S5)");
  for (const { type, status: value, observedGeneration } of conditions) {
    if (ONLY_WHILE_TRUE.includes(type) && value !== "True") faults.push(`${type} is there and ${value} (S5)`);
    if (observedGeneration !== status?.observedGeneration) faults.push(`${type} is of another generation (S5)`);
  }
  if (!types.includes("Ready")) faults.push("no condition Ready (S5)");
  return faults;
}

/** It came out of JSON a moment ago. */
function asJson(object: object): JsonObject {
  return object as JsonObject;
}
