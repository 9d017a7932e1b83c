import { createReadStream } from "node:fs";
import { decode } from "../../api/manifest/decode.ts";
import { formatPlace, isJsonObject, type Json, type Path, printable, quote } from "../../api/manifest/index.ts";
import { locate } from "../../api/manifest/locate.ts";
import { type Node, YamlSyntaxError } from "../../api/manifest/node.ts";
import { split } from "../../api/manifest/split.ts";
import { decodeUtf8, SourceText } from "../../api/manifest/text.ts";
import { parseYaml } from "../../api/manifest/yaml.ts";
import { listOfWords } from "../../api/validate/words.ts";
import { type Given, placed } from "./given.ts";
import { SETTINGS, type ValueType } from "./table.ts";

/** Far more than all settings with a comment each. */
const MAX_BYTES = 64 * 1024;
const IN_FILE = SETTINGS.filter(({ name }) => name !== "config");

/**
 * The settings that a YAML or JSON file gives. Scalars mean what they mean for kubectl; a key without a value counts as
 * not set. Never throws for what a file can be or hold: each fault is a problem, with its line and column.
 */
export async function fromFile(path: string, problems: string[]): Promise<Given[]> {
  const source = await read(path);
  if (typeof source === "string") {
    problems.push(source);
    return [];
  }
  const documents: Document[] = [];
  const say = (at: number, text: string): void => {
    problems.push(`${formatPlace({ file: source.file, ...source.position(at), path: [], text })}: ${text}`);
  };
  for (const chunk of split(source)) {
    if ("at" in chunk) {
      say(chunk.at, "a line that begins with '---' separates documents and can hold nothing else");
      continue;
    }
    try {
      const root = parseYaml(source.text.slice(chunk.start, chunk.end), chunk.json);
      if (root !== undefined) documents.push({ root, start: chunk.start });
    } catch (error) {
      if (!(error instanceof YamlSyntaxError)) throw error;
      say(chunk.start + error.at, `is not YAML: ${error.message}`);
    }
  }
  const [first, second] = documents;
  if (second !== undefined) say(second.start + Math.max(0, second.root.at), "a second document; one is allowed");
  return first === undefined ? [] : settingsOf(first, { source, say, problems });
}

interface Document {
  readonly root: Node;
  readonly start: number;
}

interface Place {
  readonly source: SourceText;
  readonly say: (at: number, text: string) => void;
  readonly problems: string[];
}

function settingsOf({ root, start }: Document, { source, say, problems }: Place): Given[] {
  const { value, faults } = decode(root);
  for (const { at, path, text } of faults) {
    say(start + Math.max(0, at), path.length === 0 ? text : `${shown(String(path[0]))}: ${text}`);
  }
  if (value === null) return [];
  const at = (path: Path, part: "key" | "value") => start + locate(root, path, part);
  if (!isJsonObject(value)) {
    say(at([], "value"), `${quote(value)} is no mapping; allowed: a line NAME: VALUE for each setting`);
    return [];
  }
  const broken = new Set(faults.map(({ path }) => path[0]));
  const given: Given[] = [];
  for (const [name, json] of Object.entries(value)) {
    const setting = IN_FILE.find((one) => one.name === name);
    if (setting === undefined) {
      say(at([name], "key"), unknown(name));
    } else if (json !== null) {
      const written = asWritten(setting.value, json);
      if (written.type === "text") {
        const place = formatPlace({ file: source.file, ...source.position(at([name], "value")), path: [], text: "" });
        given.push(placed(setting, written.text, { where: `${place}: ${name}`, problems }));
      } else {
        say(at([name], "value"), `${name}: ${written.text}`);
        given.push({ name: setting.name, where: name, value: undefined, wrong: true });
      }
    } else if (broken.has(name)) {
      given.push({ name: setting.name, where: name, value: undefined, wrong: true });
    }
  }
  return given;
}

function shown(name: string): string {
  return SETTINGS.some((setting) => setting.name === name) ? name : quote(name);
}

function unknown(name: string): string {
  if (name === "config") return "config: a file cannot name another one; remove it";
  const names = IN_FILE.map((setting) => setting.name);
  return `the setting ${quote(name)} is not known; ${listOfWords(name, names)}`;
}

/** A value of the file as one would write it behind the flag, or why that cannot be. */
function asWritten(type: ValueType, json: Json): { readonly type: "text" | "problem"; readonly text: string } {
  if (type.type === "boolean") {
    if (typeof json === "boolean") return { type: "text", text: String(json) };
    return { type: "problem", text: `${quote(json)} is not allowed; allowed: true, false (without quotes)` };
  }
  if (type.type === "integer") {
    if (typeof json === "number") return { type: "text", text: String(json) };
    return { type: "problem", text: `${quote(json)} is not allowed; a whole number is needed, without quotes` };
  }
  // `off` without quotes is false for kubectl.
  if (type.type === "address" && json === false) return { type: "text", text: "off" };
  if (typeof json === "string") return { type: "text", text: json };
  if (typeof json === "number" && type.type === "duration") {
    return { type: "problem", text: `${quote(json)} has no unit; for example 500ms, 15s, 10m, 1h30m` };
  }
  const scalar = typeof json === "number" || typeof json === "boolean";
  const hint = scalar ? ` is a ${typeof json}; write it in quotes` : " is not allowed; allowed: a text";
  return { type: "problem", text: `${quote(json)}${hint}` };
}

/** The text of a file, or what is wrong with it. */
async function read(path: string): Promise<SourceText | string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of createReadStream(path, { end: MAX_BYTES }) as AsyncIterable<Uint8Array>) {
      parts.push(part);
      size += part.length;
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return `${printable(path)}: ${missing ? "there is no such file" : `cannot be read: ${printable(reason)}`}`;
  }
  if (size > MAX_BYTES) return `${printable(path)}: is larger than ${MAX_BYTES / 1024} KiB`;
  const source = decodeUtf8(path, Buffer.concat(parts));
  return source instanceof SourceText ? source : `${formatPlace(source)}: ${source.text}`;
}
