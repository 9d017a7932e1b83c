export { type ReadOptions, readSources } from "./files.ts";
export { field, isJsonObject, type Json, type JsonObject, type Path, printable, quote, setField } from "./json.ts";
export { type Manifest, readText } from "./manifests.ts";
export { formatPlace, formatProblem, type Problem } from "./problem.ts";
export { SourceText } from "./text.ts";
export { writeYaml } from "./yaml.ts";
