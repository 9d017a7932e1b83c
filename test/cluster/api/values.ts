import type { Schema } from "../../../src/api/crd.ts";

/** One value tried at one place; `undefined` is absent. */
export interface Case {
  readonly name: string;
  readonly value: unknown;
}

/** A place of a schema: `spec.agent.modules[]` is an item of a list, `….matchLabels.*` a value of a map. */
export interface Place {
  readonly path: string;
  readonly schema: Schema;
}

/** Writes a number as it stands here, where `JSON.stringify` would lose digits, a sign or a point. */
function number(text: string): unknown {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  return rawJSON(text);
}

/** Tried at every string. */
const HOSTILE: readonly Case[] = [
  ["empty", ""],
  ["blank", " "],
  ["one character", "a"],
  ["control characters", "a\u0001\u0007b"],
  ["NUL", "a\u0000"],
  ["CR LF", "a\r\nb"],
  ["ESC", "\u001b[31mred"],
  ["U+202E", "a\u202eb"],
  ["U+2028", "a\u2028b"],
  ["lone surrogate", "a\ud800"],
  ...["__proto__", "constructor", "toString", "null", "true", "1e3", "../..", "$" + "{}", "<script>"].map(named),
].map(([name = "", value]) => ({ name, value }));

/** Tried where a string has a form: host names, versions, keys of labels, times. */
const FORMS: readonly Case[] = [
  ...[
    "7",
    "é",
    "🖥",
    "A",
    " a",
    "a ",
    "a\n",
    "a\u007f",
    "\ufeffa",
    "a_b",
    "a..b",
    "a.",
    "-a",
    "esx-01.lab.example",
    "a:1",
  ],
  ...["v1.2", "20.0.1", "20.0.10", "1.", ".1", "1..2", "1.2 ", "-1", "1.2.3.4.5.6.7.8", "1.2.3.4.5.6.7.8.9", "٢٠"],
  ...["123456789", "1234567890", "9.6-rc1", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00.123456Z", "2026-01-31"],
  ...["2026-01-31T12:00:00+01:00", "2026-02-30T12:00:00Z", "2026-01-31T25:00:00Z", "2026-01-31T12:00:00"],
].map((value) => ({ name: JSON.stringify(value), value }));

const NO_STRINGS: readonly Case[] = [
  { name: "number", value: 5 },
  { name: "boolean", value: true },
  { name: "list", value: [] },
  { name: "object", value: {} },
];

function named(value: string): [string, string] {
  return [JSON.stringify(value), value];
}

function text({ enum: words, pattern, format, maxLength: max = 1000 }: Schema): Case[] {
  if (words !== undefined) {
    const spellings = words.flatMap((word) => [word, word.toLowerCase(), `${word} `]);
    const cases = [...spellings, "unknown"].map((value) => ({ name: JSON.stringify(value), value }));
    return [...cases, ...HOSTILE, ...NO_STRINGS];
  }
  return [
    ...HOSTILE,
    ...(pattern === undefined && format === undefined ? [] : FORMS),
    { name: "max", value: "a".repeat(max) },
    { name: "max + 1", value: "a".repeat(max + 1) },
    { name: "max of digits and dots", value: "1.23456789".repeat(8).slice(0, max) },
    { name: "max of emoji", value: "🖥".repeat(max) },
    { name: "max + 1 of emoji", value: "🖥".repeat(max + 1) },
    ...NO_STRINGS,
  ];
}

function integers({ minimum = 0, maximum = 1000 }: Schema): Case[] {
  const near = [minimum - 1, minimum, maximum, maximum + 1].map(String);
  const raw = ["0", "-0", "-1", "1.0", "1e2", "1.5", "2147483648", "9007199254740993", "18446744073709551616"];
  const cases = [...near, ...raw].map((one) => ({ name: one, value: number(one) }));
  return [...cases, { name: '"5"', value: "5" }, { name: "empty string", value: "" }, ...NO_STRINGS.slice(1)];
}

function lists({ items = {}, maxItems: max = 7 }: Schema, item: unknown): Case[] {
  const words = items.enum ?? ["x"];
  const distinct = Array.isArray(item) ? item : items.type === "object" ? [item] : words;
  const some = (count: number) => Array.from({ length: count }, (_, index) => distinct[index % distinct.length]);
  return [
    { name: "empty", value: [] },
    { name: "one item", value: some(1) },
    { name: "max items", value: some(max) },
    { name: "max + 1 items", value: some(max + 1) },
    { name: "duplicates", value: [distinct[0], distinct[0]] },
    { name: "permuted", value: some(Math.min(max, distinct.length)).reverse() },
    { name: "[null]", value: [null] },
    { name: "[[]]", value: [[]] },
    { name: "[5]", value: [5] },
    { name: "string", value: "x" },
    ...NO_STRINGS.filter(({ name }) => name !== "list"),
  ];
}

/** As kubectl would send it: `__proto__` is a key like any other. */
function map(keys: readonly string[], value: unknown): unknown {
  return Object.fromEntries(keys.map((key) => [key, value]));
}

function maps({ maxProperties: max = 32 }: Schema): Case[] {
  const keys = (count: number) => Array.from({ length: count }, (_, index) => `key-${index}`);
  return [
    { name: "max entries", value: map(keys(max), "x") },
    { name: "max + 1 entries", value: map(keys(max + 1), "x") },
    ...[...HOSTILE, ...FORMS].map(({ name, value }) => ({ name: `key: ${name}`, value: map([String(value)], "x") })),
    { name: "key of 1,000", value: map(["a".repeat(1000)], "x") },
  ];
}

/** The values that are tried at a place. `item`: a valid item of the list that stands there, or several different ones. */
export function casesFor({ path, schema }: Place, item: unknown): Case[] {
  const isItem = path.endsWith("[]") || path.endsWith("*");
  const cases: Case[] = [{ name: "null", value: null }];
  if (!isItem) cases.push({ name: "absent", value: undefined });
  switch (schema.type) {
    case "string":
      return [...cases, ...text(schema)];
    case "integer":
      return [...cases, ...integers(schema)];
    case "array":
      return [...cases, ...lists(schema, item)];
    default:
      cases.push({ name: "{}", value: {} }, { name: "list", value: [] }, { name: "string", value: "x" });
      cases.push({ name: "number", value: 5 });
      if (schema.additionalProperties !== undefined) return [...cases, ...maps(schema)];
      return [
        ...cases,
        { name: "unknown field", value: { unknown: 1 } },
        { name: "__proto__", value: map(["__proto__"], {}) },
      ];
  }
}

/** Every place of a schema below a path, that path first. */
export function* placesOf(schema: Schema, path: string): Generator<Place> {
  yield { path, schema };
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* placesOf(child, `${path}.${name}`);
  if (schema.items !== undefined) yield* placesOf(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) yield* placesOf(schema.additionalProperties, `${path}.*`);
}

/** A copy of a document with a value at a place: at the first item of lists, at the first key of maps. */
export function withValue<T>(document: T, path: string, value: unknown): T {
  const copy = structuredClone(document);
  const steps = path.replaceAll("[]", ".0").split(".");
  const last = steps.pop() ?? "";
  const key = (object: Record<string, unknown>, step: string) => (step === "*" ? (Object.keys(object)[0] ?? "") : step);
  let parent = copy as Record<string, unknown>;
  for (const step of steps) parent = parent[key(parent, step)] as Record<string, unknown>;
  if (value === undefined) delete parent[key(parent, last)];
  else parent[key(parent, last)] = value;
  return copy;
}

/** What stands at a place of a document. */
export function valueAt(document: unknown, path: string): unknown {
  const steps = path.replaceAll("[]", ".0").split(".");
  const step = (parent: unknown, name: string): unknown => {
    const object = parent as Record<string, unknown>;
    return object[name === "*" ? (Object.keys(object)[0] ?? "") : name];
  };
  return steps.reduce(step, document);
}
