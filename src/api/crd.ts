import type { Resource } from "./object.ts";

/** The three kinds of tandem.dev. */
export type KindName = "ProtectedVM" | "AffinityPolicy" | "Appliance";

/** The part of OpenAPI v3 that a structural schema uses. */
export interface Schema {
  type?: string;
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  required?: string[];
  enum?: string[];
  default?: unknown;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  minimum?: number;
  maximum?: number;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-validations"?: { rule: string; message: string }[];
}

/** A column of `kubectl get`; a priority above 0 shows only with `-o wide`. */
export interface Column {
  name: string;
  type: string;
  jsonPath: string;
  priority: number;
}

/** What the program needs of a CRD at run time. */
export interface CrdData {
  resource: Resource;
  schema: Schema;
  columns: Column[];
}
