import type { Feature, Mode } from "../api/kinds.ts";
import { type Decision, FEATURES, type VmEntry } from "../resolve/index.ts";

const MODES = ["Combined", "Agentless", "AgentBased", "Unprotected"] as const satisfies readonly Mode[];
const COVERAGES = ["full", "partial", "none"] as const;
/** Bits of a set of features. */
const WIDTH = FEATURES.length;
const SET = 2 ** WIDTH - 1;

/** How many VMs are how well off, for metrics: kept one VM at a time, a number each. */
export class VmCounts {
  /** Of each VM the mode and three sets: what is wanted, what nobody protects, what waits for a module. */
  readonly #packed = new Map<string, number>();
  readonly #vms = MODES.map(() => COVERAGES.map(() => 0));
  readonly #unprotected = FEATURES.map(() => 0);
  readonly #pending = FEATURES.map(() => 0);

  /** Takes what was decided last on a VM, or that it is gone. */
  put(key: string, decided: { readonly entry: VmEntry; readonly decision: Decision } | undefined): void {
    const before = this.#packed.get(key);
    const now = decided && pack(decided.entry, decided.decision);
    if (before === now) return;
    if (before !== undefined) this.#add(before, -1);
    if (now === undefined) {
      this.#packed.delete(key);
      return;
    }
    this.#packed.set(key, now);
    this.#add(now, 1);
  }

  /** A row for every mode and coverage, also where there is none. */
  vms(): { mode: Mode; coverage: string; count: number }[] {
    return MODES.flatMap((mode, m) =>
      COVERAGES.map((coverage, c) => ({ mode, coverage, count: this.#vms[m]?.[c] ?? 0 })),
    );
  }

  /** VMs of which nobody protects a feature that is wanted. */
  unprotected(): { feature: Feature; count: number }[] {
    return FEATURES.map((feature, index) => ({ feature, count: this.#unprotected[index] ?? 0 }));
  }

  /** VMs that lack a module which their agent is to protect them with. */
  pending(): { module: Feature; count: number }[] {
    return FEATURES.map((module, index) => ({ module, count: this.#pending[index] ?? 0 }));
  }

  #add(packed: number, by: 1 | -1): void {
    const { mode, wanted, unprotected, pending } = unpack(packed);
    const open = unprotected | pending;
    const coverage = open === 0 ? 0 : open === wanted ? 2 : 1;
    const row = this.#vms[mode];
    if (row !== undefined) row[coverage] = (row[coverage] ?? 0) + by;
    for (let index = 0; index < WIDTH; index++) {
      if ((unprotected >> index) & 1) this.#unprotected[index] = (this.#unprotected[index] ?? 0) + by;
      if ((pending >> index) & 1) this.#pending[index] = (this.#pending[index] ?? 0) + by;
    }
  }
}

function pack({ wanted }: VmEntry, { mode, split, required }: Decision): number {
  const unprotected = wanted & ~(split.appliance | split.agent);
  return (((((MODES.indexOf(mode) << WIDTH) | wanted) << WIDTH) | unprotected) << WIDTH) | required;
}

function unpack(packed: number): { mode: number; wanted: number; unprotected: number; pending: number } {
  return {
    mode: packed >> (3 * WIDTH),
    wanted: (packed >> (2 * WIDTH)) & SET,
    unprotected: (packed >> WIDTH) & SET,
    pending: packed & SET,
  };
}
