import fc from "fast-check";
import { expect, test } from "vitest";
import {
  formatProblem,
  type Json,
  readDocuments,
  readText,
  SourceText,
  writeYaml,
} from "../../../src/api/manifest/index.ts";

const source = (text: string) => new SourceText("f.yaml", text);
const objectsOf = (text: string) => readText(source(text)).manifests.map(({ object }) => object);
const problemsOf = (text: string) => readText(source(text)).problems.map(formatProblem);

/** The texts that were parsed: one a document, or one an item of a list that could be taken apart. */
const textsOf = (text: string) => [...readDocuments(source(text))].map((document) => document.text);

const values = fc
  .jsonValue({ noUnicodeString: false })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json)
  .filter((value) => !/\\ud[89a-f]/.test(JSON.stringify(value)));
/** Strings that are hard to cut: block scalars with blank lines, comments and dashes in them. */
const strings = fc
  .array(fc.constantFrom("a", "- a", "# a", "", "  - b", "items:", "kind: x", "---", "...", "'", '"', "{", "é"), {
    maxLength: 6,
  })
  .map((lines) => lines.join("\n"));
const objects = fc.record({
  apiVersion: fc.constant("v1"),
  kind: fc.constantFrom("A", "B"),
  metadata: fc.record({ name: fc.constantFrom("x", "y") }),
  value: fc.oneof(values, strings),
});

function yamlList(items: readonly object[], indent: string): string {
  const blocks = items.map(
    (item) =>
      `${indent}- ${writeYaml(item)
        .replace(/^\.\.\.\n$/m, "")
        .slice(0, -1)
        .replaceAll("\n", `\n${indent}  `)}\n`,
  );
  return `apiVersion: v1\nitems:\n${blocks.join("")}kind: List\nmetadata:\n  resourceVersion: ""\n`;
}

test("a List of YAML is read item by item, and says what it says whole", () => {
  fc.assert(
    fc.property(fc.array(objects, { minLength: 1, maxLength: 5 }), fc.constantFrom("", "  "), (items, indent) => {
      const text = yamlList(items, indent);
      fc.pre(!/^---/m.test(text));
      expect(objectsOf(text)).toEqual(items);
      expect(textsOf(text)).toHaveLength(items.length);
    }),
  );
});

test("a List of JSON is read item by item, and says what it says whole", () => {
  fc.assert(
    fc.property(fc.array(objects, { minLength: 1, maxLength: 5 }), fc.constantFrom(undefined, 4), (items, indent) => {
      const text = JSON.stringify(
        { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } },
        null,
        indent,
      );
      expect(objectsOf(text)).toEqual(items);
      expect(textsOf(text)).toHaveLength(items.length);
    }),
  );
});

const ITEM = "- apiVersion: v1\n  kind: A\n  metadata: {name: a}\n";
const whole: Record<string, [text: string, values: Json[]]> = {
  "an alias of another item": [
    `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, value: &x [1]}\n- {apiVersion: v1, kind: A, value: *x}\n`,
    [[1], [1]],
  ],
  "a quoted string whose next line looks like an item": [
    `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n  value: "b\n- c"\n`,
    ["b - c"],
  ],
  "a bracket that closes at the left margin": [
    `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: A\n  value: {\n}\n`,
    [{}],
  ],
};

test.for(Object.entries(whole))("a List that cannot be cut is read whole: %s", ([, [text, expected]]) => {
  expect(textsOf(text)).toEqual([text]);
  expect(objectsOf(text).map(({ value }) => value)).toEqual(expected);
});

test("a List whose items end in the middle of something is no list", () => {
  const text = "apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: A}\n x: 1\n";
  expect(textsOf(text)).toEqual([text]);
  expect(problemsOf(text)[0]).toMatch(/^f\.yaml:\d:\d: is not YAML: /);
});

