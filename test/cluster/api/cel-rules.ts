import type { Schema } from "../../../src/api/crd.ts";
import type { Json } from "../../../src/api/manifest/index.ts";

/** The schema of a value, a CEL rule of it, and values that keep or break the rule. */
export type RuleCase = readonly [schema: Schema, rule: string, values: readonly Json[]];

const S: Schema = { type: "string", maxLength: 64 };
const I: Schema = { type: "integer", minimum: -1000, maximum: 1000 };
const B: Schema = { type: "boolean" };
const L: Schema = { type: "array", maxItems: 8, items: S };
const LI: Schema = { type: "array", maxItems: 8, items: I };
const M: Schema = { type: "object", maxProperties: 8, additionalProperties: S };
const D: Schema = { type: "number" };
const T: Schema = { type: "string", format: "date-time", maxLength: 64 };
const DU: Schema = { type: "string", format: "duration", maxLength: 32 };
const fields = (properties: Record<string, Schema>): Schema => ({ type: "object", properties });
const objects = (properties: Record<string, Schema>, max = 8): Schema => ({
  type: "array",
  maxItems: max,
  items: fields(properties),
});
const E = fields({ key: S, operator: S, values: L });

/** Rules of the kinds that CRDs of the field have; the first two are our own. */
export const RULE_CASES: readonly RuleCase[] = [
  [
    E,
    "self.operator in ['Exists', 'DoesNotExist'] || (has(self.values) && size(self.values) > 0)",
    [
      { key: "a", operator: "In" },
      { key: "a", operator: "In", values: [] },
      { key: "a", operator: "In", values: ["b"] },
      { key: "a", operator: "Exists" },
      { key: "a", operator: "Exists", values: ["x"] },
      { key: "a" },
    ],
  ],
  [
    E,
    "self.operator in ['In', 'NotIn'] || !has(self.values) || size(self.values) == 0",
    [
      { key: "a", operator: "In" },
      { key: "a", operator: "Exists", values: [] },
      { key: "a", operator: "Exists", values: ["b"] },
      { key: "a", operator: "Exists" },
      {},
    ],
  ],
  [fields({ a: S, b: S }), "has(self.a) != has(self.b)", [{ a: "x" }, { b: "x" }, { a: "x", b: "y" }, {}, { a: "" }]],
  [
    fields({ a: S, b: S, c: S }),
    "[has(self.a), has(self.b), has(self.c)].exists_one(x, x)",
    [{ a: "x" }, { a: "x", b: "y" }, {}],
  ],
  [
    fields({ a: S, b: S, c: S }),
    "[has(self.a), has(self.b), has(self.c)].filter(x, x).size() <= 1",
    [{ a: "x" }, { a: "x", b: "y" }, {}],
  ],
  [
    fields({ min: I, max: I }),
    "self.min <= self.max",
    [{ min: 1, max: 2 }, { min: 3, max: 2 }, { min: 2, max: 2 }, { min: 2 }, {}],
  ],
  [
    fields({ min: I, max: I }),
    "!has(self.min) || !has(self.max) || self.min <= self.max",
    [{ min: 1, max: 2 }, { min: 3, max: 2 }, { min: 2 }, {}],
  ],
  [
    fields({ mode: S, n: I }),
    "self.mode == 'a' ? self.n > 5 : self.n < 5",
    [
      { mode: "a", n: 6 },
      { mode: "a", n: 4 },
      { mode: "b", n: 4 },
      { mode: "b", n: 6 },
    ],
  ],
  [fields({ mode: S, n: I }), "has(self.n) ? self.n % 2 == 0 : true", [{ n: 2 }, { n: 3 }, {}, { n: -3 }]],
  [
    fields({ type: S, cfg: fields({ x: S }) }),
    "self.type == 'X' ? has(self.cfg) : !has(self.cfg)",
    [{ type: "X" }, { type: "X", cfg: {} }, { type: "Y" }, { type: "Y", cfg: { x: "1" } }],
  ],
  [S, "size(self) <= 3", ["abc", "abcd", "é🖥x", "🖥🖥🖥🖥", ""]],
  [S, "self.size() == 2", ["🖥🖥", "ab", "a", "é́"]],
  [S, "self.startsWith('a') && self.endsWith('z') && self.contains('-')", ["a-z", "az", "b-z", ""]],
  [S, "self.matches('^[a-z]+$')", ["abc", "ab1", "", "a\n", "A"]],
  [S, "self.matches('[0-9]')", ["abc", "ab1", ""]],
  [S, "self.matches(r'^\\d{1,3}(\\.\\d{1,3}){3}$')", ["1.2.3.4", "1.2.3", "1.2.3.4444"]],
  [S, "matches(self, '(?i)^abc$')", ["ABC", "abc", "abd"]],
  [S, "self.matches('^\\\\p{L}+$')", ["é", "a1", "ß"]],
  [S, "self.matches('^(?P<y>a)b$')", ["ab", "b"]],
  [S, "self.matches('^.$')", ["🖥", "ab", "\n"]],
  [S, "self.matches('^\\\\w+\\\\z')", ["ab", "é", "a\n"]],
  [L, "self.all(x, x.startsWith('a'))", [["a"], ["b"], [], ["a", "b"]]],
  [L, "self.exists(x, x == 'a')", [["a"], ["b"], [], ["b", "a"]]],
  [L, "self.all(x, self.exists_one(y, x == y))", [["a"], ["a", "a"], [], ["a", "b"]]],
  [
    objects({ name: S }, 8),
    "self.all(x, self.exists_one(y, x.name == y.name))",
    [[{ name: "a" }], [{ name: "a" }, { name: "a" }], [{}]],
  ],
  [
    fields({ x: S, l: L }),
    "self.x in self.l",
    [
      { x: "a", l: ["a"] },
      { x: "a", l: ["b"] },
      { x: "a", l: [] },
    ],
  ],
  [fields({ m: M }), "'k' in self.m", [{ m: { k: "v" } }, { m: {} }, {}]],
  [M, "self.all(k, k.startsWith('a') && self[k] != '')", [{ a: "1" }, { a: "" }, { b: "1" }, {}]],
  [M, "self['a'] == 'x'", [{ a: "x" }, { a: "y" }, {}]],
  [M, "!('a' in self) || self['a'] == 'x'", [{ a: "x" }, { a: "y" }, {}]],
  [LI, "self.map(x, x * 2).all(y, y < 10)", [[1, 2], [5], []]],
  [LI, "self.map(x, x > 1, x * 2).exists(y, y == 4)", [[2], [1], [3, 2]]],
  [LI, "self.filter(x, x > 1).size() == 1", [[1, 2], [2, 3], []]],
  [LI, "self.sum() == 6", [[1, 2, 3], [6], [1], []]],
  [LI, "self.isSorted()", [[1, 2, 3], [3, 1], []]],
  [LI, "self.min() > 0", [[1], [0], []]],
  [L, "self.indexOf('b') == 1", [["a", "b"], ["b"], []]],
  [L, "self == ['a','b']", [["a", "b"], ["b", "a"], ["a"]]],
  [
    fields({ a: L, b: L }),
    "(self.a + self.b).size() <= 3",
    [
      { a: ["x"], b: ["y"] },
      { a: ["x", "y"], b: ["z", "w"] },
    ],
  ],
  [
    fields({ a: S, b: S }),
    "self.a + '-' + self.b == 'x-y'",
    [
      { a: "x", b: "y" },
      { a: "x", b: "z" },
    ],
  ],
  [I, "self / 2 == 3", [6, 7, 8, -6]],
  [I, "self % 3 == -1", [-1, 2, -4]],
  [I, "10 / self > 1", [0, 5, 20]],
  [I, "10 / self > 1 || self == 0", [0, 5, 20]],
  [I, "self != 0 && 10 / self > 1", [0, 5, 20]],
  [S, "int(self) > 5", ["6", "5", "x", "", " 6", "0x10", "6.0", "+6"]],
  [I, "string(self) == '5'", [5, 6]],
  [D, "self > 1.5", [1.5, 2, 1, 1.6]],
  [D, "self > 1", [1, 2, 1.5]],
  [D, "int(self) == 2", [2, 2.9, 3]],
  [
    fields({ a: I, b: D }),
    "double(self.a) == self.b",
    [
      { a: 1, b: 1 },
      { a: 1, b: 1.5 },
    ],
  ],
  [
    fields({ a: I, b: D }),
    "self.a < self.b",
    [
      { a: 1, b: 1.5 },
      { a: 2, b: 1 },
    ],
  ],
  [
    fields({ a: B, b: B }),
    "!(self.a && self.b)",
    [
      { a: true, b: true },
      { a: true, b: false },
    ],
  ],
  [S, "self.lowerAscii() == self", ["abc", "aBc", "É"]],
  [S, "self.upperAscii() == 'ABC'", ["abc", "abd"]],
  [S, "self.split('/').size() == 2", ["a/b", "a", "a/b/c", ""]],
  [S, "self.split(',').all(x, x.trim() != '')", ["a, b", "a,", "a, ,b"]],
  [S, "self.replace('a','b') == 'bbb'", ["aba", "abc"]],
  [S, "self.substring(1,3) == 'bc'", ["abcd", "abxd", "a"]],
  [S, "self.trim() == 'a'", [" a ", "b", "\u00a0a"]],
  [S, "self.charAt(0) == 'a'", ["ab", "b", ""]],
  [S, "self.indexOf('b') > 0", ["ab", "b", "🖥b"]],
  [S, "self.lastIndexOf('b') == 2", ["abb", "b"]],
  [L, "self.join('-') == 'a-b'", [["a", "b"], ["a"]]],
  [S, "self.find('[0-9]+') == '12'", ["a12b", "a1"]],
  [S, "self.findAll('[0-9]').size() == 2", ["a12", "a1"]],
  [
    fields({ a: S, n: I }),
    "'%s-%d'.format([self.a, self.n]) == 'x-1'",
    [
      { a: "x", n: 1 },
      { a: "y", n: 1 },
    ],
  ],
  [S, "self == 'it\\'s \"x\" \\u00e9'", ['it\'s "x" é', "its"]],
  [T, "self < timestamp('2026-01-01T00:00:00Z')", ["2025-01-01T00:00:00Z", "2027-01-01T00:00:00Z"]],
  [T, "self.getFullYear() == 2025", ["2025-06-01T00:00:00Z", "2027-01-01T00:00:00Z"]],
  [DU, "self <= duration('1h')", ["30m", "2h", "1h"]],
  [S, "duration(self) >= duration('10s')", ["10s", "5s", "x", "1m"]],
  [S, "timestamp(self) > timestamp('2026-01-01T00:00:00Z')", ["2027-01-01T00:00:00Z", "x", "2025-01-01T00:00:00Z"]],
  [S, "isURL(self) && url(self).getScheme() == 'https'", ["https://a.b", "http://a.b", "x"]],
  [S, "url(self).getHostname() == 'a.b'", ["https://a.b:1/x", "http://c"]],
  [S, "isIP(self) && ip(self).family() == 4", ["1.2.3.4", "::1", "x"]],
  [S, "isCIDR(self) && cidr('10.0.0.0/8').containsCIDR(self)", ["10.1.0.0/16", "11.0.0.0/8", "x"]],
  [S, "isQuantity(self) && quantity(self).isGreaterThan(quantity('1Gi'))", ["2Gi", "1Mi", "x"]],
  [S, "isSemver(self) && semver(self).isLessThan(semver('2.0.0'))", ["1.0.0", "3.0.0", "x"]],
  [S, "!format.dns1123Label().validate(self).hasValue()", ["abc", "A"]],
  [
    fields({ a: fields({ b: S }) }),
    "self.?a.?b.orValue('x') == 'x'",
    [{}, { a: {} }, { a: { b: "x" } }, { a: { b: "y" } }],
  ],
  [fields({ a: fields({ b: S }) }), "self.?a.b.hasValue()", [{}, { a: {} }, { a: { b: "x" } }]],
  [fields({ a: S }), "self.?a.optMap(x, x == 'q').orValue(true)", [{}, { a: "q" }, { a: "r" }]],
  [L, "self[?0].orValue('') != 'x'", [[], ["x"], ["y"]]],
  [fields({ a: S, b: S }), "[?self.?a, ?self.?b].size() == 1", [{ a: "1" }, { a: "1", b: "2" }, {}]],
  [
    objects({ rules: objects({ host: S }, 4) }, 4),
    "self.all(x, !has(x.rules) || x.rules.all(r, r.host != '*'))",
    [[{ rules: [{ host: "a" }] }], [{ rules: [{ host: "*" }] }], [{}]],
  ],
  [
    fields({ "a-b": S, namespace: S }),
    "self.a__dash__b == 'x' && self.__namespace__ == 'y'",
    [
      { "a-b": "x", namespace: "y" },
      { "a-b": "x", namespace: "z" },
    ],
  ],
  [fields({ a: S }), "!has(self.a) || self.a != ''", [{ a: "" }, { a: "x" }, {}]],
  [M, "self.all(k, v, k == v)", [{ a: "a" }, { a: "b" }, {}]],
  [LI, "self.all(i, v, v >= i)", [[0, 1], [0, 0], []]],
  [M, "self.transformList(k, v, v).all(x, x != '')", [{ a: "a" }, { a: "" }]],
  [I, "self == 0x10", [16, 10]],
  [
    fields({ a: I, b: I }),
    "self.a + self.b * 2 == 7",
    [
      { a: 1, b: 3 },
      { a: 3, b: 1 },
    ],
  ],
  [fields({ a: S }), "!(self.a in ['x','y']) ? true : false", [{ a: "x" }, { a: "z" }]],
  [L, "sets.contains(['a','b'], self)", [["a"], ["c"], []]],
  [objects({ a: S }), "self[0] == self[1]", [[{ a: "x" }, { a: "x" }], [{ a: "x" }, { a: "y" }], [{ a: "x" }]]],
  [
    fields({ a: S, b: fields({ c: L }) }),
    "has(self.b) && has(self.b.c) && self.b.c.exists(x, x.matches('^v[0-9]+$'))",
    [{ b: { c: ["v1"] } }, { b: { c: ["x"] } }, { b: {} }, {}],
  ],
  [
    fields({ a: S, b: S }),
    "self.a < self.b",
    [
      { a: "a", b: "b" },
      { a: "b", b: "a" },
      { a: "\uffff", b: "🖥" },
    ],
  ],
  [fields({ a: { type: "integer" } }), "self.a * 9007199254740993 > 0", [{ a: 1 }, { a: 1000000000 }, { a: -1 }]],
];
