import type { AffinityPolicy, AffinitySpec } from "../api/kinds.ts";
import { addTo, type Buckets, getOrSet, LabelBuckets, removeFrom } from "./buckets.ts";
import { type CompiledSelector, compileSelector, type Labels, matches, type Requirement } from "./selector.ts";
import type { VmEntry, Vms } from "./vms.ts";

/** What the rules read of an AffinityPolicy, read once. */
export interface PolicyEntry {
  readonly name: string;
  readonly priority: number;
  readonly affinity: AffinitySpec;
  readonly vmSelector: CompiledSelector;
  readonly namespaceSelector: CompiledSelector;
  /** Why it selects nothing, where a selector is invalid. */
  readonly problem: string | undefined;
  /** The requirement by which the policy is found from a VM's labels, if there is one. */
  readonly anchor: Anchor | undefined;
}

/** A requirement that a VM without the label cannot meet. */
type Anchor = Extract<Requirement, { operator: "In" | "Exists" }>;

/** The label that the API server gives to every namespace and a manifest lacks (SPEC R5). */
const NAME_LABEL = "kubernetes.io/metadata.name";

export function policyEntry({ metadata, spec }: AffinityPolicy): PolicyEntry {
  const vmSelector = compileSelector(spec.vmSelector);
  const namespaceSelector = compileSelector(spec.namespaceSelector);
  return {
    name: metadata.name,
    priority: spec.priority ?? 0,
    affinity: spec.affinity ?? {},
    vmSelector,
    namespaceSelector,
    problem: !vmSelector.valid
      ? `spec.vmSelector: ${vmSelector.problem}`
      : namespaceSelector.valid
        ? undefined
        : `spec.namespaceSelector: ${namespaceSelector.problem}`,
    anchor: vmSelector.valid ? anchorOf(vmSelector.requirements) : undefined,
  };
}

function anchorOf(requirements: readonly Requirement[]): Anchor | undefined {
  let best: Anchor | undefined;
  for (const requirement of requirements) {
    if (requirement.operator === "In") {
      if (best?.operator !== "In" || requirement.values.length < best.values.length) best = requirement;
    } else if (requirement.operator === "Exists") {
      best ??= requirement;
    }
  }
  return best;
}

/** SPEC R5: the order in which policies are asked. */
function byPrecedence(a: PolicyEntry, b: PolicyEntry): number {
  return b.priority - a.priority || (a.name < b.name ? -1 : 1);
}

interface NamespaceView {
  /** Whether a policy's namespaceSelector admits it. */
  readonly admits: Map<PolicyEntry, boolean>;
  /** The policies that no label leads to and that admit it. */
  unanchored: PolicyEntry[] | undefined;
}

/**
 * The policies, found from a VM without a look at the others: by the label that they ask for, or, where they ask for none,
 * by the VM's namespace.
 */
export class Policies {
  readonly #byName = new Map<string, PolicyEntry>();
  readonly #byLabel = new LabelBuckets<PolicyEntry>();
  readonly #byKey: Buckets<PolicyEntry> = new Map();
  readonly #unanchored = new Set<PolicyEntry>();
  readonly #namespaces = new Map<string, Labels>();
  /** What was found out about a namespace; found out again when it or a policy changes. */
  readonly #views = new Map<string, NamespaceView>();

  get(name: string): PolicyEntry | undefined {
    return this.#byName.get(name);
  }

  set(entry: PolicyEntry): void {
    this.delete(entry.name);
    this.#byName.set(entry.name, entry);
    if (entry.problem !== undefined) return;
    const { anchor } = entry;
    if (anchor === undefined) this.#unanchored.add(entry);
    else if (anchor.operator === "Exists") addTo(this.#byKey, anchor.key, entry);
    else for (const value of anchor.values) this.#byLabel.add(anchor.key, value, entry);
  }

  delete(name: string): PolicyEntry | undefined {
    // Views hold entries, not names: they go with every change, or they would keep an old answer and its memory.
    this.#views.clear();
    const entry = this.#byName.get(name);
    if (entry === undefined) return undefined;
    this.#byName.delete(name);
    const { anchor } = entry;
    if (anchor === undefined) this.#unanchored.delete(entry);
    else if (anchor.operator === "Exists") removeFrom(this.#byKey, anchor.key, entry);
    else for (const value of anchor.values) this.#byLabel.remove(anchor.key, value, entry);
    return entry;
  }

  /** SPEC R5: a namespace that is not there (yet) carries its name as a label all the same. */
  #labelsOf(namespace: string): Labels {
    return this.#namespaces.get(namespace) ?? { [NAME_LABEL]: namespace };
  }

  /**
   * Sets the labels of a namespace, or forgets them.
   * @returns the policies whose answer for that namespace has changed
   */
  setNamespace(namespace: string, labels: Labels | undefined): PolicyEntry[] {
    const before = this.#labelsOf(namespace);
    if (labels === undefined) this.#namespaces.delete(namespace);
    else this.#namespaces.set(namespace, { ...labels, [NAME_LABEL]: namespace });
    this.#views.delete(namespace);
    const after = this.#labelsOf(namespace);
    return [...this.#byName.values()].filter(
      ({ namespaceSelector }) => matches(namespaceSelector, before) !== matches(namespaceSelector, after),
    );
  }

  #view(namespace: string): NamespaceView {
    return getOrSet(this.#views, namespace, () => ({ admits: new Map(), unanchored: undefined }));
  }

  #admits(policy: PolicyEntry, namespace: string): boolean {
    const selector = policy.namespaceSelector;
    if (selector.valid && selector.requirements.length === 0) return true;
    return getOrSet(this.#view(namespace).admits, policy, () => matches(selector, this.#labelsOf(namespace)));
  }

  #selects(policy: PolicyEntry, vm: VmEntry): boolean {
    return this.couldSelect(policy, vm) && this.#admits(policy, vm.namespace);
  }

  /** Whether it selects a VM if the VM's namespace admits it. */
  couldSelect(policy: PolicyEntry, vm: VmEntry): boolean {
    return policy.problem === undefined && matches(policy.vmSelector, vm.labels);
  }

  /** The policies that select a VM, in the order in which they are asked. */
  selecting(vm: VmEntry): PolicyEntry[] {
    const found: PolicyEntry[] = [];
    const take = (policies: Iterable<PolicyEntry> | undefined): void => {
      for (const policy of policies ?? []) if (this.#selects(policy, vm)) found.push(policy);
    };
    for (const [key, value] of Object.entries(vm.labels)) {
      take(this.#byLabel.get(key, value));
      take(this.#byKey.get(key));
    }
    if (this.#unanchored.size > 0) {
      const view = this.#view(vm.namespace);
      view.unanchored ??= [...this.#unanchored].filter((policy) => this.#admits(policy, vm.namespace));
      take(view.unanchored);
    }
    return found.length > 1 ? found.sort(byPrecedence) : found;
  }

  /** The VMs that a policy selects, looking at no more of them than its narrowest requirement leaves. Lazy. */
  *selected(policy: PolicyEntry, vms: Vms): Generator<VmEntry> {
    if (policy.problem !== undefined) return;
    for (const bucket of this.#candidates(policy, vms)) {
      for (const vm of bucket) if (this.#selects(policy, vm)) yield vm;
    }
  }

  #candidates(policy: PolicyEntry, vms: Vms): Iterable<Iterable<VmEntry>> {
    const requirements = policy.vmSelector.valid ? policy.vmSelector.requirements : [];
    let best: ReadonlySet<VmEntry>[] | undefined;
    let fewest = Number.POSITIVE_INFINITY;
    for (const requirement of requirements) {
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
