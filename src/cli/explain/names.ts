import type { KindName } from "../../api/crd.ts";
import { crds } from "../../api/generated/schemas.ts";
import type { Feature } from "../../api/kinds.ts";
import { quote } from "../../api/manifest/index.ts";
import { keyOf } from "../../api/object.ts";
import { closest } from "../../api/validate/index.ts";
import { FEATURES } from "../../resolve/index.ts";
import { UsageError } from "../exit.ts";
import { listed } from "./words.ts";

/** The short names of the CRDs, and what people call the kinds. */
const SHORT: Readonly<Record<KindName, readonly string[]>> = {
  ProtectedVM: ["vm", "vms", "pvm"],
  AffinityPolicy: ["policy", "policies", "afp"],
  Appliance: ["appl"],
};
const GROUP = ".tandem.dev";

/** A kind as kubectl takes it: kind, plural or short name in any case, with or without the group. @throws {UsageError} */
export function kindNamed(text: string): KindName {
  const asked = text.toLowerCase();
  const word = asked.endsWith(GROUP) ? asked.slice(0, -GROUP.length) : asked;
  for (const { resource } of Object.values(crds)) {
    const kind = resource.kind as KindName;
    if ([kind.toLowerCase(), resource.plural, ...SHORT[kind]].includes(word)) return kind;
  }
  throw new UsageError(`${quote(text)} is no kind that can be explained: vm (pvm), policy (afp), appliance (appl)`);
}

/** A feature, in any case. @throws {UsageError} */
export function featureNamed(text: string): Feature {
  const feature = FEATURES.find((one) => one.toLowerCase() === text.toLowerCase());
  if (feature !== undefined) return feature;
  throw new UsageError(`${quote(text)} is no feature; ${meant(text, FEATURES) ?? `there are ${listed(FEATURES)}`}`);
}

/** So many names of a list are shown. */
const SHOWN = 10;

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/**
 * The object of a kind by its name; for a VM `namespace/name`, or a name that only one VM of the estate has.
 * @param own all objects of the kind
 * @param namespace where to look for a VM whose name comes without one
 * @throws {UsageError} naming what could have been meant
 */
export function objectNamed<T extends Named>(
  own: readonly T[],
  { kind, name, namespace }: { kind: KindName; name: string; namespace?: string | undefined },
): T {
  const isKey = kind !== "ProtectedVM" || name.includes("/");
  const key = isKey || namespace === undefined ? name : `${namespace}/${name}`;
  const isBare = !isKey && namespace === undefined;
  const found = own.filter((object) => (isBare ? object.metadata.name : keyOf(object)) === key);
  const [first, second] = found;
  if (first !== undefined && second === undefined) return first;
  if (second !== undefined) {
    const keys = some(found.map(keyOf));
    throw new UsageError(`several VMs are called ${quote(name)}: ${keys}; write one of them, or give -n`);
  }
  const keys = own.map(keyOf);
  const names = own.map(({ metadata }) => metadata.name);
  const bare = key.slice(key.indexOf("/") + 1);
  const elsewhere = keys.filter((one) => one.endsWith(`/${bare}`));
  const hint =
    elsewhere.length > 0
      ? `did you mean ${some(elsewhere)}?`
      : (meant(key, key.includes("/") ? keys : names) ??
        (keys.length === 0 ? "there is none at all" : `there are ${some(keys)}`));
  throw new UsageError(`no ${kind} ${quote(key)}; ${hint}`);
}

function meant(word: string, words: readonly string[]): string | undefined {
  const near = closest(word, words);
  return near === undefined ? undefined : `did you mean ${near}?`;
}

function some(names: readonly string[]): string {
  const sorted = names.toSorted();
  const rest = sorted.length - SHOWN;
  return rest > 0 ? `${sorted.slice(0, SHOWN).join(", ")} and ${rest} more` : listed(sorted);
}
