import { getOrSet } from "./buckets.ts";
import { isBefore, merged, type PolicyEntry, type PolicyList, without } from "./policy-entry.ts";
import { type Selection, Selections } from "./selections.ts";
import { type Labels, matches } from "./selector.ts";
import type { VmEntry, Vms } from "./vms.ts";

/** The label that the API server gives to every namespace and a manifest lacks (SPEC R5). */
const NAME_LABEL = "kubernetes.io/metadata.name";

/** Of a list, the policies that admit a namespace. */
interface Admitted {
  readonly all: PolicyList;
  /** Those that ask for nothing but the label that leads to them. */
  readonly sure: PolicyList;
  readonly others: PolicyList;
}

/** What was found out about a namespace; found out again when it or a policy changes. */
interface NamespaceView {
  /** Whether a policy's namespaceSelector admits it. */
  readonly admits: Map<PolicyEntry, boolean>;
  readonly admitted: Map<PolicyList, Admitted>;
}

/** The policies that one label key leads to. */
interface KeyLists {
  readonly byValue: Map<string, PolicyList>;
  /** Those that ask for the key, whatever its value. */
  present: PolicyList;
}

const NONE: PolicyList = Object.freeze([]);

/**
 * The policies, found from a VM without a look at the others: by the label that they ask for, or, where they ask for none,
 * by the VM's namespace.
 */
export class Policies {
  readonly #byName = new Map<string, PolicyEntry>();
  readonly #byKey = new Map<string, KeyLists>();
  /** Those that no label leads to: each selects a VM unless a label speaks against it. */
  #unanchored = NONE;
  /** The keys of the labels that can speak against one of those. */
  #against: ReadonlySet<string> = new Set();
  readonly #namespaces = new Map<string, Labels>();
  readonly #views = new Map<string, NamespaceView>();
  /** The parts of lists that admit a namespace, by who admits it: the same part for all namespaces that fare alike. */
  readonly #parts = new WeakMap<PolicyList, Map<string, Admitted>>();
  readonly #selections = new Selections();

  get(name: string): PolicyEntry | undefined {
    return this.#byName.get(name);
  }

  set(entry: PolicyEntry): void {
    this.delete(entry.name);
    this.#byName.set(entry.name, entry);
    if (entry.problem === undefined) this.#changeLists(entry, (list) => merged(list, entry.alone));
  }

  delete(name: string): PolicyEntry | undefined {
    // Views hold entries and lists of them: they go with every change, or they would keep an old answer and its memory.
    this.#views.clear();
    const entry = this.#byName.get(name);
    if (entry === undefined) return undefined;
    this.#byName.delete(name);
    if (entry.problem === undefined) this.#changeLists(entry, (list) => without(list, entry));
    return entry;
  }

  #changeLists({ anchor }: PolicyEntry, change: (list: PolicyList) => PolicyList): void {
    this.#selections.changed();
    if (anchor === undefined) {
      this.#unanchored = change(this.#unanchored);
      this.#against = new Set(this.#unanchored.flatMap(requirementsOf).map(({ key }) => key));
      return;
    }
    const { key } = anchor;
    const lists = getOrSet(this.#byKey, key, (): KeyLists => ({ byValue: new Map(), present: NONE }));
    if (anchor.operator === "Exists") lists.present = change(lists.present);
    else {
      for (const value of new Set(anchor.values)) {
        const list = change(lists.byValue.get(value) ?? NONE);
        if (list.length > 0) lists.byValue.set(value, list);
        else lists.byValue.delete(value);
      }
    }
    if (lists.present.length === 0 && lists.byValue.size === 0) this.#byKey.delete(key);
  }

