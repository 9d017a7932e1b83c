import type { Decided } from "../../resolve/index.ts";
import { FEATURE_CHANGES, type FeatureChangeKind } from "./kinds.ts";
import type { Reasons, VmReasons } from "./reasons.ts";
import { type FeatureChange, type VmFacts, vmFacts } from "./vm-facts.ts";

/** The VM of one name on both sides. What differs is found again when it is asked for: a million rows are large. */
export class VmChange {
  /** `namespace/name` */
  readonly vm: string;
  readonly before: Decided | undefined;
  readonly after: Decided | undefined;
  readonly #reasons: Reasons;
  /** A bit for each of FEATURE_CHANGES. */
  #kinds = 0;

  constructor(vm: string, { before, after }: Pick<VmChange, "before" | "after">, reasons: Reasons) {
    this.vm = vm;
    this.before = before;
    this.after = after;
    this.#reasons = reasons;
  }

  facts(): VmFacts | undefined {
    return vmFacts(this.before, this.after);
  }

  reasons(): VmReasons {
    return this.#reasons.of(this.before, this.after);
  }

  /** Remembers of which kinds the changes are, so that those of one kind are found quickly. */
  note(changes: readonly FeatureChange[]): void {
    for (const { change } of changes) this.#kinds |= 1 << FEATURE_CHANGES.indexOf(change);
  }

  has(change: FeatureChangeKind): boolean {
    return ((this.#kinds >> FEATURE_CHANGES.indexOf(change)) & 1) === 1;
  }
}
