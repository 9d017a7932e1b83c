import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCustomResource } from "../../src/kube/json.ts";

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** Strings that look like what is searched for. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '"managedFields":[',
    '}],"name":"',
    '],"name":"',
    '"spec":',
    "managedFields",
    '\\"managedFields\\":[{',
  ),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, text, fc.integer(), fc.constant(null), tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 3 }),
  object: fc.dictionary(fc.oneof(text, fc.constantFrom("name", "f:spec", "managedFields")), tie("value"), {
    maxKeys: 3,
  }),
}));
const fieldsV1 = fc.dictionary(
  text.map((name) => `f:${name}`),
  fc.dictionary(
    text.map((name) => `k:{${name}}`),
    fc.constant({}),
    { maxKeys: 2 },
  ),
  { maxKeys: 3 },
);
const entry = fc.record({
  apiVersion: fc.constant("tandem.dev/v1alpha1"),
  fieldsV1,
  manager: text,
  operation: text,
  time: text,
});

/** As an API server writes a custom resource: the fields of metadata in alphabetical order. */
const custom = fc.record({
  apiVersion: text,
  kind: text,
  metadata: fc.record({
    annotations: fc.dictionary(text, text, { maxKeys: 2 }),
    labels: fc.dictionary(text, text, { maxKeys: 2 }),
    managedFields: fc.array(entry, { minLength: 1, maxLength: 3 }),
    name: text,
    namespace: text,
    resourceVersion: text,
  }),
  spec: json.value,
  status: json.value,
});

test("a custom resource is parsed whole but for its managedFields, whatever strings are in it", () => {
  fc.assert(
    fc.property(custom, (object) => {
      const { managedFields: _, ...metadata } = object.metadata;
      const event = { type: "MODIFIED", object };
      const expected = { type: "MODIFIED", object: JSON.parse(JSON.stringify({ ...object, metadata })) };
      expect(parseCustomResource(encode(event), "it")).toEqual(expected);
      expect(parseCustomResource(encode(object), "it")).toEqual(expected.object);
    }),
    { numRuns: 1_000 },
  );
});

test("any other JSON is what JSON.parse makes of it, or lacks the managedFields that are followed by a name", () => {
  fc.assert(
    fc.property(json.value, (value) => {
      const without = (of: unknown): unknown => {
        if (Array.isArray(of)) return of.map(without);
        if (typeof of !== "object" || of === null) return of;
        const { managedFields: _, ...rest } = of as Record<string, unknown>;
        return Object.fromEntries(Object.entries(rest).map(([key, one]) => [key, without(one)]));
      };
      const plain = JSON.parse(JSON.stringify(value));
      expect(without(parseCustomResource(encode(value), "it"))).toEqual(without(plain));
    }),
    { numRuns: 1_000 },
  );
});

test("metadata in another order, as of built-in kinds, loses nothing", () => {
  const items = ["a", "b"].map((name) => ({
    metadata: { name, labels: { a: "b" }, managedFields: [{ manager: "m", fieldsV1: {} }] },
    spec: { list: [{}], name: "n" },
  }));
  expect(parseCustomResource(encode({ items }), "it")).toEqual({ items });
});
