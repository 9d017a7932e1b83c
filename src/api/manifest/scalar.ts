import type { Json } from "./json.ts";

/** What a scalar stands for; integers are kept exact because as a key `9007199254740993` is its digits. */
export type Resolved =
  | { readonly type: "null" }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "int"; readonly value: bigint }
  | { readonly type: "float"; readonly value: number }
  | { readonly type: "string"; readonly value: string };

const words = new Map<string, Resolved>();
for (const word of ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"]) {
  words.set(word, { type: "bool", value: true });
}
for (const word of ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"]) {
  words.set(word, { type: "bool", value: false });
}
for (const word of ["", "~", "null", "Null", "NULL"]) words.set(word, { type: "null" });
for (const word of [".nan", ".NaN", ".NAN"]) words.set(word, { type: "float", value: Number.NaN });
for (const word of [".inf", ".Inf", ".INF"]) {
  words.set(word, { type: "float", value: Number.POSITIVE_INFINITY });
  words.set(`+${word}`, { type: "float", value: Number.POSITIVE_INFINITY });
  words.set(`-${word}`, { type: "float", value: Number.NEGATIVE_INFINITY });
}

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;
// An integer of 64 bits has at most 64 digits (base 2); longer ones need no BigInt to be known as too large.
const MAX_DIGITS = 66;

function integer(text: string): bigint | undefined {
  if (text.length > MAX_DIGITS) return undefined;
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const [, sign, hex, binary, octal, decimal] = match;
  const digits =
    hex !== undefined
      ? `0x${hex}`
      : binary !== undefined
        ? `0b${binary}`
        : octal !== undefined
          ? `0o${octal}`
          : decimal;
  const size = BigInt(digits ?? "0");
  const value = sign === "-" ? -size : size;
  if (value >= MIN_INT64 && value <= MAX_INT64) return value;
  return sign === "" && value <= MAX_UINT64 ? value : undefined;
}

/**
 * A plain scalar as go-yaml v2 resolves it, which is what kubectl uses: the words of YAML 1.1 (`yes`, `off`), `010` is 8,
 * `1_000` is 1000; dates and `12:30` are strings; numbers beyond 64 bits are floats, floats beyond 64 bits strings.
 */
export function resolvePlain(text: string): Resolved {
  const word = words.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const dot = first === 0x2e;
  if (dot || first === 0x2b || first === 0x2d || (first >= 0x30 && first <= 0x39)) {
    const plain = dot ? text.replace(/(?<=[0-9])_(?=[0-9])/g, "") : text.replaceAll("_", "");
    const whole = integer(plain);
    if (whole !== undefined) return { type: "int", value: whole };
    if (FLOAT.test(plain)) {
      const value = Number(plain);
      if (Number.isFinite(value)) return { type: "float", value };
    }
  }
  return { type: "string", value: text };
}

const TAG_PREFIX = "tag:yaml.org,2002:";

/** The short name of a core tag (`int` for `!!int`), or undefined for any other tag: kubectl reads those as strings. */
function coreTag(tag: string): string | undefined {
  if (tag.startsWith("!!")) return tag.slice(2);
  return tag.startsWith(`!<${TAG_PREFIX}`) ? tag.slice(2 + TAG_PREFIX.length, -1) : undefined;
}

/** A scalar with an explicit tag, quoted or not; undefined where the text is not of that type. */
export function resolveTagged(tag: string, text: string): Resolved | undefined {
  const string: Resolved = { type: "string", value: text };
  const plain = resolvePlain(text);
  switch (coreTag(tag)) {
    case "bool":
    case "int":
    case "null":
      return plain.type === coreTag(tag) ? plain : undefined;
    case "float":
      if (plain.type === "int") return { type: "float", value: Number(plain.value) };
      return plain.type === "float" ? plain : undefined;
    case "binary": {
      const base64 = text.replace(/[\r\n]/g, "");
      if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined;
      return { type: "string", value: Buffer.from(base64, "base64").toString("utf8") };
    }
    default:
      return string;
  }
}

/** The JSON value; undefined for `.inf` and `.nan`, which JSON cannot say. */
export function toJson(resolved: Resolved): Json | undefined {
  switch (resolved.type) {
    case "null":
      return null;
    case "int":
      return Number(resolved.value);
    case "float":
      return Number.isFinite(resolved.value) ? resolved.value : undefined;
    case "bool":
    case "string":
      return resolved.value;
  }
}

/** The name that a scalar key gets: `1: x` is the key "1". Undefined for null and for numbers that are no int64. */
export function toKey(resolved: Resolved): string | undefined {
  switch (resolved.type) {
    case "null":
      return undefined;
    case "int":
      return resolved.value > MAX_INT64 ? undefined : String(resolved.value);
    case "float":
      return floatKey(resolved.value);
    case "bool":
    case "string":
      return String(resolved.value);
  }
}

/** A float as Go's `FormatFloat(x, 'g', -1, 32)` writes it: the shortest digits that give the same 32-bit float. */
function floatKey(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? ".inf" : "-.inf";
  if (single === 0) return Object.is(single, -0) ? "-0" : "0";
  for (let digits = 0; ; digits++) {
    const text = single.toExponential(digits);
    if (Math.fround(Number(text)) !== single) continue;
    const [mantissa = "", exponent = "0"] = text.split("e");
    const power = Number(exponent);
    if (power >= -4 && power < 6) return single.toFixed(Math.max(0, digits - power));
    return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
}
