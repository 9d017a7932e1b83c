import type { AffinityPolicy, Appliance, ProtectedVM } from "../api/kinds.ts";
import { type ApplianceEntry, applianceEntry, Hosts } from "./hosts.ts";
import { Policies } from "./policies.ts";
import { type PolicyEntry, policyEntry } from "./policy-entry.ts";
import type { Labels } from "./selector.ts";
import { compareVersions, FIRST_CONFIGURABLE } from "./versions.ts";
import { type VmEntry, Vms, vmEntry } from "./vms.ts";

/** What a change of one object can change elsewhere: to be read before the next change. */
export interface Touched {
  /** Keys of VMs to be resolved again; each once, found when they are read, which costs as much as there are. */
  readonly vms: Iterable<string>;
  /** Names of appliances whose status can differ, besides what their VMs' decisions change. */
  readonly appliances: readonly string[];
}

/**
 * Everything that a decision depends on (SPEC R13), indexed once and then changed one object at a time. Each change says
 * what it touches, at a cost that goes with what it touches and not with the size of the estate.
 */
export class World {
  /** SPEC R5: below 10.0 the defaults hold for everyone. */
  readonly configurable: boolean;
  readonly hosts = new Hosts();
  readonly policies = new Policies();
  readonly vms = new Vms();

  constructor(managerVersion: string) {
    this.configurable = compareVersions(managerVersion, FIRST_CONFIGURABLE) >= 0;
  }

  setVm(vm: ProtectedVM): Touched {
    const entry = vmEntry(vm);
    const before = this.vms.get(entry.key);
    this.vms.set(entry);
    return { vms: [entry.key], appliances: before?.host === entry.host ? [] : this.#onHosts(before, entry) };
  }

  deleteVm(key: string): Touched {
    return { vms: [key], appliances: this.#onHosts(this.vms.delete(key)) };
  }

  setAppliance(appliance: Appliance): Touched {
    const entry = applianceEntry(appliance);
    const before = this.hosts.get(entry.name);
    this.hosts.set(entry);
    return this.#hostsTouched(before, entry);
  }

  deleteAppliance(name: string): Touched {
    return this.#hostsTouched(this.hosts.delete(name));
  }

  setPolicy(policy: AffinityPolicy): Touched {
    const entry = policyEntry(policy);
    const before = this.policies.get(entry.name);
    this.policies.set(entry);
    return this.#policiesTouched(before, entry);
  }

  deletePolicy(name: string): Touched {
    return this.#policiesTouched(this.policies.delete(name), undefined);
  }

  setNamespace(name: string, labels: Labels): Touched {
    return this.#policiesTouchedIn(name, this.policies.setNamespace(name, labels));
  }

  deleteNamespace(name: string): Touched {
    return this.#policiesTouchedIn(name, this.policies.setNamespace(name, undefined));
  }

  #onHosts(...placed: (VmEntry | ApplianceEntry | undefined)[]): string[] {
    const hosts = new Set(placed.map((entry) => entry?.host));
    return [...hosts].flatMap((host) => this.hosts.on(host).appliances.map(({ name }) => name));
  }

  #hostsTouched(...entries: (ApplianceEntry | undefined)[]): Touched {
    const hosts = new Set(entries.flatMap((entry) => entry?.host ?? []));
    return { vms: keys(() => [...hosts].map((host) => this.vms.on(host))), appliances: this.#onHosts(...entries) };
  }

  #policiesTouched(before: PolicyEntry | undefined, after: PolicyEntry | undefined): Touched {
    return { vms: keys(() => [this.#selected(before), this.#selected(after, before)]), appliances: [] };
  }

  /** The VMs that a policy selects, but for those that another one does. */
  *#selected(policy: PolicyEntry | undefined, but?: PolicyEntry): Generator<VmEntry> {
    if (policy === undefined) return;
    for (const vm of this.policies.selected(policy, this.vms)) {
      if (but === undefined || !this.policies.selects(but, vm)) yield vm;
    }
  }

  /** The VMs of a namespace that one of these policies can select, before or after the namespace's change. */
  #policiesTouchedIn(namespace: string, policies: readonly PolicyEntry[]): Touched {
    const could = (vm: VmEntry) => policies.some((policy) => this.policies.couldSelect(policy, vm));
    const vms = policies.length === 0 ? [] : keys(() => [[...this.vms.in(namespace)].filter(could)]);
    return { vms, appliances: [] };
  }
}

function keys(find: () => Iterable<Iterable<VmEntry>>): Iterable<string> {
  return {
    *[Symbol.iterator]() {
      for (const vms of find()) for (const { key } of vms) yield key;
    },
  };
}
