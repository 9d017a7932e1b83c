import { isLabelKey, isLabelValue } from "../labels.ts";
import { field, isJsonObject, type Json, type JsonObject, type Path, quote } from "../manifest/index.ts";
import { decodeMetadata } from "./object-meta.ts";
import { checkOwners } from "./owner-references.ts";
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
  return text.length <= 253 && text.split(".").every((part) => DNS_LABEL.test(part));
}

export interface MetadataRules {
  readonly namespaced: boolean;
  /** Whether the name must be a DNS label: that of a namespace is. */
  readonly labelName: boolean;
}

/**
 * Checks `metadata` as the API server does when an object is created: types and unknown fields, then names, labels,
 * annotations, finalizers and owners. Returns it as the server reads it. A namespace on a kind that has none is dropped,
 * as it is there: kustomize writes it on every kind that it does not know.
 */
export function checkMetadata(object: JsonObject, rules: MetadataRules, findings: Finding[]): JsonObject {
  const given = field(object, "metadata") ?? {};
  if (!isJsonObject(given)) {
    findings.push({ path: ["metadata"], text: `${quote(given)} is not allowed; allowed: an object` });
    return {};
  }
  const metadata = decodeMetadata(given, findings);
  const name = field(given, "name") ?? "";
  if (typeof name === "string") checkName(name, metadata, { rules, findings });
  if (rules.namespaced) checkNamespace(metadata, findings);
  else delete metadata.namespace;
  for (const [key, value] of pairsOf(metadata, "labels")) {
    if (!isLabelKey(key)) findings.push(badKey("labels", key));
    if (!isLabelValue(value)) refuse(findings, ["labels", key], value, VALUE_WORDS);
  }
  checkAnnotations(pairsOf(metadata, "annotations"), findings);
  checkFinalizers(metadata, findings);
  checkOwners(metadata, findings);
  return metadata;
}

function checkName(
  name: string,
  metadata: JsonObject,
  { rules: { labelName }, findings }: { readonly rules: MetadataRules; readonly findings: Finding[] },
): void {
  const isName = labelName ? isDnsLabel : isDnsName;
  const words = labelName ? LABEL_WORDS : NAME_WORDS;
  const prefix = field(metadata, "generateName") ?? "";
  // The server fills up a prefix that ends in a dash.
  if (typeof prefix === "string" && prefix !== "" && !isName(prefix.replace(/.-$/s, "a"))) {
    refuse(findings, ["generateName"], prefix, `${words}, but for a '-' at the end`);
  }
  if (name === "") {
    const why = prefix === "" ? "is missing" : "is missing: a name that the server would generate is not known here";
    findings.push({ path: ["metadata", "name"], text: `${why}; allowed: ${words}` });
  } else if (!isName(name)) {
    refuse(findings, ["name"], name, words);
  }
}

function checkNamespace(metadata: JsonObject, findings: Finding[]): void {
  const namespace = field(metadata, "namespace") ?? "";
  if (typeof namespace === "string" && namespace !== "" && !isDnsLabel(namespace)) {
    refuse(findings, ["namespace"], namespace, LABEL_WORDS);
  }
}

function checkAnnotations(annotations: readonly [string, string][], findings: Finding[]): void {
  for (const [key] of annotations) if (!isLabelKey(key.toLowerCase())) findings.push(badKey("annotations", key));
  const size = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (size <= MAX_ANNOTATIONS) return;
  findings.push({ path: ["metadata", "annotations"], text: `have ${size} bytes; allowed: at most ${MAX_ANNOTATIONS}` });
}

function checkFinalizers(metadata: JsonObject, findings: Finding[]): void {
  const finalizers = field(metadata, "finalizers");
  if (!Array.isArray(finalizers)) return;
  finalizers.forEach((finalizer, index) => {
    if (typeof finalizer === "string" && !isLabelKey(finalizer))
      refuse(findings, ["finalizers", index], finalizer, KEY_WORDS);
  });
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    findings.push({ path: ["metadata", "finalizers"], text: "orphan and foregroundDeletion exclude each other" });
  }
}

/** The pairs of a map of strings, which it is once it is decoded. */
function pairsOf(metadata: JsonObject, name: string): [string, string][] {
  const map = field(metadata, name);
  return isJsonObject(map) ? Object.entries(map).map(([key, value]) => [key, String(value)]) : [];
}

function badKey(map: string, key: string): Finding {
  return { path: ["metadata", map, key], part: "key", text: `the key is not allowed; allowed: ${KEY_WORDS}` };
}

function refuse(findings: Finding[], path: Path, value: Json, words: string): void {
  findings.push({ path: ["metadata", ...path], text: `${quote(value)} is not allowed; allowed: ${words}` });
}
