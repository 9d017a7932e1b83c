import { type Json, type JsonObject, setField, writeYaml } from "../../api/manifest/index.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import { type Resolved, withStatus } from "../statuses.ts";

/** What says nothing about protection: when, and in answer to which generation. */
const LEFT_OUT: readonly string[] = ["observedGeneration", "lastTransitionTime", "observedTime", "time"];
/** Any time: none is shown. */
const NOW = "1970-01-01T00:00:00Z";

/** What is compared of an object: YAML of its status, and if `spec` says so of its labels and spec, which people declare. */
export function textOf(tandem: TandemObject, resolved: Resolved, spec: boolean): string {
  const { object } = withStatus(tandem, resolved, NOW);
  const status = withoutTimes(object.status as Json);
  if (!spec) return writeYaml(status);
  const { labels } = object.metadata;
  return writeYaml({
    ...(labels === undefined ? {} : { metadata: { labels: sorted(labels) } }),
    spec: sorted(object.spec as unknown as Json),
    status,
  });
}

function withoutTimes(value: Json): Json {
  return rebuilt(value, (keys) => keys.filter((key) => !LEFT_OUT.includes(key)));
}

/** Which order of keys somebody wrote does not matter. */
function sorted(value: Json): Json {
  return rebuilt(value, (keys) => keys.sort());
}

function rebuilt(value: Json, order: (keys: string[]) => string[]): Json {
  if (Array.isArray(value)) return value.map((one) => rebuilt(one, order));
  if (typeof value !== "object" || value === null) return value;
  const copy: JsonObject = {};
  for (const key of order(Object.keys(value))) {
    const field = value[key];
    if (field !== undefined) setField(copy, key, rebuilt(field, order));
  }
  return copy;
}
