import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Schema } from "../../src/api/crd.ts";
import { crds } from "../../src/api/generated/schemas.ts";

const SRC = join(import.meta.dirname, "..", "..", "src");
/** Code in front of which a slash begins a regular expression: after a value it would divide. */
const BEFORE = String.raw`(?:^|[=(,:;!?&|{}[]|\breturn|=>)\s*`;
const LITERAL = new RegExp(
  `${BEFORE}/((?![*/])(?:[^/\\\\\\n[]|\\\\.|\\[(?:[^\\]\\\\\\n]|\\\\.|\\[[^\\]]*\\])*\\])+)/([dgimsuvy]*)(?![\\w/])`,
  "gm",
);
const COMMENT = /^\s*(?:\/\/|\/?\*)/;

/** A regular expression of ours and where it stands. */
export interface Found {
  readonly where: string;
  readonly expression: RegExp;
}

/** Every literal of src/, and every pattern of the schemas. */
export function regularExpressions(): Found[] {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const literals = files.flatMap((file) => {
    const lines = readFileSync(join(SRC, file), "utf8").split("\n");
    return lines.flatMap((line, index) => literalsOf(line, `src/${file}:${index + 1}`));
  });
  const patterns = Object.entries(crds).flatMap(([kind, { schema }]) => [...patternsOf(schema, kind)]);
  return [...literals, ...patterns];
}

/** What makes one from text, which a scan cannot see: `file:line`. */
export function builtFromText(): string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.flatMap((file) => {
    const lines = readFileSync(join(SRC, file), "utf8").split("\n");
    return lines.flatMap((line) =>
      /\bRegExp\(/.test(line) && !COMMENT.test(line) ? [`src/${file}: ${line.trim()}`] : [],
    );
  });
}

export function literalsOf(line: string, where: string): Found[] {
  if (COMMENT.test(line)) return [];
  return [...line.matchAll(LITERAL)].map(([, source = "", flags]) => ({
    where,
    expression: new RegExp(source, flags),
  }));
}

function* patternsOf(schema: Schema, path: string): Generator<Found> {
  if (schema.pattern !== undefined) yield { where: path, expression: new RegExp(schema.pattern, "u") };
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* patternsOf(child, `${path}.${name}`);
  if (schema.items !== undefined) yield* patternsOf(schema.items, `${path}[]`);
  if (schema.additionalProperties !== undefined) yield* patternsOf(schema.additionalProperties, `${path}.*`);
}
