export { emptyFolder, isManifestName, MAX_BYTES, MISSING, type ReadOptions, readSources, TOO_LARGE } from "./files.ts";
export { field, isJsonObject, type Json, type JsonObject, type Path, printable, quote, setField } from "./json.ts";
export { type Manifest, readDocuments, readText } from "./manifests.ts";
export type { Origin } from "./origin.ts";
export { type Fault, formatPlace, formatProblem, type Problem } from "./problem.ts";
export { decodeUtf8, SourceText } from "./text.ts";
export { writeYaml } from "./yaml.ts";
