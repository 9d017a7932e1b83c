import { isLabelKey, isLabelValue } from "../labels.ts";
import { field, isJsonObject, type Json, type JsonObject, quote, setField } from "../manifest/index.ts";
import { isTime } from "./schema.ts";
import type { Finding } from "./structural.ts";

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const LABEL_WORDS = "at most 63 lower-case letters, digits and '-', a letter or digit first and last";
const NAME_WORDS = "at most 253 lower-case letters, digits, '-' and '.', a letter or digit first and last of each part";
const KEY_WORDS =
  "[a DNS name and '/'] and at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last";
const VALUE_WORDS = "at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last, or nothing";
const MAX_ANNOTATIONS = 256 * 1024;

/** Whether it can be the name of a namespace (DNS-1123 label). */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && DNS_LABEL.test(text);
}

/** Whether it can be the name of an object (DNS-1123 subdomain). */
function isDnsName(text: string): boolean {
  return text.length <= 253 && text.split(".").every((part) => part.length <= 253 && DNS_LABEL.test(part));
}

export interface MetadataRules {
  /** The kind, for messages. */
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether the name must be a DNS label: that of a namespace is. */
  readonly labelName: boolean;
}

/**
 * Checks what the API server would of `metadata`: name, namespace, labels, annotations and the types of what Tandem reads.
 * Returns a copy without nulls, which is how the server reads them; fields that nobody here reads pass.
 */
export function checkMetadata(object: JsonObject, rules: MetadataRules, findings: Finding[]): JsonObject {
  const given = field(object, "metadata") ?? {};
  if (!isJsonObject(given)) {
    findings.push({ path: ["metadata"], text: `${quote(given)} is not allowed; allowed: an object` });
    return {};
  }
  const metadata: JsonObject = {};
  for (const [key, value] of Object.entries(given)) if (value !== null) setField(metadata, key, value);
  checkName(metadata, rules, findings);
  checkNamespace(metadata, rules, findings);
  const labels = checkMap(metadata, "labels", findings);
  for (const [key, value] of labels) {
    if (!isLabelKey(key)) findings.push(badKey("labels", key));
    if (!isLabelValue(value)) refuse(findings, ["labels", key], value, VALUE_WORDS);
  }
  const annotations = checkMap(metadata, "annotations", findings);
  for (const [key] of annotations) if (!isLabelKey(key.toLowerCase())) findings.push(badKey("annotations", key));
  const size = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (size > MAX_ANNOTATIONS) {
    findings.push({
      path: ["metadata", "annotations"],
      text: `have ${size} bytes; allowed: at most ${MAX_ANNOTATIONS}`,
    });
  }
  for (const name of ["uid", "resourceVersion"]) {
    const value = field(metadata, name);
    if (value !== undefined && typeof value !== "string") refuse(findings, [name], value, "a string");
  }
  for (const name of ["creationTimestamp", "deletionTimestamp"]) {
    const value = field(metadata, name);
    if (value === undefined || (typeof value === "string" && isTime(value))) continue;
    refuse(findings, [name], value, "a time, for example 2026-01-31T12:00:00Z");
  }
  const generation = field(metadata, "generation");
  if (generation !== undefined && !(Number.isSafeInteger(generation) && Number(generation) >= 0)) {
    refuse(findings, ["generation"], generation, "a whole number, at least 0");
  }
  return metadata;
}

function checkName(metadata: JsonObject, { labelName }: MetadataRules, findings: Finding[]): void {
  const name = field(metadata, "name");
  const words = labelName ? LABEL_WORDS : NAME_WORDS;
  if (name === undefined || name === "") {
    const generated = field(metadata, "generateName") !== undefined;
    const why = generated ? "is missing: a name that the server would generate is not known here" : "is missing";
    findings.push({ path: ["metadata", "name"], text: `${why}; allowed: ${words}` });
  } else if (typeof name !== "string" || !(labelName ? isDnsLabel(name) : isDnsName(name))) {
    refuse(findings, ["name"], name, words);
  }
}

function checkNamespace(metadata: JsonObject, { kind, namespaced }: MetadataRules, findings: Finding[]): void {
  const namespace = field(metadata, "namespace");
  if (namespace === undefined || namespace === "") return;
  if (!namespaced) {
    findings.push({
      path: ["metadata", "namespace"],
      text: `${quote(namespace)} is not allowed; ${kind} has no namespaces`,
    });
  } else if (typeof namespace !== "string" || !isDnsLabel(namespace)) {
    refuse(findings, ["namespace"], namespace, LABEL_WORDS);
  }
}

/** The pairs of a map of strings. */
function checkMap(metadata: JsonObject, name: string, findings: Finding[]): [string, string][] {
  const map = field(metadata, name);
  if (map === undefined) return [];
  if (!isJsonObject(map)) {
    refuse(findings, [name], map, "an object");
    return [];
  }
  const pairs: [string, string][] = [];
  for (const [key, value] of Object.entries(map)) {
    if (typeof value === "string") pairs.push([key, value]);
    else refuse(findings, [name, key], value, "a string (put it in quotes)");
  }
  return pairs;
}

function badKey(map: string, key: string): Finding {
  return { path: ["metadata", map, key], part: "key", text: `the key is not allowed; allowed: ${KEY_WORDS}` };
}

function refuse(findings: Finding[], path: readonly string[], value: Json, words: string): void {
  findings.push({ path: ["metadata", ...path], text: `${quote(value)} is not allowed; allowed: ${words}` });
}
