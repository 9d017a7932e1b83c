import {
  formatPlace,
  type Origin,
  type Path,
  type Problem,
  readDocuments,
  SourceText,
} from "../../api/manifest/index.ts";
import { keyOf } from "../../api/object.ts";
import { type Checked, check, type TandemObject } from "../../api/validate/index.ts";

/** All that was read, in input order. */
export interface Estate {
  readonly objects: readonly TandemObject[];
  readonly namespaces: ReadonlyMap<string, Record<string, string>>;
  /** In input order; if there is one, the rest is not to be used. */
  readonly problems: readonly Problem[];
  /** Where an object of this estate stands: the place of any path of it, and the text around it. */
  manifestOf(tandem: TandemObject): Origin;
}

/** One valid object of the input that counts. */
type Valid = Extract<Checked, { type: "tandem" | "namespace" }>;

/** What texts that were read before hold; two sides of a comparison are mostly the same. */
export type Known = Map<string, readonly { readonly checked: Valid; readonly path: Path }[]>;

export interface EstateOptions {
  /** For VMs that name none. */
  readonly namespace: string;
  /** Shared by estates that are read with the same namespace: equal texts then are the same objects in all of them. */
  readonly known?: Known;
  /** Called now and then with what is being read. */
  readonly onProgress?: (file: string, objects: number) => Promise<void>;
}

/** Reads and checks all sources, to the end, whatever is wrong with parts of them. */
export async function estateOf(
  sources: AsyncIterable<SourceText | Problem>,
  { namespace, known, onProgress }: EstateOptions,
): Promise<EstateBuilder> {
  const estate = new EstateBuilder();
  for await (const source of sources) {
    if (!(source instanceof SourceText)) {
      estate.problems.push(source);
      continue;
    }
    const found: Problem[] = [];
    let documents = 0;
    for (const document of readDocuments(source, known)) {
      if (documents++ % 1_000 === 0) await onProgress?.(source.file, estate.objects.length);
      const before = known?.get(document.text);
      if (before !== undefined) {
        for (const { checked, path } of before) found.push(...estate.add(checked, document.origin(path)));
        continue;
      }
      const valid: { checked: Valid; path: Path }[] = [];
      const wrong = [...document.problems];
      for (const manifest of document.manifests) {
        const checked = check(manifest);
        if (checked.type === "invalid") wrong.push(...checked.problems);
        else if (checked.type !== "other")
          valid.push({ checked: inNamespace(checked, namespace), path: manifest.path });
      }
      if (wrong.length === 0) known?.set(document.text, valid);
      found.push(...wrong);
      for (const { checked, path } of valid) found.push(...estate.add(checked, document.origin(path)));
    }
    found.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
    for (const problem of found) estate.problems.push(problem);
  }
  return estate;
}

/** Gives a VM without a namespace the one of the command line; other kinds have none. */
function inNamespace(checked: Valid, namespace: string): Valid {
  if (checked.type === "namespace") return checked;
  const { kind, object } = checked.tandem;
  if (kind === "ProtectedVM") object.metadata.namespace ||= namespace;
  else delete object.metadata.namespace;
  return checked;
}

interface Entry {
  readonly origin: Origin;
  /** Absent for a Namespace. */
  readonly tandem: TandemObject | undefined;
}

/** An estate that grows. */
export class EstateBuilder implements Estate {
  readonly objects: TandemObject[] = [];
  readonly namespaces = new Map<string, Record<string, string>>();
  readonly problems: Problem[] = [];
  /** By kind and name. */
  readonly #entries = new Map<string, Entry>();

  /** Adds an object; the second one of the same kind and name is a problem. */
  add(checked: Valid, origin: Origin): Problem[] {
    const identity = checked.type === "namespace" ? `Namespace ${checked.name}` : identityOf(checked.tandem);
    if (checked.type === "namespace") this.namespaces.set(checked.name, checked.labels);
    else this.objects.push(checked.tandem);
    const first = this.#entries.get(identity);
    if (first === undefined) {
      this.#entries.set(identity, { origin, tandem: checked.type === "tandem" ? checked.tandem : undefined });
      return [];
    }
    const place = formatPlace(first.origin.problem(["metadata", "name"], ""));
    const problem = origin.problem(["metadata", "name"], `${identity} is given twice; the first is at ${place}`);
    return [{ ...problem, fault: "Twice" }];
  }

  /** The object of this estate that has the kind and name of this one. */
  find(tandem: TandemObject): TandemObject | undefined {
    return this.#entries.get(identityOf(tandem))?.tandem;
  }

  manifestOf(tandem: TandemObject): Origin {
    const entry = this.#entries.get(identityOf(tandem));
    if (entry === undefined) throw new Error(`${identityOf(tandem)} is not of this estate`);
    const { source, start, end } = entry.origin;
    return { source, start, end, problem: (path, text, part) => entry.origin.problem(path, text, part) };
  }
}

function identityOf({ kind, object }: TandemObject): string {
  return `${kind} ${keyOf(object)}`;
}
