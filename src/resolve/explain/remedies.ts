import type { Affinity, Feature, Group } from "../../api/kinds.ts";
import { preferencesOf } from "../affinity.ts";
import type { Decision } from "../decide.ts";
import { FEATURES, GROUP_OF, GROUPS } from "../features.ts";
import { type Availability, availability, split } from "../sources.ts";
import type { VmEntry } from "../vms.ts";

/** One thing, of a declared object, that gives a source to a feature that has none. */
export type Remedy =
  | { readonly type: "ActivateAgent" }
  | { readonly type: "ActivateAppliance"; readonly appliance: string }
  | { readonly type: "EnableApplianceProtection" }
  | { readonly type: "SetAffinity"; readonly group: Group; readonly affinity: Affinity };

/** What lets the other source do it, where only one may. */
const WITH_FALLBACK: Partial<Record<Affinity, Affinity>> = {
  ApplianceOnly: "AppliancePreferred",
  AgentOnly: "AgentPreferred",
};

/**
 * What each by itself would give a source to a feature of a VM that has none: the same rules for a world in which it is so
 * (R6, R12). Empty where the feature has a source, and where it takes more than one thing.
 */
export function remediesFor(vm: VmEntry, decision: Decision, feature: Feature): Remedy[] {
  const { inCharge, available, preferences } = decision;
  const index = FEATURES.indexOf(feature);
  const helps = (then: Availability, prefer = preferences) => {
    const { appliance, agent } = split(vm.wanted, prefer, then);
    return (((appliance | agent) >> index) & 1) === 1;
  };
  if (helps(available)) return [];
  const remedies: Remedy[] = [];
  const activated = inCharge?.activated ? inCharge : undefined;
  if (helps(availability(vm, activated, true))) remedies.push({ type: "ActivateAgent" });
  if (inCharge !== undefined && activated === undefined && helps(availability(vm, inCharge, available.agent))) {
    remedies.push({ type: "ActivateAppliance", appliance: inCharge.name });
  }
  if (helps(availability({ ...vm, optOut: false }, activated, available.agent))) {
    remedies.push({ type: "EnableApplianceProtection" });
  }
  const group = GROUP_OF[index];
  const name = group === undefined ? undefined : GROUPS[group]?.name;
  const affinity =
    group === undefined ? undefined : WITH_FALLBACK[decision.affinities[group]?.affinity ?? "AgentPreferred"];
  if (name !== undefined && affinity !== undefined) {
    const changed = decision.affinities.map((one, at) => (at === group ? { ...one, affinity } : one));
    if (helps(available, preferencesOf(changed))) remedies.push({ type: "SetAffinity", group: name, affinity });
  }
  return remedies;
}
