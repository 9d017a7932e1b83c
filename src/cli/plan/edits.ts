import { keyOf } from "../../api/object.ts";
import type { TandemObject } from "../../api/validate/index.ts";
import type { Estate } from "../input/estate.ts";
import { type FieldChange, fieldChanges, fieldsText } from "./fields.ts";

export type EditedKind = "AffinityPolicy" | "Appliance" | "Namespace" | "ProtectedVM";
export type Edited = "Added" | "Removed" | "Changed";

/** A declared object that is not the same on both sides. */
export interface Edit {
  readonly kind: EditedKind;
  /** `name`, or `namespace/name` of a VM. */
  readonly name: string;
  readonly change: Edited;
  /** Empty for one that is added or removed. */
  readonly fields: readonly FieldChange[];
  /** The hosts of an appliance, on both sides; else empty. */
  readonly hosts: readonly string[];
}

/** What the rules read of an estate. */
type Objects = Pick<Estate, "objects" | "namespaces">;

const KINDS: readonly EditedKind[] = ["AffinityPolicy", "Appliance", "Namespace", "ProtectedVM"];
/** The server gives it to every namespace; a manifest need not have it. */
const NAME_LABEL = "kubernetes.io/metadata.name";

/** Every object that differs, found by what it is called. Statuses and the rest of the metadata do not count. */
export class Edits {
  readonly #byId = new Map<string, Edit>();

  constructor(from: Objects, to: Objects) {
    const edits: Edit[] = [];
    const before = new Map(from.objects.map((tandem) => [idOf(tandem), tandem]));
    for (const tandem of to.objects) {
      const id = idOf(tandem);
      const edit = editOf(before.get(id), tandem);
      before.delete(id);
      if (edit !== undefined) edits.push(edit);
    }
    for (const tandem of before.values()) edits.push(editOf(tandem, undefined));
    edits.push(...namespaceEdits(from, to));
    edits.sort((a, b) =>
      a.kind === b.kind ? (a.name < b.name ? -1 : 1) : KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind),
    );
    for (const edit of edits) this.#byId.set(`${edit.kind}/${edit.name}`, edit);
  }

  get(kind: EditedKind, name: string): Edit | undefined {
    return this.#byId.get(`${kind}/${name}`);
  }

  /** By kind, then name. */
  all(): Iterable<Edit> {
    return this.#byId.values();
  }

  get size(): number {
    return this.#byId.size;
  }
}

/** `AffinityPolicy/pci`: the name of an edit in a document. */
export function refOf({ kind, name }: Edit): string {
  return `${kind}/${name}`;
}

/** What is done to an object, in words: `priority 100 -> 500`, `added`. */
export function editText({ change, fields }: Edit, values: boolean): string {
  return change === "Changed" ? fieldsText(fields, values) : change.toLowerCase();
}

function idOf({ kind, object }: TandemObject): string {
  return `${kind}/${keyOf(object)}`;
}

function editOf(from: TandemObject | undefined, to: TandemObject): Edit | undefined;
function editOf(from: TandemObject, to: undefined): Edit;
function editOf(from: TandemObject | undefined, to: TandemObject | undefined): Edit | undefined {
  const one = to ?? from;
  if (one === undefined) return undefined;
  const change = from === undefined ? "Added" : to === undefined ? "Removed" : "Changed";
  const fields: FieldChange[] = [];
  if (from !== undefined && to !== undefined) {
    fields.push(...fieldChanges(from.object.spec, to.object.spec, ["spec"]));
    // Of the kinds only a VM is selected by its labels.
    if (one.kind === "ProtectedVM") {
      const labels = [from.object.metadata.labels, to.object.metadata.labels];
      fields.push(...fieldChanges(labels[0], labels[1], ["metadata", "labels"]));
    }
    if (fields.length === 0) return undefined;
  }
  const hosts = [from, to].flatMap((side) => (side?.kind === "Appliance" ? [side.object.spec.hostName] : []));
  return { kind: one.kind, name: keyOf(one.object), change, fields, hosts };
}

/** A namespace that a side does not tell of carries its name for a label, and nothing else (SPEC R5). */
function namespaceEdits(from: Objects, to: Objects): Edit[] {
  const names = new Set([...from.namespaces.keys(), ...to.namespaces.keys()]);
  return [...names].flatMap((name): Edit[] => {
    const [before, after] = [from, to].map(({ namespaces }) => ({ ...namespaces.get(name), [NAME_LABEL]: name }));
    const fields = fieldChanges(before, after, ["metadata", "labels"]);
    return fields.length === 0 ? [] : [{ kind: "Namespace", name, change: "Changed", fields, hosts: [] }];
  });
}
