import { addTo, type Buckets, removeFrom } from "./buckets.ts";
import { labelOf } from "./selector.ts";
import type { VmEntry } from "./vms.ts";

/** So many label keys are indexed at a time: those asked for last. */
const KEYS = 32;

/**
 * The VMs by the value of a label. Most labels are never asked for, and a bucket's share for one VM is some 40 bytes: so a
 * key is indexed when it is asked for the first time, which is one look at every VM.
 */
export class LabelIndex {
  readonly #vms: ReadonlyMap<string, VmEntry>;
  readonly #keys = new Map<string, Buckets<VmEntry>>();

  /** @param vms all there are; each change of them is told to `add` and `remove` */
  constructor(vms: ReadonlyMap<string, VmEntry>) {
    this.#vms = vms;
  }

  get(key: string, value: string): ReadonlySet<VmEntry> | undefined {
    return this.#values(key).get(value);
  }

  /** The buckets of every value of a label. */
  of(key: string): Iterable<ReadonlySet<VmEntry>> {
    return this.#values(key).values();
  }

  add(vm: VmEntry): void {
    for (const [key, values] of this.#keys) {
      const value = labelOf(vm.labels, key);
      if (value !== undefined) addTo(values, value, vm);
    }
  }

  remove(vm: VmEntry): void {
    for (const [key, values] of this.#keys) {
      const value = labelOf(vm.labels, key);
      if (value !== undefined) removeFrom(values, value, vm);
    }
  }

  /** Takes the key to the end of the map: its first is the one not asked for the longest. */
  #values(key: string): Buckets<VmEntry> {
    const values = this.#keys.get(key) ?? this.#index(key);
    this.#keys.delete(key);
    this.#keys.set(key, values);
    for (const oldest of this.#keys.keys()) {
      if (this.#keys.size <= KEYS) break;
      this.#keys.delete(oldest);
    }
    return values;
  }

  #index(key: string): Buckets<VmEntry> {
    const values: Buckets<VmEntry> = new Map();
    for (const vm of this.#vms.values()) {
      const value = labelOf(vm.labels, key);
      if (value !== undefined) addTo(values, value, vm);
    }
    return values;
  }
}
