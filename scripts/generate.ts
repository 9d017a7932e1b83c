/**
 * Generates `src/api/generated/` from `crds/`, the one source of the API's shape: TypeScript types, and what the command
 * line needs of the CRDs at run time (schemas without their descriptions, printer columns).
 * `node scripts/generate.ts` writes; with `--check` it only compares, and exits 1 if a file is not current.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { load } from "js-yaml";
import { compile, type JSONSchema } from "json-schema-to-typescript";

interface Crd {
  spec: {
    group: string;
    scope: "Namespaced" | "Cluster";
    names: { kind: string; plural: string };
    versions: [
      {
        name: string;
        additionalPrinterColumns: { name: string; type: string; jsonPath: string; priority?: number }[];
        schema: { openAPIV3Schema: Json };
      },
    ];
  };
}
type Json = { [key: string]: unknown };

const root = new URL("../", import.meta.url);
const generated = new URL("src/api/generated/", root);
const header = "// Generated from crds/ by scripts/generate.ts (`make generate`). Do not edit.\n";

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A deep copy in which `edit` has seen every schema object, parents first. */
function map(value: unknown, edit: (node: Json) => Json): unknown {
  if (Array.isArray(value)) return value.map((item) => map(item, edit));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(edit(value)).map(([key, child]) => [key, map(child, edit)]));
}

/** Descriptions are for `kubectl explain`; a property may be called `description`, then its value is an object. */
function withoutDescriptions(schema: Json): unknown {
  return map(schema, (node) =>
    Object.fromEntries(
      Object.entries(node).filter(([key, value]) => !(key === "description" && typeof value === "string")),
    ),
  );
}

/** The structural schema as json-schema-to-typescript wants it: closed objects, and our own type for metadata. */
function forTypes(schema: Json): JSONSchema {
  const closed = map(schema, (node) =>
    node.type === "object" && !("additionalProperties" in node) ? { ...node, additionalProperties: false } : node,
  );
  if (!isObject(closed) || !isObject(closed.properties)) throw new Error("a CRD without properties");
  closed.properties.metadata = { tsType: "ObjectMeta" };
  closed.required = ["metadata", "spec"];
  return closed;
}

const crds = readdirSync(new URL("crds/", root))
  .filter((file) => file.endsWith(".yaml"))
  .sort()
  .map((file) => load(readFileSync(new URL(`crds/${file}`, root), "utf8")) as Crd);

let types = `${header}import type { ObjectMeta } from "../object.ts";\n\n`;
const data: Json = {};
for (const { spec } of crds) {
  const [version] = spec.versions;
  const schema = version.schema.openAPIV3Schema;
  types += await compile(forTypes(schema), spec.names.kind, {
    bannerComment: "",
    ignoreMinAndMaxItems: true,
    style: { printWidth: 120 },
  });
  data[spec.names.kind] = {
    resource: {
      group: spec.group,
      version: version.name,
      plural: spec.names.plural,
      kind: spec.names.kind,
      namespaced: spec.scope === "Namespaced",
    },
    schema: withoutDescriptions(schema),
    columns: version.additionalPrinterColumns.map(({ name, type, jsonPath, priority = 0 }) => ({
      name,
      type,
      jsonPath,
      priority,
    })),
  };
}

const files = {
  "types.ts": types,
  "schemas.ts": `${header}import type { CrdData, KindName } from "../crd.ts";\n\nexport const crds: Record<KindName, CrdData> = ${JSON.stringify(data, null, 1)};\n`,
};

const check = process.argv.includes("--check");
mkdirSync(generated, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const file = new URL(name, generated);
  if (!check) {
    writeFileSync(file, text);
    continue;
  }
  if (readFileSync(file, "utf8") !== text) {
    process.stderr.write(`src/api/generated/${name} is not what crds/ says: run \`make generate\` and commit it\n`);
    process.exitCode = 1;
  }
}