  /** All of them, also those that select nothing, in the order in which they are asked. */
  all(): PolicyEntry[] {
    return [...this.#byName.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  /** SPEC R5: a namespace that is not there (yet) carries its name as a label all the same. */
  labelsOf(namespace: string): Labels {
    return this.#namespaces.get(namespace) ?? { [NAME_LABEL]: namespace };
  }

  /**
   * Sets the labels of a namespace, or forgets them.
   * @returns the policies whose answer for that namespace has changed
   */
  setNamespace(namespace: string, labels: Labels | undefined): PolicyEntry[] {
    const before = this.labelsOf(namespace);
    if (labels === undefined) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, { ...labels, [NAME_LABEL]: namespace });
    this.#views.delete(namespace);
    const after = this.labelsOf(namespace);
    return [...this.#byName.values()].filter(
      ({ namespaceSelector }) => matches(namespaceSelector, before) !== matches(namespaceSelector, after),
    );
  }

  #view(namespace: string): NamespaceView {
    return getOrSet(this.#views, namespace, newView);
  }

  #admits(policy: PolicyEntry, namespace: string): boolean {
    const selector = policy.namespaceSelector;
    if (selector.valid && selector.requirements.length === 0) return true;
    return getOrSet(this.#view(namespace).admits, policy, () => matches(selector, this.labelsOf(namespace)));
  }

  #admitted(list: PolicyList, namespace: string): Admitted {
    const admits = list.map((policy) => this.#admits(policy, namespace));
    let parts = this.#parts.get(list);
    if (parts === undefined) {
      parts = new Map();
      this.#parts.set(list, parts);
    }
    return getOrSet(parts, admits.map(Number).join(""), () => {
      const all = admits.every(Boolean) ? list : Object.freeze(list.filter((_, index) => admits[index]));
      const needed = (policy: PolicyEntry) => (policy.anchor === undefined ? 0 : 1);
      const isSure = (policy: PolicyEntry) => requirementsOf(policy).length === needed(policy);
      const sure = all.every(isSure) ? all : Object.freeze(all.filter(isSure));
      return { all, sure, others: all === sure ? NONE : Object.freeze(all.filter((policy) => !isSure(policy))) };
    });
  }

  /** Whether it selects a VM if the VM's namespace admits it. */
  couldSelect(policy: PolicyEntry, vm: VmEntry): boolean {
    return policy.problem === undefined && matches(policy.vmSelector, vm.labels);
  }

  /** Whether a label can speak against a policy that no label leads to. */
  #isSpokenAgainst(labels: Labels): boolean {
    if (this.#against.size > 0) for (const key in labels) if (this.#against.has(key)) return true;
    return false;
  }

  /** The policies that select a VM, in the order in which they are asked, and what follows from them. */
  selecting(vm: VmEntry): Selection {
    const { admitted } = this.#view(vm.namespace);
    let selection = this.#selections.none;
    const take = (list: PolicyList, speaksNothingAgainst = false): void => {
      let of = admitted.get(list);
      if (of === undefined) {
        of = this.#admitted(list, vm.namespace);
        admitted.set(list, of);
      }
      const taken = speaksNothingAgainst ? of.all : of.sure;
      if (taken.length > 0) selection = this.#selections.with(selection, taken);
      if (taken === of.all) return;
      for (const policy of of.others) {
        if (matches(policy.vmSelector, vm.labels)) selection = this.#selections.with(selection, policy.alone);
      }
    };
    if (this.#unanchored.length > 0) take(this.#unanchored, !this.#isSpokenAgainst(vm.labels));
    const found: PolicyList[] = [];
    for (const key in vm.labels) {
      const lists = this.#byKey.get(key);
      if (lists === undefined) continue;
      const list = lists.byValue.get(vm.labels[key] ?? "");
      if (list !== undefined) found.push(list);
      if (lists.present.length > 0) found.push(lists.present);
    }
    // Labels of many policies are mostly labels of many VMs: taken first, what they lead to is soon there.
    if (found.length > 1) found.sort(longestFirst);
    for (const list of found) take(list);
    return selection;
  }

  selects(policy: PolicyEntry, vm: VmEntry): boolean {
    return this.couldSelect(policy, vm) && this.#admits(policy, vm.namespace);
  }

  /** The VMs that a policy selects, each once, looking at no more of them than its narrowest requirement leaves. Lazy. */
  *selected(policy: PolicyEntry, vms: Vms): Generator<VmEntry> {
    if (policy.problem !== undefined) return;
    for (const bucket of this.#candidates(policy, vms)) {
      for (const vm of bucket) if (this.selects(policy, vm)) yield vm;
    }
  }

  #candidates(policy: PolicyEntry, vms: Vms): Iterable<Iterable<VmEntry>> {
    let best: ReadonlySet<VmEntry>[] | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const requirement of requirementsOf(policy)) {
      let buckets: ReadonlySet<VmEntry>[];
      if (requirement.operator === "In") {
        buckets = [...new Set(requirement.values)].flatMap((value) => vms.labels.get(requirement.key, value) ?? []);
      } else if (requirement.operator === "Exists") {
        buckets = [...vms.labels.of(requirement.key)];
      } else {
        continue;
      }
      const size = buckets.reduce((sum, bucket) => sum + bucket.size, 0);
      if (size < fewest) [best, fewest] = [buckets, size];
    }
    if (best !== undefined) return best;
    const selector = policy.namespaceSelector;
    if (selector.valid && selector.requirements.length === 0) return [vms.all()];
    return [...vms.namespaces()].filter((name) => this.#admits(policy, name)).map((name) => vms.in(name));
  }
}

function longestFirst(a: PolicyList, b: PolicyList): number {
  return b.length - a.length;
}

function newView(): NamespaceView {
  return { admits: new Map(), admitted: new Map() };
}

function requirementsOf({ vmSelector }: PolicyEntry) {
  return vmSelector.valid ? vmSelector.requirements : [];
}
