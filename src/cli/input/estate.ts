import {
  formatPlace,
  type Manifest,
  type Path,
  type Problem,
  type ReadOptions,
  readSources,
  readText,
  SourceText,
} from "../../api/manifest/index.ts";
import { keyOf } from "../../api/object.ts";
import { check, type TandemObject } from "../../api/validate/index.ts";

/** All that was read, in input order. */
export interface Estate {
  readonly objects: TandemObject[];
  readonly namespaces: Map<string, Record<string, string>>;
  /** In input order; if there is one, the rest is not to be used. */
  problems: Problem[];
  /** Where an object of this estate stands: the place of any path of it, and the text around it. */
  manifestOf(tandem: TandemObject): Origin;
}

/** For an object of a cluster there is no text. */
export interface Origin {
  readonly source: SourceText | undefined;
  /** Offsets of the document (or of the item of a list) that holds the object, in `source.text`. */
  readonly start: number;
  readonly end: number;
  problem(path: Path, text: string, part?: "key" | "value"): Problem;
}

export interface EstateOptions extends ReadOptions {
  /** For VMs that name none. */
  readonly namespace: string;
}

/** Reads and checks everything that `-f` names, to the end, whatever is wrong with parts of it. */
export async function readEstate(names: readonly string[], options: EstateOptions): Promise<Estate> {
  const origins = new Map<TandemObject, Manifest>();
  const manifestOf = (tandem: TandemObject): Origin => {
    const found = origins.get(tandem);
    if (found === undefined) throw new Error("not of this estate");
    return { source: undefined, start: 0, end: 0, problem: found.problem };
  };
  const estate: Estate = { objects: [], namespaces: new Map(), problems: [], manifestOf };
  const firsts = new Map<string, Manifest>();
  for await (const source of readSources(names, options)) {
    if (!(source instanceof SourceText)) {
      estate.problems.push(source);
      continue;
    }
    const { manifests, problems } = readText(source);
    const taking = { estate, firsts, origins, namespace: options.namespace };
    const found = [problems, ...manifests.map((manifest) => take(manifest, taking))].flat();
    found.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    estate.problems = estate.problems.concat(found);
  }
  return estate;
}

interface Taking {
  readonly estate: Estate;
  /** The first object of each kind and name. */
  readonly firsts: Map<string, Manifest>;
  readonly namespace: string;
  readonly origins: Map<TandemObject, Manifest>;
}

function take(manifest: Manifest, { estate, firsts, namespace, origins }: Taking): Problem[] {
  const checked = check(manifest);
  let identity: string;
  switch (checked.type) {
    case "other":
      return [];
    case "invalid":
      return checked.problems;
    case "namespace":
      identity = `Namespace ${checked.name}`;
      estate.namespaces.set(checked.name, checked.labels);
      break;
    case "tandem": {
      const { kind, object } = checked.tandem;
      if (kind === "ProtectedVM") object.metadata.namespace ||= namespace;
      else delete object.metadata.namespace;
      identity = `${kind} ${keyOf(object)}`;
      estate.objects.push(checked.tandem);
      origins.set(checked.tandem, manifest);
    }
  }
  const first = firsts.get(identity);
  if (first === undefined) {
    firsts.set(identity, manifest);
    return [];
  }
  const place = formatPlace(first.problem(["metadata", "name"], ""));
  return [manifest.problem(["metadata", "name"], `${identity} is given twice; the first is at ${place}`)];
}
