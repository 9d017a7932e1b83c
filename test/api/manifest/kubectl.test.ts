import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Json, readText, SourceText } from "../../../src/api/manifest/index.ts";
import { type Created, Kubectl, kubectls } from "./kubectl-create.ts";

const HEAD = "apiVersion: x.example/v1\nkind: Thing\nmetadata: {name: a}\n";

/** What kubectl 1.32 makes of these fields of an object, recorded from it. */
const read: Record<string, [yaml: string, fields: Json]> = {
  "words of YAML 1.1": [
    "a: [yes, Yes, YES, y, Y, on, On, ON, true, True, TRUE]\nb: [no, n, N, off, Off, OFF, false]\nc: [yEs, oN, trUe, nO]\n",
    { a: Array(11).fill(true), b: Array(7).fill(false), c: ["yEs", "oN", "trUe", "nO"] },
  ],
  "words as keys": ["y: 1\nno: 2\n", { true: 1, false: 2 }],
  nulls: [
    "a:\nb: ~\nc: null\nd: Null\ne: NULL\nf: nUll\ng: ''\n",
    { a: null, b: null, c: null, d: null, e: null, f: "nUll", g: "" },
  ],
  integers: [
    "a: [010, 0o10, 0O7, 0b11, 0B1, -0b11, 0x1F, 0XFF, 1_000, 1__0, 1_, 0_7, +5, -0, 00, -0o7, +0x10]\n",
    { a: [8, 8, 7, 3, 1, -3, 31, 255, 1000, 10, 1, 7, 5, 0, 0, -7, 16] },
  ],
  "large integers": [
    "a: 9007199254740992\nb: 123456789012345678901234567890\nc: 1e19\n",
    { a: 9007199254740992, b: 1.2345678901234568e29, c: 1e19 },
  ],
  floats: [
    "a: [1e3, 1.5_0, 1., .5, +.5, -.5, 0.1, 1.0, 089, .51_0, 1e-400]\nb: [1e400, .e5, ., 0x, _1, 1_e, .5_]\n",
    { a: [1000, 1.5, 1, 0.5, 0.5, -0.5, 0.1, 1, 89, 0.51, 0], b: ["1e400", ".e5", ".", "0x", "_1", "1_e", ".5_"] },
  ],
  "what stays a string": [
    "a: [12:30, 190:20:30, 2001-01-01, 2001-12-14t21:59:43.10-05:00, 1.2.3, v1, =, nan, inf, Infinity, x:y, 'x#y']\n",
    {
      a: [
        "12:30",
        "190:20:30",
        "2001-01-01",
        "2001-12-14t21:59:43.10-05:00",
        "1.2.3",
        "v1",
        "=",
        "nan",
        "inf",
        "Infinity",
      ].concat("x:y", "x#y"),
    },
  ],
  "keys that are no strings": [
    "1: a\n010: b\n1.5: c\n20.0: d\n1e6: e\n0.00001: f\n3.14159265: g\n'2': h\n9223372036854775807: i\n",
    {
      1: "a",
      8: "b",
      1.5: "c",
      20: "d",
      "1e+06": "e",
      "1e-05": "f",
      "3.1415927": "g",
      2: "h",
      "9223372036854775807": "i",
    },
  ],
  merges: [
    "a: &x {b: 1}\nc: {<<: *x, b: 2}\nd: {b: 2, <<: *x}\ne: {<<: [*x, {z: 1, b: 7}]}\nf: {'<<': 1}\ng: {<<: {b: 1}, <<: {c: 2}}\n",
    { a: { b: 1 }, c: { b: 2 }, d: { b: 1 }, e: { b: 1, z: 1 }, f: { "<<": 1 }, g: { b: 1, c: 2 } },
  ],
  anchors: [
    "a: &a [x]\nb: *a\nc: &k k1\n*k : v\nd: &d\ne: *d\n",
    { a: ["x"], b: ["x"], c: "k1", k1: "v", d: null, e: null },
  ],
  tags: [
    'a: !!str 5\nb: !!int "7"\nc: !!float 3\nd: !own x\ne: !!set {p, q}\nf: !!bool "yes"\ng: !!binary aGVsbG8=\nh: ! 5\n',
    { a: "5", b: 7, c: 3, d: "x", e: { p: null, q: null }, f: true, g: "hello", h: "5" },
  ],
  "block scalars": [
    "a: |\n  x\n  y\nb: >-\n x\n\n y\n  z\nc: |+\n  x\n\nd: |2\n   x\n",
    { a: "x\ny\n", b: "x\ny\n z", c: "x\n\n", d: " x\n" },
  ],
  quotes: [
    `a: 'it''s'\nb: "a\\tb\\x41\\u00e9"\nc: "x\n  y"\nd: 'x\n\n  y'\n`,
    { a: "it's", b: "a\tbAé", c: "x y", d: "x\ny" },
  ],
  "brackets that close at the left margin": [
    "a: {\n}\nb: [\n1,\n2, # c\n3\n]\nc: {\n\td: 1\n}\ne:\n- {\n x: 1\n}\n- {f: 2,\nz: [\n3]\n}\n",
    { a: {}, b: [1, 2, 3], c: { d: 1 }, e: [{ x: 1 }, { f: 2, z: [3] }] },
  ],
  "names that JavaScript knows": [
    "constructor: 1\ntoString: {valueOf: 2}\n",
    { constructor: 1, toString: { valueOf: 2 } },
  ],
  "tabs between tokens": ["a:\tb\t# c\n", { a: "b" }],
  "line ends of Windows": ["a: |\r\n  x\r\n  y\r\nb: 1\r\n", { a: "x\ny\n", b: 1 }],
};

