import type { KindName } from "../crd.ts";
import { crds } from "../generated/schemas.ts";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../kinds.ts";
import { isJsonObject, type JsonObject, type Manifest, type Path, type Problem, quote } from "../manifest/index.ts";
import { checkMetadata } from "./metadata.ts";
import { checkRules } from "./rules.ts";
import { checkSchema } from "./schema.ts";
import { complete, type Finding } from "./structural.ts";
import { checkUnique } from "./unique.ts";
import { listOfWords } from "./words.ts";

export { isDnsLabel } from "./metadata.ts";
export { unjudgedRules } from "./rules.ts";
export { isTime } from "./times.ts";
export { closest } from "./words.ts";

/** A valid object of one of the three kinds, with its defaults. */
export type TandemObject =
  | { readonly kind: "ProtectedVM"; readonly object: ProtectedVM }
  | { readonly kind: "AffinityPolicy"; readonly object: AffinityPolicy }
  | { readonly kind: "Appliance"; readonly object: Appliance };

/** What a manifest turns out to be. */
export type Checked =
  | { readonly type: "tandem"; readonly tandem: TandemObject }
  | { readonly type: "namespace"; readonly name: string; readonly labels: Record<string, string> }
  | { readonly type: "other" }
  | { readonly type: "invalid"; readonly problems: Problem[] };

const GROUP = "tandem.dev";
const VERSION = "v1alpha1";
const KINDS: readonly string[] = Object.keys(crds);

function isKind(kind: string): kind is KindName {
  return KINDS.includes(kind);
}

/**
 * Checks one object as the API server would with strict validation, and completes it with its kind's defaults. Kinds of
 * others pass unread, but for Namespace, whose labels count (SPEC R5).
 */
export function check(manifest: Manifest): Checked {
  const { apiVersion, kind } = manifest;
  if (apiVersion === "v1" && kind === "Namespace") return checkNamespace(manifest);
  const [group, version] = apiVersion.split("/");
  if (group !== GROUP) return { type: "other" };
  if (version !== VERSION || apiVersion !== `${GROUP}/${VERSION}`) {
    return invalid(manifest, [
      { path: ["apiVersion"], text: `${quote(apiVersion)} is not known; allowed: ${GROUP}/${VERSION}` },
    ]);
  }
  if (!isKind(kind)) {
    return invalid(manifest, [{ path: ["kind"], text: `${quote(kind)} is not known; ${listOfWords(kind, KINDS)}` }]);
  }
  const { resource, schema } = crds[kind];
  const findings: Finding[] = [];
  const metadata = checkMetadata(manifest.object, { namespaced: resource.namespaced, labelName: false }, findings);
  const completed = complete(manifest.object, schema, findings);
  const object: JsonObject = isJsonObject(completed) ? { ...completed, metadata } : {};
  const refused = checkSchema(object, schema);
  // A rule is asked of what is well-formed; the server stops at the first layer, but here every problem is to be told.
  const inside = (path: Path, outer: Path) => outer.every((step, index) => step === path[index]);
  const broken = checkRules(object, schema).filter(({ path }) => !refused.some((one) => inside(one.path, path)));
  const all = [...findings, ...refused, ...checkUnique(object, schema), ...broken];
  return all.length > 0 ? invalid(manifest, all) : { type: "tandem", tandem: trusted(kind, object) };
}

/** The one place where JSON becomes a typed object: it has just passed the schema that the type was generated from. */
function trusted(kind: KindName, object: JsonObject): TandemObject {
  return { kind, object: object as unknown } as TandemObject;
}

function checkNamespace(manifest: Manifest): Checked {
  const findings: Finding[] = [];
  const { name, labels } = checkMetadata(manifest.object, { namespaced: false, labelName: true }, findings);
  if (findings.length > 0) return invalid(manifest, findings);
  return { type: "namespace", name: String(name), labels: (labels ?? {}) as Record<string, string> };
}

function invalid(manifest: Manifest, findings: readonly Finding[]): Checked {
  const problems = findings.map(({ path, text, part, fault }) => {
    const problem = manifest.problem(path, text, part);
    return fault === undefined ? problem : { ...problem, fault };
  });
  return { type: "invalid", problems };
}
