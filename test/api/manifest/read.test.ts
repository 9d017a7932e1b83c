import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import {
  formatProblem,
  type Json,
  readSources,
  readText,
  SourceText,
  writeYaml,
} from "../../../src/api/manifest/index.ts";

function problemsOf(text: string): string[] {
  return readText(new SourceText("f.yaml", text)).problems.map(formatProblem);
}

function namesOf(text: string): unknown[] {
  const { manifests, problems } = readText(new SourceText("f.yaml", text));
  expect(problems).toEqual([]);
  return manifests.map(
    ({ kind, object }) => `${kind} ${String((object.metadata as { name?: string } | undefined)?.name)}`,
  );
}

const A = "apiVersion: v1\nkind: A\nmetadata: {name: a}\n";
const B = "apiVersion: v1\nkind: B\nmetadata: {name: b}\n";

test("documents: separators at the start, at the end, doubled and commented add none", () => {
  for (const text of [
    `${A}---\n${B}`,
    `---\n${A}---\n---\n${B}---\n`,
    `# x\n--- # y\n${A}---\t\n${B}...\n`,
    `\ufeff${A}---\r\n${B}`,
  ]) {
    expect(namesOf(text)).toEqual(["A a", "B b"]);
  }
  for (const text of ["", "---\n---\n", "# x\n", "null\n", "\n\n"]) expect(namesOf(text)).toEqual([]);
});

test("JSON: one object, several one after the other, and YAML after them", () => {
  const json = (name: string) =>
    `{\n\t"apiVersion": "v1", "kind": "${name}", "metadata": {"name": "x\\/\\ud83d\\ude00\\ud800"}}`;
  expect(namesOf(`${json("A")}${json("B")}\n${json("C")}\n---\n${A}`)).toEqual([
    "A x/😀\ufffd",
    "B x/😀\ufffd",
    "C x/😀\ufffd",
    "A a",
  ]);
  expect(problemsOf('{"apiVersion": "v1", "apiVersion": "v1",\n "kind": "A"}')).toEqual([
    "f.yaml:1:22: apiVersion: stands there twice",
  ]);
});

test("lists are taken apart; the items of a typed list need not say what they are", () => {
  const items = "items:\n- metadata: {name: x}\n- {apiVersion: v2, kind: B, metadata: {name: z}}\n";
  expect(namesOf(`apiVersion: v1\nkind: AList\n${items}`)).toEqual(["A x", "B z"]);
  expect(
    namesOf(
      `apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: List, items: [${A.trim().replaceAll("\n", ", ").replace(/^/, "{")}}]}\n`,
    ),
  ).toEqual(["A a"]);
  expect(namesOf("apiVersion: v1\nkind: List\nitems: []\n")).toEqual([]);
  expect(problemsOf(`apiVersion: v1\nkind: List\n${items}`)).toEqual([
    "f.yaml:4:3: items[0].apiVersion: is missing",
    "f.yaml:4:3: items[0].kind: is missing",
  ]);
});

test("a document that cannot be read is told with its place, and the others are read", () => {
  const { manifests, problems } = readText(
    new SourceText("f.yaml", `${A}---\na: [\n---\n--- x\n5\n---\nkind: C\n---\n${B}`),
  );
  expect(manifests.map(({ kind }) => kind)).toEqual(["A", "B"]);
  expect(problems.map(formatProblem)).toEqual([
    "f.yaml:6:1: is not YAML: unexpected end of the stream within a flow collection",
    "f.yaml:7:1: a line that begins with '---' separates documents and can hold nothing else",
    "f.yaml:8:1: 5 is no object; allowed: an object with apiVersion and kind",
    "f.yaml:10:1: apiVersion: is missing",
  ]);
});

test("places: of values, of keys, of what is missing, through lists, aliases, merges and brackets", () => {
  const text = [
    "apiVersion: v1 # 1",
    "kind: A",
    "base: &b {x: 1, 'y': 2}",
    "é: {😀: z}",
    "list:",
    "- one",
    "- <<: *b",
    "  z: 3",
    "alias: *b",
    "empty:",
    "block: |",
    "  text",
    "open: {",
    "in: 1",
    "}",
    "after: 1",
  ].join("\n");
  const [manifest] = readText(new SourceText("f.yaml", text)).manifests;
  const place = (path: (string | number)[], part?: "key") => {
    const problem = manifest?.problem(path, "", part);
    return `${problem?.line}:${problem?.column}`;
  };
  expect(place([])).toBe("1:1");
  expect(place(["kind"])).toBe("2:7");
  expect(place(["base", "y"])).toBe("3:22");
  expect(place(["base", "y"], "key")).toBe("3:17");
  expect(place(["é", "😀"])).toBe("4:8");
  expect(place(["list", 0])).toBe("6:3");
  expect(place(["list", 1, "z"])).toBe("8:6");
  expect(place(["list", 1, "x"])).toBe("3:14");
  expect(place(["alias", "x"])).toBe("3:14");
  expect(place(["empty"])).toBe("10:1");
  expect(place(["block"])).toBe("12:1");
  expect(place(["open", "in"])).toBe("14:5");
  expect(place(["after"])).toBe("16:8");
  expect(place(["open", "missing"])).toBe("13:1");
  expect(place(["missing", "deeper"])).toBe("1:1");
});

