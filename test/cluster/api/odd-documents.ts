import fc from "fast-check";
import { crds } from "../../../src/api/generated/schemas.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { fullObjects } from "./documents.ts";
import { oddMetadata } from "./odd-metadata.ts";
import type { Tandem } from "./support.ts";
import { type Case, casesFor, type Place, placesOf, valueAt, withValue } from "./values.ts";

/** A document that is sent to both judges, and what is odd about it. */
export interface Odd {
  readonly kind: string;
  readonly name: string;
  readonly document: object;
}

const KINDS = ["ProtectedVM", "AffinityPolicy", "Appliance"] as const;

/** Odd at the root: what the object says it is, and what stands beside spec. */
const ODD_ROOTS: [string, Record<string, unknown>][] = [
  ...["metadata", "spec"].flatMap((field): [string, Record<string, unknown>][] =>
    [undefined, null, {}, [], "x", 5].map((value) => [`${field} ${JSON.stringify(value)}`, { [field]: value }]),
  ),
  ["an unknown field", { unknown: 1 }],
  ["a null in an unknown field", { unknown: null }],
  ["Spec", { Spec: {} }],
  ["data", { data: {} }],
  ["another version", { apiVersion: "tandem.dev/v1" }],
  ["another kind", { kind: "protectedvm" }],
  ...[null, {}, 5, [], { unknown: 1 }, { conditions: 5 }, { observedGeneration: "x" }, { conditions: null }].map(
    (status): [string, Record<string, unknown>] => [`status ${JSON.stringify(status)}`, { status }],
  ),
  ["an empty kind", { kind: "" }],
  ["a number as kind", { kind: 5 }],
];

/** Odd metadata (of Namespaces too) and odd roots, one oddity a document. */
export function oddities(namespace: string): Odd[] {
  const objects = KINDS.map((kind) => withoutStatus(fullObjects(namespace)[kind]));
  const odd = (object: KubeObject, name: string, fields: object): Odd => {
    const kind = object.kind ?? "";
    return { kind, name: `${kind}: ${name}`, document: { ...object, ...fields } };
  };
  const aNamespace: KubeObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "full" } };
  return [
    ...[aNamespace, ...objects].flatMap((object) =>
      oddMetadata(object.kind ?? "").map(([name, fields]) =>
        odd(object, name, { metadata: { ...object.metadata, ...fields } }),
      ),
    ),
    ...objects.flatMap((object) => ODD_ROOTS.map(([name, fields]) => odd(object, name, fields))),
  ];
}

/** A status is dropped at creation, whatever it holds. */
function withoutStatus({ status: _, ...object }: Tandem): Tandem {
  return object as Tandem;
}

interface Change {
  readonly place: Place;
  readonly tried: Case;
}

/** Full objects with one to four places changed at once: to a value that is tried there, or to any JSON at all. */
export function mutants(namespace: string): fc.Arbitrary<Odd> {
  return fc.constantFrom(...KINDS).chain((kind) => {
    const object = withoutStatus(fullObjects(namespace)[kind]);
    const places = [...placesOf(crds[kind].schema.properties?.spec ?? {}, "spec")];
    const changes = fc.array(
      fc.constantFrom(...places).chain((place) => changeOf(place, object)),
      { minLength: 1, maxLength: 4 },
    );
    return changes.map((unordered) => {
      // What is inside of another place first, or it would no longer be there.
      const ordered = unordered.toSorted((a, b) => b.place.path.length - a.place.path.length);
      const name = ordered.map(({ place, tried }) => `${place.path} = ${tried.name}`).join(", ");
      return { kind, name: `${kind}: ${name}`, document: ordered.reduce(changed, object) };
    });
  });
}

function changeOf(place: Place, object: Tandem): fc.Arbitrary<Change> {
  const item = place.schema.type === "array" ? valueAt(object, `${place.path}[]`) : undefined;
  // A number as text cannot be cloned; values.test.ts tries those, one a document.
  const isText = (value: unknown) => typeof value === "object" && value !== null && "rawJSON" in value;
  const cases = casesFor(place, item).filter(({ value }) => !isText(value));
  const any = fc.jsonValue({ maxDepth: 2 }).map((value): Case => ({ name: JSON.stringify(value), value }));
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...cases) }, any).map((tried) => ({ place, tried }));
}

/** With the value at the place, or as it was where an earlier change took the place away. */
function changed(document: Tandem, { place, tried }: Change): Tandem {
  try {
    return withValue(document, place.path, tried.value);
  } catch (error) {
    if (error instanceof TypeError) return document;
    throw error;
  }
}
