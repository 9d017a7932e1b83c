import { type Edit, type Edited, type EditedKind, editText } from "./edits.ts";
import { VmSample } from "./sample.ts";

/**
 * Edits that are alike: of one kind of object, with the same change of the same fields. What 100 appliances that are
 * deactivated do is told once.
 */
export interface Cause {
  /** From 1, as a table refers to it. */
  readonly number: number;
  readonly kind: EditedKind;
  readonly change: Edited;
  /** `priority 100 -> 500`, `added`; fields without their values where those differ too much. */
  readonly text: string;
  /** How many objects, and the first of them. */
  readonly objects: VmSample;
  /** Changes of features, and of VMs, that it is behind. */
  changes: number;
  readonly vms: VmSample;
}

/** So many texts of one kind of object are told apart; above that its edits are told by their fields, then not at all. */
const TEXTS = 8;

/** Which cause each edit belongs to. */
export class Causes {
  readonly all: readonly Cause[];
  readonly #of = new Map<Edit, Cause>();

  constructor(edits: Iterable<Edit>) {
    const byKind = Map.groupBy(edits, ({ kind, change }) => `${kind} ${change}`);
    const all: Cause[] = [];
    for (const alike of byKind.values()) {
      const textOf = wordingFor(alike);
      for (const [text, members] of Map.groupBy(alike, textOf)) {
        const [first] = members;
        if (first === undefined) continue;
        const { kind, change } = first;
        const cause = {
          number: all.length + 1,
          kind,
          change,
          text,
          objects: new VmSample(),
          changes: 0,
          vms: new VmSample(),
        };
        all.push(cause);
        for (const edit of members) {
          cause.objects.add(edit.name);
          this.#of.set(edit, cause);
        }
      }
    }
    this.all = all;
  }

  /** The causes behind edits, each once, by number. */
  of(edits: readonly Edit[]): Cause[] {
    const causes = new Set<Cause>();
    for (const edit of edits) {
      const cause = this.#of.get(edit);
      if (cause !== undefined) causes.add(cause);
    }
    return [...causes].sort((a, b) => a.number - b.number);
  }
}

function wordingFor(edits: readonly Edit[]): (edit: Edit) => string {
  const wordings = [(edit: Edit) => editText(edit, true), (edit: Edit) => editText(edit, false)];
  const fits = (wording: (edit: Edit) => string) => new Set(edits.map(wording)).size <= TEXTS;
  return wordings.find(fits) ?? (() => "changed in various fields");
}
