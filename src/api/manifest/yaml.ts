import {
  dump,
  EVENT_ID,
  type Event,
  getScalarValue,
  type MappingEvent,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
  YAMLException,
} from "js-yaml";
import { type AliasNode, MAX_DEPTH, type MappingNode, type Node, type SequenceNode, YamlSyntaxError } from "./node.ts";

// What libyaml refuses anywhere in a stream, comments included (NUL too).
const CONTROL = /[[\p{Cc}\ufffe\uffff]--[\t\n\r\x85]]/v;

/**
 * Parses a text that holds one document into its nodes; undefined where it holds none (only comments). In JSON, unlike
 * YAML, a string may hold control characters and half of a surrogate pair (which becomes U+FFFD).
 * @throws {YamlSyntaxError}
 */
export function parseYaml(text: string, json: boolean): Node | undefined {
  if (!json) {
    const at = text.search(CONTROL);
    if (at !== -1) throw new YamlSyntaxError("control characters are not allowed; escape them in a quoted string", at);
  }
  const parsed = parse(text);
  const [first, second] = compose(parsed, json);
  if (second !== undefined) {
    throw new YamlSyntaxError("what follows '...' would not be read; separate documents with a line '---'", second.at);
  }
  return first;
}

/** Writes a value as one YAML document, with every string quoted that any YAML version could misread. */
export function writeYaml(value: unknown): string {
  return dump(value, { noRefs: true, lineWidth: -1, seqNoIndent: true });
}

/** Events with the text that their offsets mean, and the way back to the offsets of the text as it was given. */
interface Parsed {
  readonly text: string;
  readonly events: readonly Event[];
  original(at: number): number;
}

const INDENT = " ".repeat(256);
/** Characters parsed again; a few seconds. */
const MAX_REPAIRED = 256 * 2 ** 20;
/** Lines in which nothing opens or closes, and the one after them: all of them begin inside the same brackets or quotes. */
const SAME_INSIDE = /(?:[^\n[\]{}"'#]*\n)*/y;

/**
 * YAML 1.2 wants the lines of a bracket or a quoted string deeper than the key before it, libyaml does not: kubectl reads
 * `spec: {`, `}` with the closing bracket at column 1. Leading blanks mean nothing there, so such lines get some more and
 * the text is parsed again, up to a bound of work that no real file reaches.
 */
function parse(given: string): Parsed {
  let text = given;
  const indented: number[] = []; // offsets of lines in `given`, ascending
  const original = (at: number): number => originalOffset(indented, at);
  for (let work = text.length; ; work += text.length) {
    try {
      return { text, events: parseEvents(text, { maxDepth: MAX_DEPTH }), original };
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const { position = 0, column = 0 } = error.mark ?? {};
      const start = position - column;
      if (error.reason !== "deficient indentation" || text.startsWith(INDENT, start) || work > MAX_REPAIRED) {
        throw new YamlSyntaxError(error.reason, original(position), { cause: error });
      }
      SAME_INSIDE.lastIndex = start;
      const same = SAME_INSIDE.exec(text)?.[0] ?? "";
      const lines = [...same.matchAll(/^/gm)].map(({ index }) => original(start + index));
      indented.push(...lines);
      indented.sort((a, b) => a - b);
      text = text.slice(0, start) + INDENT + same.replaceAll("\n", `\n${INDENT}`) + text.slice(start + same.length);
    }
  }
}

/** The offset before lines were indented; a place in the indentation is the beginning of its line. */
function originalOffset(indented: readonly number[], at: number): number {
  let low = 0;
  let high = indented.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((indented[middle] ?? 0) + middle * INDENT.length <= at) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? at : Math.max(indented[low - 1] ?? 0, at - low * INDENT.length);
}

type Frame =
  | { readonly kind: "document" }
  | { readonly kind: "sequence"; readonly node: SequenceNode }
  | { readonly kind: "mapping"; readonly node: MappingNode; key: Node | undefined };

/** The roots of the documents in a stream of events. Iterative: depth costs no stack. */
function compose(parsed: Parsed, json: boolean): Node[] {
  const { text, events, original } = parsed;
  const roots: Node[] = [];
  const frames: Frame[] = [];
  let anchors = new Map<string, Node>();
  const add = (node: Node): void => {
    const frame = frames.at(-1);
    if (frame?.kind === "sequence") frame.node.items.push(node);
    else if (frame?.kind !== "mapping") roots.push(node);
    else if (frame.key === undefined) frame.key = node;
    else {
      frame.node.entries.push([frame.key, node]);
      frame.key = undefined;
    }
  };
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        anchors = new Map();
        frames.push({ kind: "document" });
        break;
      case EVENT_ID.POP:
        frames.pop();
        break;
      case EVENT_ID.ALIAS: {
        const name = text.slice(event.anchorStart, event.anchorEnd);
        const target = anchors.get(name);
        const at = original(event.anchorStart - 1);
        if (target === undefined) throw new YamlSyntaxError(`unknown anchor '${name}' referenced`, at);
        add({ kind: "alias", at, name, target });
        break;
      }
      default: {
        const node = nodeOf(parsed, event, json);
        if (event.anchorStart !== -1) {
          const name = text.slice(event.anchorStart, event.anchorEnd);
          if (!/^[\w-]+$/.test(name)) {
            throw new YamlSyntaxError("an anchor is letters, digits, '_' and '-'", original(event.anchorStart));
          }
          anchors.set(name, node);
        }
        add(node);
        if (node.kind === "sequence") frames.push({ kind: "sequence", node });
        if (node.kind === "mapping") frames.push({ kind: "mapping", node, key: undefined });
      }
    }
  }
  return roots;
}

