/** Any part of a CRD or of a status: JSON. */
type Json = { [field: string]: Json } | Json[] | string | number | boolean;
export type Part = { [field: string]: Json };

/** One way to write the CRD of ProtectedVM, or its status. */
export interface Variant {
  /** Begins with a letter; no blanks: it is part of the group. */
  readonly id: string;
  readonly name: string;
  /** Changes a copy of the only version of the CRD as it is. */
  readonly change?: (version: Part) => void;
  /** Changes a copy of a status. */
  readonly status?: (status: Part) => void;
}

const DEFAULTS: Part = {
  mode: "Unprotected",
  coverage: "0/0",
  appliance: "",
  requiredModules: [],
  actions: [],
  revision: "00000000",
};
const BOUNDS = ["maxLength", "minLength", "pattern", "enum", "maxItems", "minItems", "format", "required"];

/** What is measured. The first is the present one, the second the same again: how far apart they are is the error. */
export const VARIANTS: readonly Variant[] = [
  { id: "present", name: "as it is" },
  { id: "again", name: "as it is, once more" },
  {
    id: "lists",
    name: "`features` and `conditions` as list maps",
    change: (version) => {
      const { features, conditions } = propertiesOf(version);
      listMap(features, "name");
      listMap(conditions, "type");
    },
  },
  {
    id: "defaults",
    name: "defaults in six fields of status",
    change: (version) => {
      const properties = propertiesOf(version);
      for (const [name, value] of Object.entries(DEFAULTS)) part(properties[name]).default = value;
    },
  },
  {
    id: "item-defaults",
    name: "defaults inside the items of `features` and `conditions`",
    change: (version) => {
      const { features, conditions } = propertiesOf(version);
      for (const list of [features, conditions]) part(part(part(part(list).items).properties).message).default = "";
    },
  },
  {
    id: "cel",
    name: "a CEL rule on the status and one on each feature",
    change: (version) => {
      part(statusOf(version))["x-kubernetes-validations"] = [
        { rule: "!has(self.features) || size(self.features) <= 7", message: "too many" },
      ];
      const { features } = propertiesOf(version);
      part(part(features).items)["x-kubernetes-validations"] = [
        { rule: "self.source != 'None' || self.state == 'Unprotected'", message: "no source" },
      ];
    },
  },
  {
    id: "columns",
    name: "no printer columns",
    change: (version) => {
      delete version.additionalPrinterColumns;
    },
  },
  {
    id: "selectable",
    name: "no selectable fields",
    change: (version) => {
      delete version.selectableFields;
    },
  },
  { id: "bounds", name: "status without bounds, enums and formats", change: (version) => unbound(statusOf(version)) },
  {
    id: "unknown",
    name: "status without a schema (unknown fields preserved)",
    change: (version) => {
      part(part(part(version.schema).openAPIV3Schema).properties).status = {
        type: "object",
        "x-kubernetes-preserve-unknown-fields": true,
      };
      // Only fields that have a schema can be selected.
      version.selectableFields = [{ jsonPath: ".spec.hostName" }, { jsonPath: ".spec.guestOS" }];
    },
  },
  {
    id: "half",
    name: "about half of the status",
    status: (status) => {
      const { features, conditions } = status;
      if (Array.isArray(features)) status.features = features.slice(0, 2);
      if (Array.isArray(conditions)) status.conditions = conditions.slice(0, 2);
      delete status.forecast;
    },
  },
];

function statusOf(version: Part): Part {
  return part(part(part(part(version.schema).openAPIV3Schema).properties).status);
}

function propertiesOf(version: Part): Part {
  return part(statusOf(version).properties);
}

function listMap(list: Json | undefined, key: string): void {
  const schema = part(list);
  schema["x-kubernetes-list-type"] = "map";
  schema["x-kubernetes-list-map-keys"] = [key];
}

/** The type and the names of fields stay. */
function unbound(schema: Part): void {
  for (const bound of BOUNDS) delete schema[bound];
  for (const child of Object.values(part(schema.properties ?? {}))) unbound(part(child));
  // The keys of a list map have to be required.
  if (schema.items !== undefined && schema["x-kubernetes-list-type"] !== "map") unbound(part(schema.items));
}

function part(value: Json | undefined): Part {
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw new Error(`the CRD is not as this benchmark expects it: ${JSON.stringify(value)}`);
}
