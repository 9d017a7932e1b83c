import { describe, expect, test } from "vitest";
import type { KindName, Schema } from "../../../src/api/crd.ts";
import { crds } from "../../../src/api/generated/schemas.ts";
import { isLabelKey, isLabelValue } from "../../../src/api/labels.ts";
import { quote } from "../../../src/api/manifest/index.ts";
import { resolvePlain, resolveTagged } from "../../../src/api/manifest/scalar.ts";
import { isDnsLabel, isTime } from "../../../src/api/validate/index.ts";
import { isDateTime } from "../../../src/api/validate/times.ts";
import { checkJson } from "./check.ts";

/** What people and programs put into fields by mistake or malice; tried in every leaf of `spec` of the three kinds. */
const strings = [
  ...["", " ", "a", "\u0007", "\0", "\r\n", "\u001b[31m", "\u202e", "\u2028", "\ud800", "__proto__", "constructor"],
  ...["toString", "null", "true", "1e3", "../..", `\${}`, "<script>", "v1.2", "20.0.1", "20.0.10", "A", "a..b"],
];
const numbers = [0, -0, -1, 1001, 1000, 2 ** 31, 2 ** 53 + 2, 1.5, 1, "5"];

interface Leaf {
  readonly path: readonly (string | number)[];
  readonly schema: Schema;
}

function leavesOf(schema: Schema, path: readonly (string | number)[]): Leaf[] {
  const { properties, items } = schema;
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, child]) => leavesOf(child, [...path, name]));
  if (items !== undefined) return [{ path, schema }, ...leavesOf(items, [...path, 0])];
  return [{ path, schema }];
}

const valid: Record<KindName, { [key: string]: unknown }> = {
  ProtectedVM: { guestOS: "Linux", features: ["Firewall"], agent: { state: "Activated" } },
  AffinityPolicy: { vmSelector: { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] } },
  Appliance: { hostName: "h", license: { metric: "PerCPU" } },
};

function objectOf(kind: KindName, spec: unknown): object {
  return { apiVersion: "tandem.dev/v1alpha1", kind, metadata: { name: "a" }, spec };
}

/** A copy of the valid spec of a kind with one value set; what is needed on the way to it is made. */
function specWith(kind: KindName, path: readonly (string | number)[], value: unknown): unknown {
  const spec = structuredClone(valid[kind]);
  let node: Record<string | number, unknown> = spec;
  path.forEach((step, index) => {
    if (index === path.length - 1) node[step] = value;
    else {
      node[step] ??= typeof path[index + 1] === "number" ? [] : {};
      node = node[step] as Record<string | number, unknown>;
    }
  });
  return spec;
}

/** What the leaf's own schema lets pass, said again in few words. */
function accepts({ type, enum: words, pattern, ...bounds }: Schema, value: unknown): boolean {
  if (type === "string") {
    if (typeof value !== "string") return false;
    const length = Array.from(value).length;
    if (length < (bounds.minLength ?? 0) || length > (bounds.maxLength ?? Number.POSITIVE_INFINITY)) return false;
    return (words === undefined || words.includes(value)) && (pattern === undefined || new RegExp(pattern).test(value));
  }
  if (type === "integer") {
    if (!Number.isInteger(value)) return false;
    return (
      Number(value) >= (bounds.minimum ?? Number.NEGATIVE_INFINITY) &&
      Number(value) <= (bounds.maximum ?? Number.POSITIVE_INFINITY)
    );
  }
  return false;
}

function valuesFor({ type, maxLength, enum: words = [] }: Schema): unknown[] {
  const [word = "x"] = words;
  const lengths =
    maxLength === undefined ? [] : ["a".repeat(maxLength), "a".repeat(maxLength + 1), "😀".repeat(maxLength)];
  const enums = words.length === 0 ? [] : [word, word.toLowerCase(), `${word} `, "Unheard"];
  const others = [5, true, {}, []];
  return type === "integer" ? [...numbers, ...others.slice(1)] : [...strings, ...lengths, ...enums, ...others];
}

