import type { KindName } from "../../api/crd.ts";
import { crds } from "../../api/generated/schemas.ts";
import {
  field,
  isJsonObject,
  type Json,
  type JsonObject,
  type Manifest,
  type Problem,
  readDocuments,
  type readText,
  SourceText,
} from "../../api/manifest/index.ts";
import { check, unjudgedRules } from "../../api/validate/index.ts";
import type { Estate } from "../input/estate.ts";

/** What is wrong, and with which object; a text that is no object has neither kind nor name. */
export interface Finding {
  readonly problem: Problem;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** A CEL rule that only the API server can judge. */
interface UnjudgedRule {
  readonly kind: KindName;
  readonly rule: string;
}

export interface Verdicts {
  /** Objects of Tandem's kinds, and Namespaces. */
  readonly valid: number;
  /** Such objects with findings, and documents that are no objects. */
  readonly invalid: number;
  /** How many objects of other kinds there are, by kind, in the order of the names. */
  readonly notRead: ReadonlyMap<string, number>;
  /** In input order. */
  readonly findings: readonly Finding[];
  /** Files that cannot be read. */
  readonly failures: readonly Problem[];
  /** Of the kinds that were read. */
  readonly unjudged: readonly UnjudgedRule[];
}

/** Judges objects, each by itself: that one is given twice is none of a server's business. */
export class Court {
  readonly #namespace: string;
  readonly #kinds = new Set<string>();
  readonly #notRead = new Map<string, number>();
  readonly #findings: Finding[] = [];
  readonly #failures: Problem[] = [];
  #valid = 0;
  #invalid = 0;

  /** `namespace`: of VMs that name none. */
  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** Reads all sources to the end. `onProgress` is called now and then with what is being read. */
  async readSources(
    sources: AsyncIterable<SourceText | Problem>,
    onProgress: (file: string, objects: number) => Promise<void>,
  ): Promise<void> {
    for await (const source of sources) {
      if (source instanceof SourceText) {
        let documents = 0;
        for (const document of readDocuments(source)) {
          if (documents++ % 1_000 === 0) await onProgress(source.file, this.#valid + this.#invalid);
          this.#readDocument(document);
        }
      } else if (source.line === undefined) {
        this.#failures.push(source);
      } else {
        this.#refuse([{ problem: source }]);
      }
    }
  }

  /** Judges what a cluster holds: its CRDs may be older than ours. */
  readEstate(estate: Estate): void {
    this.#valid += estate.namespaces.size;
    for (const tandem of estate.objects) {
      const { apiVersion = "", kind } = tandem.object;
      // What came from a server is JSON.
      const object = tandem.object as unknown as JsonObject;
      this.#judge({ apiVersion, kind: kind ?? "", object, path: [], problem: estate.manifestOf(tandem).problem });
    }
  }

  #readDocument({ problems, manifests }: ReturnType<typeof readText>): void {
    if (problems.length > 0) this.#refuse(problems.map((problem) => ({ problem })));
    for (const manifest of manifests) this.#judge(manifest);
  }

  #judge(manifest: Manifest): void {
    const { kind, object } = manifest;
    const checked = check(manifest);
    if (checked.type === "other") {
      this.#notRead.set(kind, (this.#notRead.get(kind) ?? 0) + 1);
      return;
    }
    this.#kinds.add(kind);
    if (checked.type !== "invalid") this.#valid++;
    else this.#refuse(checked.problems.map((problem) => ({ problem, ...this.#subjectOf(kind, object) })));
  }

  #refuse(findings: Finding[]): void {
    this.#invalid++;
    findings.sort(({ problem: a }, { problem: b }) => {
      return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
    });
    this.#findings.push(...findings);
  }

  #subjectOf(kind: string, object: JsonObject): Omit<Finding, "problem"> {
    const metadata = field(object, "metadata");
    const text = (value: Json | undefined): string | undefined =>
      typeof value === "string" && value !== "" ? value : undefined;
    const of = (name: string) => (isJsonObject(metadata) ? text(field(metadata, name)) : undefined);
    const name = of("name");
    const namespace = kind === "ProtectedVM" ? (of("namespace") ?? this.#namespace) : undefined;
    return { kind, ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }) };
  }

  verdicts(): Verdicts {
    const kinds = (Object.keys(crds) as KindName[]).filter((kind) => this.#kinds.has(kind));
    return {
      valid: this.#valid,
      invalid: this.#invalid,
      notRead: new Map([...this.#notRead].sort(([a], [b]) => (a < b ? -1 : 1))),
      findings: this.#findings,
      failures: this.#failures,
      unjudged: kinds.flatMap((kind) => unjudgedRules(crds[kind].schema).map((rule) => ({ kind, rule }))),
    };
  }
}
