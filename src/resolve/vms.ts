import type { GuestOS, ProtectedVM } from "../api/kinds.ts";
import { keyOf } from "../api/object.ts";
import { type Opinions, ownOpinions } from "./affinity.ts";
import { addTo, type Buckets, removeFrom } from "./buckets.ts";
import { type FeatureSet, setOf } from "./features.ts";
import { LabelIndex } from "./label-index.ts";
import type { Labels } from "./selector.ts";
import { isSupported } from "./versions.ts";

/** What the rules read of a ProtectedVM, read once. Nothing of its status is in here (SPEC R7, R13). */
export interface VmEntry {
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly host: string | undefined;
  readonly guestOS: GuestOS;
  readonly wanted: FeatureSet;
  readonly agentState: "NotInstalled" | "Deactivated" | "Activated";
  readonly agentVersion: string | undefined;
  /** SPEC R2: activated, and without a version or 9.6 or later. */
  readonly agentAvailable: boolean;
  readonly modules: FeatureSet;
  /** What the agent's own licence covers; undefined where none is declared (SPEC R10). */
  readonly licensed: FeatureSet | undefined;
  /** What the VM says itself; undefined if nothing. */
  readonly affinity: Opinions | undefined;
  /** SPEC R12: `applianceProtection: Disabled`. */
  readonly optOut: boolean;
}

const NO_LABELS: Labels = Object.freeze({});

export function vmEntry(vm: ProtectedVM): VmEntry {
  const { metadata, spec } = vm;
  const agent = spec.agent ?? undefined;
  const state = agent?.state ?? "NotInstalled";
  return {
    key: keyOf(vm),
    namespace: metadata.namespace ?? "",
    labels: metadata.labels ?? NO_LABELS,
    host: spec.hostName ?? undefined,
    guestOS: spec.guestOS,
    wanted: setOf(spec.features),
    agentState: state,
    agentVersion: agent?.version ?? undefined,
    agentAvailable: state === "Activated" && isSupported(agent?.version),
    modules: setOf(agent?.modules),
    licensed: agent?.licensedFeatures == null ? undefined : setOf(agent.licensedFeatures),
    affinity: ownOpinions(spec.affinity),
    optOut: spec.applianceProtection === "Disabled",
  };
}

const NONE: ReadonlySet<VmEntry> = new Set();

/** The VMs, and those on a host, in a namespace, or with a label, without a look at the others. */
export class Vms {
  readonly #byKey = new Map<string, VmEntry>();
  readonly #byHost: Buckets<VmEntry> = new Map();
  readonly #byNamespace: Buckets<VmEntry> = new Map();
  readonly labels = new LabelIndex(this.#byKey);

  get(key: string): VmEntry | undefined {
    return this.#byKey.get(key);
  }

  get size(): number {
    return this.#byKey.size;
  }

  all(): Iterable<VmEntry> {
    return this.#byKey.values();
  }

  on(host: string): ReadonlySet<VmEntry> {
    return this.#byHost.get(host) ?? NONE;
  }

  in(namespace: string): ReadonlySet<VmEntry> {
    return this.#byNamespace.get(namespace) ?? NONE;
  }

  namespaces(): Iterable<string> {
    return this.#byNamespace.keys();
  }

  set(entry: VmEntry): void {
    this.delete(entry.key);
    this.#byKey.set(entry.key, entry);
    if (entry.host !== undefined) addTo(this.#byHost, entry.host, entry);
    addTo(this.#byNamespace, entry.namespace, entry);
    this.labels.add(entry);
  }

  delete(key: string): VmEntry | undefined {
    const entry = this.#byKey.get(key);
    if (entry === undefined) return undefined;
    this.#byKey.delete(key);
    if (entry.host !== undefined) removeFrom(this.#byHost, entry.host, entry);
    removeFrom(this.#byNamespace, entry.namespace, entry);
    this.labels.remove(entry);
    return entry;
  }
}