const thing = (name: string, field = "") =>
  `apiVersion: x.example/v1\nkind: Thing\nmetadata: {name: ${name}}\n${field}`;
const json = (name: string) => `{"apiVersion": "x.example/v1", "kind": "Thing", "metadata": {"name": "${name}"}}`;

/** Whole streams, each with the number of objects in it. */
const streams: Record<string, [text: string, objects: number]> = {
  "a byte order mark": [`\ufeff${thing("a", "b: é\n")}`, 1],
  "line ends of Windows": [`${thing("a")}---\n${thing("b", "c: |\n  d\n")}`.replaceAll("\n", "\r\n"), 2],
  "separators without a document": [`---\n---\n${thing("a")}---\n# nothing\n---\n${thing("b")}---\n`, 2],
  "a separator with a comment": [`--- # first\n${thing("a")}---\t\n${thing("b")}`, 2],
  "JSON, and more of it": [`${json("a")}${json("b")}\n${json("c")}\n`, 3],
  "a List": [`apiVersion: v1\nkind: List\nitems:\n- ${json("a")}\n- ${json("b")}\n`, 2],
  "a List of JSON": [`{"apiVersion": "v1", "kind": "List", "items": [${json("a")},\n${json("b")}]}`, 2],
  "anchors of one document in the next": [`${thing("a", "b: &x 1\n")}---\n${thing("b", "b: &x 2\nc: *x\n")}`, 2],
};

/** As a file is read: without its byte order mark. */
const decoded = (text: string) => new TextDecoder().decode(Buffer.from(text));

/** Fields that kubectl refuses. */
const refused: Record<string, string> = {
  infinity: "a: .inf\n",
  "not a number": "a: .nan\n",
  "null as a key": "~: x\n",
  "a list as a key": "? [a]\n: b\n",
  "a key beyond int64": "18446744073709551615: x\n",
  "text that is not of its tag": "a: !!int 5.0\n",
  "binary that is not base64": "a: !!binary x y\n",
  "a tab as indentation": "a:\n\tb: c\n",
  "an unknown alias": "a: *x\n",
  "an alias of itself": "a: &x [*x]\n",
  "a merge of a scalar": "<<: 5\n",
  "half of a surrogate pair": `a: "\\ud800"\n`,
  "a surrogate pair in two escapes": `a: "\\ud83d\\ude00"\n`,
  "the escape of a slash": `a: "\\/"\n`,
  "an unknown escape": `a: "\\q"\n`,
  "a control character": "a: \u0007\n",
  "a control character in a comment": "# \u0007\n",
  "a dot in an anchor": "a: &a.b x\n",
  "an open bracket": "a: [x\n",
  "two values": "a: b: c\n",
  "a separator with a value": "--- foo\n",
  "an indentation of nobody": "a:\n  b: 1\n c: 2\n",
  "a bomb of aliases": `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from("bcdefghi", (to, i) => `${to}: &${to} [${Array(9).fill(`*${"abcdefgh"[i]}`).join(",")}]`).join("\n")}\n`,
  "an alias of a document before": "b: *nobody\n",
};