test("messages cannot steer a terminal", () => {
  const [problem] = problemsOf(`apiVersion: v1\nkind: A\n"a\\e[31m\\u202e\\r\\n": 1\n"a\\e[31m\\u202e\\r\\n": 2\n`);
  expect(problem).toBe(`f.yaml:4:1: ["a\\u001b[31m\\u202e\\r\\n"]: stands there twice`);
});

/** Values that are their own JSON (`-0` is not), without halves of surrogate pairs. */
const values = fc
  .jsonValue({ noUnicodeString: false })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json)
  .filter((value) => !/\\ud[89a-f]/.test(JSON.stringify(value)));

test("JSON reads as JSON.parse reads it, however it is laid out", () => {
  fc.assert(
    fc.property(values, fc.constantFrom(undefined, 1, "\t"), (value, indent) => {
      const text = JSON.stringify({ apiVersion: "v1", kind: "A", value }, null, indent);
      const { manifests, problems } = readText(new SourceText("f.json", text));
      expect(problems).toEqual([]);
      expect(manifests[0]?.object.value).toEqual(value);
    }),
  );
});

test("what is written as YAML reads as what was written", () => {
  fc.assert(
    fc.property(
      values,
      fc.constantFrom("yes", "010", "1_0", "12:30", "2001-01-01", "<<", ".5", "0b1", "~", "=", "y", "\u2028", "\u0085"),
      (value, word) => {
        const object = { apiVersion: "v1", kind: "A", value, word, [word]: word };
        const { manifests, problems } = readText(new SourceText("f.yaml", writeYaml(object)));
        expect(problems).toEqual([]);
        expect(manifests[0]?.object).toEqual(object);
      },
    ),
  );
});

test("no text makes it throw, and every problem has a place in the text", () => {
  const token = fc.constantFrom(
    "a",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "'",
    '"',
    "|",
    ">",
    "&x ",
    "*x",
    "<<: ",
    "? ",
    "!!int ",
    "#",
    "---\n",
    "\t",
    "\\",
    "é",
    "\ud800",
    "\r\n",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(token).map((tokens) => tokens.join("")),
        fc.string({ unit: "binary" }),
      ),
      (text) => {
        const lines = text.split("\n").length;
        for (const { line = 0, column = 0 } of readText(new SourceText("f.yaml", text)).problems) {
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(lines);
          expect(column).toBeGreaterThanOrEqual(1);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

const hostile: Record<string, string> = {
  "brackets in brackets": "[".repeat(100_000),
  "JSON in JSON": `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  "lists in lists": "- ".repeat(100_000),
  "maps in maps": Array.from({ length: 3_000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
  "a billion laughs": `a: &a [x]\n${Array.from("bcdefghijk", (name, i) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[i]}`).join(",")}]`).join("\n")}`,
  "a chain of aliases": `a0: &a0 [x]\n${Array.from({ length: 20_000 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`).join("\n")}`,
  "merges without end": `a: &a {x: 1, y: 2, z: 3}\n${Array.from({ length: 3_000 }, (_, i) => `m${i}: {<<: [${Array(100).fill("*a").join(",")}]}`).join("\n")}`,
};

test.for(Object.entries(hostile))("refuses %s, soon and without exhausting the stack", ([, text]) => {
  const start = performance.now();
  expect(problemsOf(text)).toHaveLength(1);
  expect(performance.now() - start).toBeLessThan(2_000);
});

test("10 MB, or 20,000 lines of a bracket at the left margin, take no more than seconds", () => {
  const start = performance.now();
  expect(problemsOf(`${A}list:\n${"  - value\n".repeat(1_000_000)}`)).toEqual([]);
  expect(problemsOf(`${A}list: [\n${"1,\n".repeat(20_000)}]\n`)).toEqual([]);
  expect(performance.now() - start).toBeLessThan(10_000);
});

async function filesOf(names: string[], recursive: boolean, stdin: string): Promise<string[]> {
  const read: string[] = [];
  const chunks = (async function* () {
    yield Buffer.from(stdin);
  })();
  for await (const source of readSources(names, { recursive, stdin: chunks })) {
    read.push(source instanceof SourceText ? `${source.file}=${source.text}` : formatProblem(source));
  }
  return read;
}

test("files, directories by name and by extension, deeper ones with -R, standard input, and what is not there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tandem-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = (name: string) => join(folder, name);
  mkdirSync(path("d/e/none"), { recursive: true });
  for (const name of ["d/b.yml", "d/a.yaml", "d/c.json", "d/d.txt", "d/e/x.yaml", "f"]) writeFileSync(path(name), name);
  writeFileSync(path("bad"), Buffer.from([0x61, 0x0a, 0x62, 0xff]));

  const flat = ["d/a.yaml", "d/b.yml", "d/c.json"].map((name) => `${path(name)}=${name}`);
  expect(await filesOf([path("d"), path("f"), "-"], false, "in")).toEqual([
    ...flat,
    `${path("f")}=f`,
    "standard input=in",
  ]);
  expect(await filesOf([path("d")], true, "")).toEqual([...flat, `${path("d/e/x.yaml")}=d/e/x.yaml`]);
  expect(await filesOf([path("nothing"), path("d/e/none"), path("bad")], false, "")).toEqual([
    `${path("nothing")}: there is no such file or directory`,
    `${path("d/e/none")}: has no manifest; files are read that end in .yaml, .yml, .json; -R descends`,
    `${path("bad")}:2:2: is not UTF-8`,
  ]);
});