test("what is wrong in an item is told with its place in the file and its path in the list", () => {
  const list = (item: string) => `apiVersion: v1\nkind: List\nitems:\n${ITEM}${item}${ITEM}`;
  expect(problemsOf(list("- kind: A\n"))).toEqual(["f.yaml:7:3: items[1].apiVersion: is missing"]);
  expect(problemsOf(list("-\n"))).toEqual([
    "f.yaml:7:1: items[1]: null is no object; allowed: an object with apiVersion and kind",
  ]);
  expect(problemsOf(list("- {apiVersion: v1, kind: A, a: 1, a: 2}\n"))).toEqual([
    "f.yaml:7:35: items[1].a: stands there twice",
  ]);
  expect(problemsOf(list("- [\n"))[0]).toMatch(/^f\.yaml:\d+:\d+: is not YAML: /);
  const json = (item: string) =>
    `{"apiVersion": "v1", "kind": "List", "items": [\n{"apiVersion": "v1", "kind": "A"},\n${item}]}`;
  expect(problemsOf(json('{"kind": "A"}'))).toEqual(["f.yaml:3:1: items[1].apiVersion: is missing"]);
  expect(problemsOf(json('{"apiVersion": "v1", "kind": "A", "b": {"a": 1, "a": 2}}'))).toEqual([
    "f.yaml:3:49: items[1].b.a: stands there twice",
  ]);
  expect(problemsOf(json("5"))).toEqual([
    "f.yaml:3:1: items[1]: 5 is no object; allowed: an object with apiVersion and kind",
  ]);
});

test("the place of a manifest in a list is its own: from the comment above it to the next one", () => {
  const text = `apiVersion: v1\nkind: List\nitems:\n# one\n${ITEM}  # inside\n# two\n# three\n${ITEM}`;
  const documents = [...readDocuments(source(text))];
  const texts = documents.map(({ origin }) => {
    const { source: from, start, end } = origin([]);
    return from?.text.slice(start, end);
  });
  expect(texts).toEqual([`# one\n${ITEM}  # inside\n`, `# two\n# three\n${ITEM}`]);
  const places = documents.flatMap(({ manifests }) => manifests.map((one) => one.problem(["metadata", "name"], "")));
  expect(places.map(({ line, column }) => [line, column])).toEqual([
    [7, 20],
    [13, 20],
  ]);
});

test("a text that is known is not read again", () => {
  const known = new Set([ITEM, '{"apiVersion":"v1","kind":"B"}', "apiVersion: v1\nkind: C\n"]);
  for (const text of [
    `apiVersion: v1\nkind: List\nitems:\n${ITEM}- {apiVersion: v1, kind: D}\n`,
    '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"B"},{"apiVersion":"v1","kind":"D"}]}',
    "apiVersion: v1\nkind: C\n---\napiVersion: v1\nkind: D\n",
  ]) {
    const documents = [...readDocuments(source(text), known)];
    expect(documents.map((one) => [one.known, one.manifests.map(({ kind }) => kind)])).toEqual([
      [true, []],
      [false, ["D"]],
    ]);
  }
});

const twice = fc.record({
  before: values,
  after: values,
  key: fc.constantFrom("a", "__proto__", "", "é", '"', "items"),
});

test("JSON in which a key stands twice is refused, wherever it stands", () => {
  fc.assert(
    fc.property(twice, fc.boolean(), ({ before, after, key }, deep) => {
      const name = JSON.stringify(key);
      const pair = `${name}:${JSON.stringify(before)},${name}:${JSON.stringify(after)}`;
      const inner = deep ? `"x":[{${pair}}]` : pair;
      const texts = [`{"apiVersion":"v1","kind":"A",${inner}}`];
      texts.push(`{"apiVersion":"v1","kind":"List","items":[${texts[0]}]}`);
      for (const text of texts) expect(problemsOf(text).join()).toContain("stands there twice");
    }),
  );
});

test("100,000 lines of comments, or of almost a list, take no more than a second", () => {
  const start = performance.now();
  const comments = "# a\n".repeat(100_000);
  expect(
    objectsOf(`apiVersion: v1\nkind: List\nitems:\n${comments}${ITEM}${comments}${ITEM}\n${comments}`),
  ).toHaveLength(2);
  expect(objectsOf(`apiVersion: v1\nkind: List\nitems:\n${ITEM}${comments}\n`)).toHaveLength(1);
  expect(performance.now() - start).toBeLessThan(2_000);
});
