/** A value as JSON has it: what is left of YAML once its tags, aliases and merges are gone. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** The way from an object's root to a value in it: field names and list indexes. */
export type Path = readonly (string | number)[];

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Sets an own property whatever it is called: a plain assignment to `__proto__` would set the prototype. */
export function setField(object: JsonObject, key: string, value: Json): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** The own property of that name: `constructor` and `toString` are names like others. */
export function field(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** `spec.features[1]`, `metadata.labels["a.b/c"]`; empty for the object itself. */
export function pathText(path: Path): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_]{0,59}$/.test(step)) text += text === "" ? step : `.${step}`;
    else text += `[${quote(step)}]`;
  }
  return text;
}

const SHOWN = 60;
// Control characters (also C1), the bidirectional and other invisible formats, line separators and lone surrogates:
// none of them may reach a terminal from a file that somebody else wrote.
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/** The text with every character escaped that could move a cursor, start a new line or hide others. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** A value for a message: JSON on one line, harmless to a terminal, cut after 60 characters. */
export function quote(value: Json): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : "a list";
  if (isJsonObject(value)) return Object.keys(value).length === 0 ? "{}" : "an object";
  if (typeof value !== "string") return String(value);
  const characters = value.length > SHOWN ? Array.from(value.slice(0, 2 * SHOWN)) : [];
  const shown = characters.length > SHOWN ? `${characters.slice(0, SHOWN).join("")}…` : value;
  return printable(JSON.stringify(shown));
}
