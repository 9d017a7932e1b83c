import type { KindName, Schema } from "../../src/api/crd.ts";
import { crds } from "../../src/api/generated/schemas.ts";
import { fullObjects } from "../cluster/api/documents.ts";
import type { Tandem } from "../cluster/api/support.ts";
import { casesFor, type Place, placesOf, valueAt, withValue } from "../cluster/api/values.ts";

/** One value at one place of an object that nobody else uses: the object without it, and with it. */
export interface Trial {
  readonly what: string;
  readonly path: string;
  readonly valid: Tandem;
  readonly bad: Tandem;
}

/** Labels have no schema of ours; these are the API server's bounds, so that max and max + 1 are tried. */
const LABELS: Schema = {
  type: "object",
  maxProperties: 32,
  additionalProperties: { type: "string", maxLength: 63, pattern: "label" },
};
/** Each of them is written by somebody else into the status of a VM. */
const WRITTEN_BY_OTHERS = /^status\.(reports|delivered)/;

function placesOfKind(kind: KindName, part: "spec" | "status"): Place[] {
  const schema = crds[kind].schema.properties?.[part];
  if (schema === undefined) throw new Error(`${kind} has no ${part}`);
  const places = [...placesOf(schema, part)];
  return part === "spec"
    ? [...places, ...placesOf(LABELS, "metadata.labels")]
    : places.filter(({ path }) => WRITTEN_BY_OTHERS.test(path));
}

/** A valid object with every field set. Each appliance has its own host: two of one host would decide about each other. */
function validObject(kind: KindName, namespace: string, index: number): Tandem {
  const full = structuredClone(fullObjects(namespace)[kind]);
  const metadata = { ...full.metadata, name: `t-${index}`, labels: { part: "bad-input" } };
  const object = { ...full, metadata } as Tandem;
  return kind === "Appliance" ? withValue(object, "spec.hostName", `esx-t-${index}.lab.example`) : object;
}

/** Every value at every place that others write. `spec` has the labels with it. */
export function trialsOf(kind: KindName, part: "spec" | "status", namespace: string): Trial[] {
  const trials: Trial[] = [];
  for (const place of placesOfKind(kind, part)) {
    const sample = validObject(kind, namespace, 0);
    const items = place.path === "status.reports" ? reports() : valueAt(sample, `${place.path}[]`);
    for (const { name, value } of casesFor(place, place.schema.type === "array" ? items : undefined)) {
      const valid = validObject(kind, namespace, trials.length);
      const bad = withValue(valid, place.path, value);
      trials.push({ what: `${place.path} = ${name}`, path: place.path, valid, bad });
    }
  }
  return trials;
}

/** As many different ones as there may be. */
function reports(): unknown[] {
  const { schema } = crds.ProtectedVM;
  const features = schema.properties?.status?.properties?.reports?.items?.properties?.feature?.enum ?? [];
  return ["Agent", "Appliance"].flatMap((source) =>
    features.map((feature) => ({ source, feature, health: "Healthy" })),
  );
}