describe.for(Object.keys(crds) as KindName[])("%s", (kind) => {
  const { properties = {} } = crds[kind].schema;
  const leaves = leavesOf(properties.spec ?? {}, []);

  test("is valid to begin with", () => {
    expect(checkJson(objectOf(kind, valid[kind])).type).toBe("tandem");
  });

  test.for(
    leaves
      .filter(({ schema }) => ["string", "integer"].includes(schema.type ?? ""))
      .map((leaf) => [leaf.path.join("."), leaf] as const),
  )("spec.%s takes what its schema allows and nothing else", ([, { path, schema }]) => {
    for (const value of valuesFor(schema)) {
      const checked = checkJson(objectOf(kind, specWith(kind, path, value)));
      // A half of a surrogate pair cannot be sent as UTF-8: it arrives as U+FFFD.
      const arrived = typeof value === "string" ? value.toWellFormed() : value;
      const own =
        checked.type === "invalid"
          ? checked.problems.filter((problem) => problem.path.slice(1).join() === path.join())
          : [];
      expect(own, JSON.stringify(value)?.slice(0, 80)).toHaveLength(accepts(schema, arrived) ? 0 : 1);
      expect(own.every(({ text }) => /; (allowed: |did you mean )/.test(text) && text.length < 600)).toBe(true);
    }
  });

  test.for(leaves.filter(({ schema }) => schema.type === "array").map((leaf) => [leaf.path.join("."), leaf] as const))(
    "spec.%s is a list within its bounds, without doubles where it is a set",
    ([, { path, schema }]) => {
      const { items = {}, maxItems = 0, minItems = 0 } = schema;
      const fill = (count: number) =>
        Array.from({ length: count }, (_, i) =>
          items.type === "object" ? { key: `k${i}`, operator: "Exists" } : (items.enum?.[i] ?? `v${i}`),
        );
      // A list of values stands in an expression that needs one.
      const operator = path.at(-1) === "values";
      const isValid = (value: unknown) => {
        const expression = { key: "a", operator: "In", values: value };
        const spec = operator ? specWith(kind, path.slice(0, -1), expression) : specWith(kind, path, value);
        return checkJson(objectOf(kind, spec)).type === "tandem";
      };
      expect(isValid([])).toBe(minItems === 0 && !operator);
      expect(isValid(fill(maxItems))).toBe(true);
      expect(isValid(fill(maxItems).reverse())).toBe(true);
      expect(isValid(fill(maxItems + 1))).toBe(false);
      expect(isValid([null])).toBe(false);
      expect(isValid("x")).toBe(false);
      expect(isValid({})).toBe(false);
      if (schema["x-kubernetes-list-type"] === "set") expect(isValid([...fill(1), ...fill(1)])).toBe(false);
    },
  );
});

test("labels of a selector: 32 at most, and values of 63", () => {
  const isValid = (matchLabels: object) =>
    checkJson(objectOf("AffinityPolicy", { vmSelector: { matchLabels } })).type === "tandem";
  const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, "v"]));
  expect(isValid(labels(32))).toBe(true);
  expect(isValid(labels(33))).toBe(false);
  expect(isValid({ a: "x".repeat(63) })).toBe(true);
  expect(isValid({ a: "x".repeat(64) })).toBe(false);
  expect(isValid({ constructor: "x", ["__proto__"]: "y" })).toBe(true);
});

test("64 KiB of hostile text meet every expression in under 5 ms", () => {
  const patterns = Object.values(crds).flatMap(({ schema }) =>
    leavesOf(schema, []).flatMap((leaf) => leaf.schema.pattern ?? []),
  );
  const expressions = [...new Set(patterns)].map((pattern) => new RegExp(pattern, "u"));
  const readers: ((text: string) => unknown)[] = [
    ...expressions.map((expression) => (text: string) => expression.test(text)),
    ...[isDnsLabel, isTime, isDateTime, isLabelKey, isLabelValue, quote, resolvePlain],
    (text) => resolveTagged("!!binary", text),
  ];
  const slow: string[] = [];
  for (const part of [
    "a",
    "a.",
    "a-",
    "-",
    ".",
    "0",
    "1.",
    "1_",
    ".1_",
    "0x1",
    "a/",
    "2026-01-31T12:00:00",
    "2026-01-31T12:00:00Zt",
    "\u001b",
    "=",
    "\n",
  ]) {
    const text = `${part.repeat(65_536 / part.length)}!`;
    readers.forEach((read, index) => {
      const times = Array.from({ length: 5 }, () => {
        const start = performance.now();
        read(text);
        return performance.now() - start;
      });
      if (Math.min(...times) > 5) slow.push(`${JSON.stringify(part)} ${index}`);
    });
  }
  expect(slow).toEqual([]);
});
