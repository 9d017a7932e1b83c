import { expect, test } from "vitest";
import type { Schema } from "../../../src/api/crd.ts";
import { crds } from "../../../src/api/generated/schemas.ts";
import { CEL } from "../../../src/api/validate/rules.ts";
import { problemsOf } from "./check.ts";

function schemasIn(schema: Schema): Schema[] {
  const children = [...Object.values(schema.properties ?? {}), schema.additionalProperties, schema.items];
  return [schema, ...children.flatMap((child) => (child === undefined ? [] : schemasIn(child)))];
}

const all = Object.values(crds).flatMap(({ schema }) => schemasIn(schema));

test("every CEL rule of the CRDs has its counterpart, and none is left over", () => {
  const rules = new Set(all.flatMap((schema) => (schema["x-kubernetes-validations"] ?? []).map(({ rule }) => rule)));
  expect([...rules].sort()).toEqual([...CEL.keys()].sort());
});

test("the CRDs use nothing of OpenAPI that the checks do not know", () => {
  const known = [
    ...["type", "format", "properties", "additionalProperties", "items", "required", "enum", "default"],
    ...["minLength", "maxLength", "pattern", "minItems", "maxItems", "maxProperties", "minimum", "maximum"],
    ...["x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations"],
  ];
  expect(all.flatMap((schema) => Object.keys(schema)).filter((key) => !known.includes(key))).toEqual([]);
});

test("a broken rule is told beside other problems of the object, but not of a value that is refused itself", () => {
  const told = problemsOf(`apiVersion: tandem.dev/v1alpha1
kind: AffinityPolicy
metadata: {name: web}
spec:
  priority: -1
  vmSelector:
    matchExpressions:
      - {key: tier, operator: In}
      - {key: tier, operator: Near}
`);
  expect(told.map((line) => line.split(": ")[1]).sort()).toEqual([
    "spec.priority",
    "spec.vmSelector.matchExpressions[0]",
    "spec.vmSelector.matchExpressions[1].operator",
  ]);
});