function fieldsOf(object: Json): Json {
  const { apiVersion, kind, metadata, ...fields } = object as Record<string, Json>;
  expect({ apiVersion, kind, metadata }).toEqual({
    apiVersion: "x.example/v1",
    kind: "Thing",
    metadata: { name: "a" },
  });
  return fields;
}

test.for(Object.entries(read))("reads %s", ([, [yaml, fields]]) => {
  const { manifests, problems } = readText(new SourceText("f.yaml", HEAD + yaml));
  expect(problems).toEqual([]);
  expect(manifests.map(({ object }) => fieldsOf(object))).toEqual([fields]);
});

test.for(Object.entries(refused))("refuses %s", ([, yaml]) => {
  const { problems } = readText(new SourceText("f.yaml", HEAD + yaml));
  expect(problems).not.toEqual([]);
});

/** The values of a series of JSON values, each of which begins and ends at the left margin. */
function series(text: string): Json[] {
  return text.split(/(?<=^\})\n/m).flatMap((part) => (part.trim() === "" ? [] : [JSON.parse(part) as Json]));
}

/** A document of about 10 MB: a list of 400,000 strings, of which each fourth is a word of YAML 1.1. */
const LARGE = `list:\n${["- some value of a list", "- yes", "- 010", "- 'quoted'"]
  .map((line) => `${line}\n`)
  .join("")
  .repeat(200_000)}`;

/** Starts one for the tests of a `describe`. */
function useKubectl(file: string): { create(input: string): Promise<Created> } {
  let kubectl: Kubectl;
  beforeAll(async () => {
    kubectl = await Kubectl.start(file);
  });
  afterAll(async () => {
    await kubectl[Symbol.asyncDispose]();
  });
  return { create: (input) => kubectl.create(input) };
}

const found = [...kubectls()];

describe.each(found)("kubectl %s", (_version, file) => {
  const kubectl = useKubectl(file);

  test("reads what is recorded here as it is recorded", { timeout: 60_000 }, async () => {
    const all = Object.values(read);
    const { stdout } = await kubectl.create(all.map(([yaml]) => HEAD + yaml).join("---\n"));
    expect(series(stdout).map(fieldsOf)).toEqual(all.map(([, fields]) => fields));
  });

  test("reads whole streams as they are read here", { timeout: 60_000 }, async () => {
    for (const [what, [text, count]] of Object.entries(streams)) {
      const { manifests, problems } = readText(new SourceText("f.yaml", decoded(text)));
      expect(problems, what).toEqual([]);
      expect(manifests, what).toHaveLength(count);
      const { stdout } = await kubectl.create(text);
      expect(series(stdout), what).toEqual(manifests.map(({ object }) => object));
    }
  });
});

// What takes long is asked of one of them.
describe.each(found.slice(0, 1))("kubectl %s, at length,", (_version, file) => {
  const kubectl = useKubectl(file);

  test("refuses what is recorded here as refused", { timeout: 60_000 }, async () => {
    for (const [what, yaml] of Object.entries(refused)) {
      expect((await kubectl.create(HEAD + yaml)).status, what).not.toBe(0);
    }
  });

  test("reads 10 MB as they are read here", { timeout: 120_000 }, async () => {
    const { stdout } = await kubectl.create(HEAD + LARGE);
    const { manifests, problems } = readText(new SourceText("f.yaml", HEAD + LARGE));
    expect(problems).toEqual([]);
    const list = (object: Json | undefined) => JSON.stringify((object as Record<string, Json>).list);
    // Not `toEqual`, which would show the difference of 10 MB.
    expect(list(manifests[0]?.object) === list(series(stdout)[0])).toBe(true);
  });

  test("lets the last of two equal keys win silently, which is refused here", async () => {
    const { stdout } = await kubectl.create(`${HEAD}a: 1\na: 2\n`);
    expect(series(stdout).map(fieldsOf)).toEqual([{ a: 2 }]);
  });
});

if (found.length === 0) {
  test("SKIPPED, no kubectl on the PATH: kubectl agrees with what is recorded here", ({ skip }) => {
    skip("there is no kubectl on the PATH");
  });
}

test("unlike kubectl, where the last one wins silently, refuses a key that stands there twice", () => {
  for (const yaml of ["a: 1\na: 2\n", "a: {b: 1, 'b': 1}\n", "1: x\n'1': y\n"]) {
    const { manifests, problems } = readText(new SourceText("f.yaml", HEAD + yaml));
    expect(manifests).toEqual([]);
    expect(problems.map(({ text }) => text)).toEqual(["stands there twice"]);
  }
});
