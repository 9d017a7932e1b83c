import { Ajv, type ValidateFunction } from "ajv";
import type { KindName, Schema } from "../../src/api/crd.ts";
import { crds } from "../../src/api/generated/schemas.ts";

// The formats are for the API server; the types and bounds are what a status can break.
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });

/** A schema that takes no field that it does not name: the API server would prune it, and we would write it for ever. */
function closed(schema: Schema): object {
  const { properties, items, additionalProperties, ...rest } = schema;
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, closed(field)])),
      additionalProperties: false,
    }),
    ...(additionalProperties && { additionalProperties: closed(additionalProperties) }),
    ...(items && { items: closed(items) }),
  };
}

function validatorOf(kind: KindName): ValidateFunction {
  const status = crds[kind].schema.properties?.status;
  if (status === undefined) throw new Error(`${kind} has no status`);
  return ajv.compile(closed(status));
}

const validators: Readonly<Record<KindName, ValidateFunction>> = {
  ProtectedVM: validatorOf("ProtectedVM"),
  AffinityPolicy: validatorOf("AffinityPolicy"),
  Appliance: validatorOf("Appliance"),
};

/** What the CRD's schema has against a status; unknown fields too. */
export function schemaProblems(kind: KindName, status: unknown): string[] {
  const validate = validators[kind];
  validate(status);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