type OwnNode = Exclude<Node, AliasNode>;

function nodeOf({ text, original }: Parsed, event: ScalarEvent | SequenceEvent | MappingEvent, json: boolean): OwnNode {
  if (event.type === EVENT_ID.SEQUENCE) return { kind: "sequence", at: original(event.start), items: [] };
  if (event.type === EVENT_ID.MAPPING) return { kind: "mapping", at: original(event.start), entries: [] };
  const { style, valueStart, valueEnd, tagStart, tagEnd } = event;
  const quoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
  const at = original(quoted ? valueStart - 1 : valueStart);
  const value = getScalarValue(text, event);
  if (!json) {
    const problem = libyamlProblem(
      style,
      style === SCALAR_STYLE.DOUBLE_QUOTED ? text.slice(valueStart, valueEnd) : value,
    );
    if (problem !== undefined) throw new YamlSyntaxError(problem, at);
  }
  return {
    kind: "scalar",
    at,
    text: json ? value.toWellFormed() : value,
    tag: tagStart === -1 ? "" : text.slice(tagStart, tagEnd),
    plain: style === SCALAR_STYLE.PLAIN,
  };
}

/** What YAML 1.2 allows in a scalar and libyaml refuses, so kubectl too. `raw` is the inside of the quotes as written. */
function libyamlProblem(style: ScalarEvent["style"], raw: string): string | undefined {
  if (style === SCALAR_STYLE.PLAIN && /[\x85\u2028\u2029]/.test(raw)) return "a line separator must be quoted";
  if (style !== SCALAR_STYLE.DOUBLE_QUOTED || !raw.includes("\\")) return undefined;
  // Other escapes go first, in pairs, so that the second half of an escaped backslash is not taken for the start of one.
  const escapes = raw.replace(/\\[^u/]/gs, "");
  if (escapes.includes("\\/")) return "the escape \\/ is JSON's; write / alone";
  return /\\u[dD][89a-fA-F]/.test(escapes)
    ? "half of a surrogate pair; write the character, or \\U and eight digits"
    : undefined;
}
