import fc from "fast-check";
import { expect, test } from "vitest";
import type { Schema } from "../../../src/api/crd.ts";
import { crds } from "../../../src/api/generated/schemas.ts";
import { judgeOf } from "../../../src/api/validate/cel.ts";
import { unjudgedRules } from "../../../src/api/validate/index.ts";
import { checkRules } from "../../../src/api/validate/rules.ts";
import { problemsOf } from "./check.ts";

function schemasIn(schema: Schema): Schema[] {
  const children = [...Object.values(schema.properties ?? {}), schema.additionalProperties, schema.items];
  return [schema, ...children.flatMap((child) => (child === undefined ? [] : schemasIn(child)))];
}

const all = Object.values(crds).flatMap(({ schema }) => schemasIn(schema));

test("every CEL rule of the CRDs can be judged", () => {
  expect(all.some((schema) => schema["x-kubernetes-validations"] !== undefined)).toBe(true);
  expect(Object.values(crds).flatMap(({ schema }) => unjudgedRules(schema))).toEqual([]);
});

test("the CRDs use nothing of OpenAPI that the checks do not know", () => {
  const known = [
    ...["type", "format", "properties", "additionalProperties", "items", "required", "enum", "default"],
    ...["minLength", "maxLength", "pattern", "minItems", "maxItems", "maxProperties", "minimum", "maximum"],
    ...["x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type", "x-kubernetes-validations"],
  ];
  expect(all.flatMap((schema) => Object.keys(schema)).filter((key) => !known.includes(key))).toEqual([]);
});

test("an expression of a selector is valid if its operator goes with its values, and only then", () => {
  const { items = {} } =
    crds.AffinityPolicy.schema.properties?.spec?.properties?.vmSelector?.properties?.matchExpressions ?? {};
  const values = fc.array(fc.constantFrom("a", "b"), { maxLength: 2 });
  const expression = fc.record(
    { key: fc.constant("tier"), operator: fc.constantFrom("In", "NotIn", "Exists", "DoesNotExist"), values },
    { requiredKeys: ["key", "operator"] },
  );
  fc.assert(
    fc.property(expression, (one) => {
      const takesValues = one.operator === "In" || one.operator === "NotIn";
      const hasValues = (one.values ?? []).length > 0;
      expect(checkRules(one, items)).toHaveLength(takesValues === hasValues ? 0 : 1);
    }),
  );
});

const OBJECT: Schema = {
  type: "object",
  properties: { word: { type: "string" }, min: { type: "integer" }, max: { type: "integer" } },
};

test("whole numbers, names of methods and rules that cannot be evaluated are judged as by the API server", () => {
  const holds = (rule: string, self: Record<string, string | number>) => judgeOf(rule, OBJECT)?.(self);
  expect(holds("self.min % 2 == 1 && self.min <= self.max", { min: 1, max: 2 })).toBe(true);
  expect(holds("self.min / 2 == 3", { min: 7 })).toBe(true);
  expect(holds("has(self.constructor)", {})).toBe(false);
  expect(holds("self.min <= self.max", { min: 1 })).toBe(false);
  expect(holds("1 / self.min > 0", { min: 0 })).toBe(false);
});

test("a rule that only the API server can judge is said, once, and breaks nothing here", () => {
  const rules = [
    "self.word.matches('^a$')",
    "quantity(self.word).isGreaterThan(quantity('1Gi'))",
    "self.word == oldSelf.word",
    "self.__namespace__ == 'a'",
    "self.word.size()",
    "self.word.",
  ];
  const schema: Schema = { ...OBJECT, "x-kubernetes-validations": rules.map((rule) => ({ rule, message: "broken" })) };
  const outer: Schema = { type: "object", properties: { one: schema, two: { type: "array", items: schema } } };
  expect(unjudgedRules(outer)).toEqual(rules);
  expect(checkRules({ one: { word: "b" }, two: [{ word: "c" }] }, outer)).toEqual([]);
  const times: Schema = { type: "object", properties: { at: { type: "string", format: "date-time" } } };
  expect(judgeOf("has(self.at)", times)).toBeUndefined();
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
