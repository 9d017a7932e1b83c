import type { Feature } from "../../api/kinds.ts";
import type { GroupAffinity } from "../../resolve/affinity.ts";
import { isSameAffinity, isSameAppliance } from "../../resolve/explain/same-decision.ts";
import { GROUP_OF, GROUPS } from "../../resolve/features.ts";
import type { Decided } from "../../resolve/index.ts";
import { FEATURES, type VmEntry } from "../../resolve/index.ts";
import type { PolicyList } from "../../resolve/policy-entry.ts";
import type { Edit, Edits } from "./edits.ts";

/** The edits that lie behind what changes for one VM. */
export interface VmReasons {
  /** All of them, by kind, then name. */
  readonly all: readonly Edit[];
  /** Those behind the change of one feature. */
  of(feature: Feature): readonly Edit[];
}

/** Finds for a VM which edits it depends on: its own, its namespace's, its host's appliances, the policies that select it. */
export class Reasons {
  readonly #edits: Edits;
  readonly #onHost = new Map<string, Edit[]>();

  constructor(edits: Edits) {
    this.#edits = edits;
    for (const edit of edits.all()) {
      for (const host of new Set(edit.hosts)) {
        const there = this.#onHost.get(host);
        if (there === undefined) this.#onHost.set(host, [edit]);
        else there.push(edit);
      }
    }
  }

  of(before: Decided | undefined, after: Decided | undefined): VmReasons {
    const key = (after ?? before)?.entry.key ?? "";
    const own = this.#edits.get("ProtectedVM", key);
    if (before === undefined || after === undefined) return always(own === undefined ? [] : [own]);
    const byGroup = GROUPS.map((_, group) => this.#behindAffinity(before, after, group));
    const appliances = this.#appliances(before, after);
    const ofVm = own === undefined ? [] : [own];
    const entries = { before: before.entry, after: after.entry };
    const all = ordered([
      ...byGroup.flat(),
      ...(appliances.forecast ? appliances.edits : []),
      // Of labels the affinities above tell whether they matter.
      ...ofVm.filter(({ fields }) => fields.some(({ path }) => !isLabel(path))),
    ]);
    return {
      all,
      of: (feature) => {
        const group = GROUP_OF[FEATURES.indexOf(feature)];
        // What only an agent can do, neither policies nor appliances concern.
        const others =
          group === undefined ? [] : [...(byGroup[group] ?? []), ...(appliances.now ? appliances.edits : [])];
        return ordered([
          ...others,
          ...ofVm.filter(({ fields }) => fields.some(({ path }) => concerns(path, feature, entries))),
        ]);
      },
    };
  }

  /** The edits behind another affinity of a group, or behind other rivals for it: of who decides and contradicts on either side. */
  #behindAffinity(before: Decided, after: Decided, group: number): Edit[] {
    const [one, other] = [before.decision.affinities[group], after.decision.affinities[group]];
    if (one === undefined || other === undefined || isSameAffinity(one, other)) return [];
    const [from, to] = [before.decision.selecting, after.decision.selecting];
    const edits: Edit[] = [];
    let selectedAnew = false;
    for (const name of new Set([...speakers(one), ...speakers(other)])) {
      const edit = this.#edits.get("AffinityPolicy", name);
      if (edit !== undefined) edits.push(edit);
      // A policy that is there on both sides, and selects the VM on one: by its own edit, or by labels.
      const isOnBoth = edit === undefined || edit.change === "Changed";
      if (isOnBoth && has(from, name) !== has(to, name)) selectedAnew = true;
    }
    if (selectedAnew) {
      const namespace = this.#edits.get("Namespace", after.entry.namespace);
      const own = this.#edits.get("ProtectedVM", after.entry.key);
      if (namespace !== undefined) edits.push(namespace);
      if (own?.fields.some(({ path }) => isLabel(path))) edits.push(own);
    }
    return edits;
  }

  /** The edits of appliances of its hosts, and whether they can matter: to its rows, or at least to its forecast and licences. */
  #appliances(before: Decided, after: Decided): { edits: readonly Edit[]; now: boolean; forecast: boolean } {
    if (this.#onHost.size === 0) return { edits: [], now: false, forecast: false };
    const hosts = new Set([before.entry.host, after.entry.host]);
    const edits = [...hosts].flatMap((host) => (host === undefined ? [] : (this.#onHost.get(host) ?? [])));
    const [one, other] = [before.decision, after.decision];
    const now = !isSameAppliance(one.inCharge, other.inCharge);
    return { edits, now, forecast: now || one.applianceDeactivated !== other.applianceDeactivated };
  }
}

function always(edits: readonly Edit[]): VmReasons {
  return { all: edits, of: () => edits };
}

/** Each once, by kind, then name. */
function ordered(edits: readonly Edit[]): Edit[] {
  const unique = [...new Set(edits)];
  return unique.length < 2
    ? unique
    : unique.sort((a, b) => (a.kind === b.kind ? (a.name < b.name ? -1 : 1) : a.kind < b.kind ? -1 : 1));
}

/** The names of the policy that decides, and of those that contradict it. */
function speakers({ policy, rivals }: GroupAffinity): string[] {
  return policy === undefined ? [] : [policy.name, ...rivals.map(({ name }) => name)];
}

function has(list: PolicyList, name: string): boolean {
  return list.some((policy) => policy.name === name);
}

function isLabel(path: string): boolean {
  return path.startsWith("metadata.labels");
}

/** Whether a field of a VM can have changed the row of a feature. Labels do so by what selects them. */
function concerns(path: string, feature: Feature, { before, after }: { before: VmEntry; after: VmEntry }): boolean {
  const index = FEATURES.indexOf(feature);
  if (isLabel(path) || path === "spec.agent.licensedFeatures") return false;
  if (path === "spec.features") return (((before.wanted ^ after.wanted) >> index) & 1) === 1;
  if (path === "spec.agent.modules") return (((before.modules ^ after.modules) >> index) & 1) === 1;
  const group = GROUPS.findIndex(({ name }) => path === `spec.affinity.${name}`);
  return group < 0 || GROUP_OF[index] === group;
}
