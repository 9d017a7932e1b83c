import type { ModelObject } from "../simulation/model.ts";

/** An object as a real server sends it: with who owns which field, of the size that it has there. */
export function withManagedFields(object: ModelObject): object {
  const { apiVersion, metadata, spec, status } = object;
  const entry = (manager: string, fields: object) => ({
    manager,
    operation: "Update",
    apiVersion,
    time: metadata.creationTimestamp,
    fieldsType: "FieldsV1",
    fieldsV1: fields,
  });
  const managedFields = [
    entry("kubectl-create", {
      "f:metadata": fieldsOf({ labels: metadata.labels }),
      "f:spec": fieldsOf(spec),
    }),
    ...(status?.conditions === undefined
      ? []
      : [{ ...entry("tandem", { "f:status": fieldsOf(status) }), subresource: "status" }]),
  ];
  return { ...object, metadata: { ...metadata, managedFields } };
}

/** Lists are atomic in Tandem's kinds: one leaf each. */
function fieldsOf(value: unknown): object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries([[".", {}], ...fields.map(([name, inner]) => [`f:${name}`, fieldsOf(inner)])]);
}
