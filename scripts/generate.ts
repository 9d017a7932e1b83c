/**
 * Generates `src/api/generated/` from `crds/`, the one source of the API's shape: TypeScript types, and what the command
 * line needs of the CRDs at run time (schemas without their descriptions, printer columns); the table of the settings in the
 * README from the code; and `manifests/install.yaml` from `crds/` and `manifests/base`.
 * `node scripts/generate.ts` writes; with `--check` it only compares, and exits 1 if a file is not current.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { load } from "js-yaml";
import { compile, type JSONSchema } from "json-schema-to-typescript";
import { SETTINGS, type Setting, syntaxOf, variableOf } from "../src/cli/settings/table.ts";
import { installYaml } from "./install-yaml.ts";

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

const BEGIN = "<!-- settings:begin -->";
const END = "<!-- settings:end -->";

function row({ name, value, meaning, ...setting }: Setting): string {
  const { placeholder, allowed } = syntaxOf(value);
  const flag =
    value.type === "boolean" ? `--${setting.default === "true" ? "no-" : ""}${name}` : `--${name} ${placeholder}`;
  const text = allowed === "" ? meaning : `${meaning}, ${allowed}`;
  const cells = [`\`${flag}\``, `\`${variableOf(name)}\``, setting.default ?? setting.otherwise ?? "", text];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

const settings = `${BEGIN}
| flag | environment | default | meaning |
| --- | --- | --- | --- |
${SETTINGS.map(row).join("\n")}

A flag wins over the environment, the environment over the file, the file over the default. The file (\`--config\`) is YAML or
JSON: the flags without \`--\` as keys (\`concurrency: 4\`, \`events: false\`, \`manager-version: "20.0"\`). What is unknown, out of
bounds or contradictory is refused at start, all of it at once, with exit code 2.
${END}`;
const readme = new URL("README.md", root);
const text = readFileSync(readme, "utf8");
const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
if (begin === -1 || end < begin) throw new Error(`README.md has no ${BEGIN} … ${END}`);
const current = text.slice(0, begin) + settings + text.slice(end + END.length);
if (!check) writeFileSync(readme, current);
else if (text !== current) {
  process.stderr.write(
    "README.md: the table of settings is not what the code says: run `make generate` and commit it\n",
  );
  process.exitCode = 1;
}

const install = new URL("manifests/install.yaml", root);
const installed = installYaml(fileURLToPath(root));
if (!check) writeFileSync(install, installed);
else if (!existsSync(install) || readFileSync(install, "utf8") !== installed) {
  process.stderr.write(
    "manifests/install.yaml is not what crds/ and manifests/base say: run `make generate` and commit it\n",
  );
  process.exitCode = 1;
}
