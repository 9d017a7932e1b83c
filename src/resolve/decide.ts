import type { Mode } from "../api/kinds.ts";
import { DEFAULTS, type GroupAffinity, type Preferences, preferencesOf, withOwn } from "./affinity.ts";
import { ALL, type FeatureSet } from "./features.ts";
import type { ApplianceEntry } from "./hosts.ts";
import { kept } from "./kept.ts";
import type { PolicyList } from "./policy-entry.ts";
import { type Availability, availability, modeOf, type Split, split } from "./sources.ts";
import type { VmEntry } from "./vms.ts";
import type { World } from "./world.ts";

/** What deactivating a source would do (SPEC R9). */
export interface Loss {
  readonly moves: FeatureSet;
  readonly installs: FeatureSet;
  readonly losses: FeatureSet;
}

/**
 * The decision on one VM: all that follows from the declared objects, and nothing else (SPEC R13). One is held for each VM,
 * so its parts are shared with other VMs, and nobody changes them.
 */
export interface Decision {
  readonly mode: Mode;
  /** The appliance in charge of the VM's host, available or not (SPEC R1). */
  readonly inCharge: ApplianceEntry | undefined;
  readonly available: Availability;
  /** The policies that select the VM, in the order in which they are asked. */
  readonly selecting: PolicyList;
  /** One a group, in the order of the groups. */
  readonly affinities: readonly GroupAffinity[];
  /** The same as sets of features. */
  readonly preferences: Preferences;
  readonly split: Split;
  /** Modules that the agent lacks for what it is to protect (SPEC R8). */
  readonly required: FeatureSet;
  /** Those of them that are needed only because the appliance does not do it. */
  readonly fallbackInstalls: FeatureSet;
  /** Whether affinities can be set at all in this world. */
  readonly configurable: boolean;
  /** Absent where that source is not available. */
  readonly agentDeactivated: Loss | undefined;
  readonly applianceDeactivated: Loss | undefined;
  /** What the agent protects without a licence; undefined where no licence is declared (SPEC R10). */
  readonly unlicensed: FeatureSet | undefined;
}

/** A VM, and what was decided on it. */
export interface Decided {
  readonly entry: VmEntry;
  readonly decision: Decision;
}

const DEFAULT_PREFERENCES = preferencesOf(DEFAULTS);

/** Decides one VM. The one function behind controller, command line and tests. */
export function decide(world: World, vm: VmEntry): Decision {
  const { inCharge, successor } = world.hosts.on(vm.host);
  const activated = inCharge?.activated ? inCharge : undefined;
  const available = availability(vm, activated, vm.agentAvailable);

  const selection = world.policies.selecting(vm);
  let { affinities, preferences } = selection;
  if (!world.configurable) [affinities, preferences] = [DEFAULTS, DEFAULT_PREFERENCES];
  else if (vm.affinity !== undefined) {
    affinities = withOwn(vm.affinity, affinities);
    preferences = preferencesOf(affinities);
  }
  const now = split(vm.wanted, preferences, available);
  const required = now.agent & ~vm.modules;

  // SPEC R9: the same rules again, for a world with one source fewer.
  let agentDeactivated: Loss | undefined;
  if (available.agent) {
    const then = availability(vm, activated, false);
    agentDeactivated = lossOf(now, split(vm.wanted, preferences, then), vm.modules);
  }
  let applianceDeactivated: Loss | undefined;
  if (available.appliance) {
    const then = availability(vm, successor, vm.agentAvailable);
    applianceDeactivated = lossOf(now, split(vm.wanted, preferences, then), vm.modules);
  }

  return {
    mode: modeOf(available),
    inCharge,
    available,
    selecting: selection.policies,
    affinities,
    preferences,
    split: now,
    required,
    fallbackInstalls: required & preferences.AppliancePreferred,
    configurable: world.configurable,
    agentDeactivated,
    applianceDeactivated,
    unlicensed: unlicensed(vm, inCharge, now),
  };
}

const BITS = 7;

const loss = kept(
  (packed): Loss => ({ moves: packed >> (2 * BITS), installs: (packed >> BITS) & ALL, losses: packed & ALL }),
);

/** What follows from a change of who protects what, for an agent that has these modules. */
export function lossOf(now: Split, then: Split, modules: FeatureSet): Loss {
  const toAgent = now.appliance & then.agent;
  const moves = toAgent | (now.agent & then.appliance);
  const losses = (now.appliance | now.agent) & ~(then.appliance | then.agent);
  return loss((((moves << BITS) | (toAgent & ~modules)) << BITS) | losses);
}

/** SPEC R10. It never changes a source. */
function unlicensed(vm: VmEntry, inCharge: ApplianceEntry | undefined, now: Split): FeatureSet | undefined {
  if (vm.licensed === undefined && !inCharge?.licensed) return undefined;
  return now.agent & ~((vm.licensed ?? 0) | (inCharge?.licensedToAgents ?? 0));
}
