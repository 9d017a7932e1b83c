import { isJsonObject, type Json, type JsonObject, quote, setField } from "../manifest/index.ts";
import type { Finding } from "./structural.ts";
import { isTime } from "./times.ts";
import { listOfWords } from "./words.ts";

type Shape =
  | { readonly type: "string" | "boolean" | "integer" | "time" | "map" | "any" }
  | { readonly type: "list"; readonly items: Shape }
  | Fields;

interface Fields {
  readonly type: "object";
  readonly fields: Readonly<Record<string, Shape>>;
}

const STRING: Shape = { type: "string" };
const TIME: Shape = { type: "time" };
const INTEGER: Shape = { type: "integer" };
const BOOLEAN: Shape = { type: "boolean" };

const OWNER: Fields = {
  type: "object",
  fields: {
    apiVersion: STRING,
    kind: STRING,
    name: STRING,
    uid: STRING,
    controller: BOOLEAN,
    blockOwnerDeletion: BOOLEAN,
  },
};
const MANAGED: Fields = {
  type: "object",
  fields: {
    manager: STRING,
    operation: STRING,
    apiVersion: STRING,
    time: TIME,
    fieldsType: STRING,
    fieldsV1: { type: "any" },
    subresource: STRING,
  },
};

/** `ObjectMeta` of meta/v1: no CRD describes it, and the server decodes it into a Go struct before it looks at a schema. */
const OBJECT_META: Fields = {
  type: "object",
  fields: {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    selfLink: STRING,
    uid: STRING,
    resourceVersion: STRING,
    generation: INTEGER,
    creationTimestamp: TIME,
    deletionTimestamp: TIME,
    deletionGracePeriodSeconds: INTEGER,
    labels: { type: "map" },
    annotations: { type: "map" },
    ownerReferences: { type: "list", items: OWNER },
    finalizers: { type: "list", items: STRING },
    managedFields: { type: "list", items: MANAGED },
  },
};

/**
 * Reads metadata as the API server decodes it, strictly: unknown fields and wrong types are findings, a null is an absent
 * field, and in a list or a map it is the empty value. Returns a copy without what was refused (in a list it is null).
 */
export function decodeMetadata(given: JsonObject, findings: Finding[]): JsonObject {
  return new Decoder(findings).fields(given, OBJECT_META);
}

class Decoder {
  readonly #findings: Finding[];
  readonly #path: (string | number)[] = ["metadata"];

  constructor(findings: Finding[]) {
    this.#findings = findings;
  }

  fields(given: JsonObject, { fields }: Fields): JsonObject {
    const result: JsonObject = {};
    for (const [key, value] of Object.entries(given)) {
      const shape = Object.hasOwn(fields, key) ? fields[key] : undefined;
      this.#path.push(key);
      if (shape === undefined) {
        const text = `unknown field; ${listOfWords(key, Object.keys(fields))}`;
        this.#findings.push({ path: [...this.#path], text, part: "key", fault: "UnknownField" });
      } else if (value !== null) this.#put(result, key, this.#value(value, shape));
      this.#path.pop();
    }
    return result;
  }

  #value(value: Json, shape: Shape): Json | undefined {
    switch (shape.type) {
      case "any":
        return value;
      case "string":
        return typeof value === "string" ? value : this.#refuse(value, "a string (put it in quotes)");
      case "boolean":
        return typeof value === "boolean" ? value : this.#refuse(value, "true, false");
      case "integer":
        return isInt64(value) ? value : this.#refuse(value, "a whole number");
      case "time": {
        const valid = typeof value === "string" && isTime(value);
        return valid ? value : this.#refuse(value, "a time, for example 2026-01-31T12:00:00Z");
      }
      case "map":
        return isJsonObject(value) ? this.#map(value) : this.#refuse(value, "an object");
      case "list":
        return Array.isArray(value) ? this.#list(value, shape.items) : this.#refuse(value, "a list");
      case "object":
        return isJsonObject(value) ? this.fields(value, shape) : this.#refuse(value, "an object");
    }
  }

  #map(given: JsonObject): JsonObject {
    const result: JsonObject = {};
    for (const [key, value] of Object.entries(given)) {
      this.#path.push(key);
      this.#put(result, key, value === null ? "" : this.#value(value, STRING));
      this.#path.pop();
    }
    return result;
  }

  #list(given: readonly Json[], items: Shape): Json[] {
    return given.map((item, index) => {
      this.#path.push(index);
      const value = this.#value(item ?? (items.type === "object" ? {} : ""), items);
      this.#path.pop();
      return value ?? null;
    });
  }

  #put(object: JsonObject, key: string, value: Json | undefined): void {
    if (value !== undefined) setField(object, key, value);
  }

  #refuse(value: Json, words: string): undefined {
    this.#find(`${quote(value)} is not allowed; allowed: ${words}`);
  }

  #find(text: string): void {
    this.#findings.push({ path: [...this.#path], text });
  }
}

function isInt64(value: Json): boolean {
  return Number.isInteger(value) && Number(value) >= -(2 ** 63) && Number(value) < 2 ** 63;
}
