import type { Affinity, Mode } from "../api/kinds.ts";
import { affinitiesOf, type GroupAffinity } from "./affinity.ts";
import { type FeatureSet, GROUPS } from "./features.ts";
import { type ApplianceEntry, inChargeOf } from "./hosts.ts";
import type { PolicyEntry } from "./policies.ts";
import { type Availability, availability, modeOf, type Split, split } from "./sources.ts";
import type { VmEntry } from "./vms.ts";
import type { World } from "./world.ts";

/** What deactivating a source would do (SPEC R9). */
export interface Loss {
  readonly moves: FeatureSet;
  readonly installs: FeatureSet;
  readonly losses: FeatureSet;
}

/** The decision on one VM: all that follows from the declared objects, and nothing else (SPEC R13). */
export interface Decision {
  readonly mode: Mode;
  /** The appliance in charge of the VM's host, available or not (SPEC R1). */
  readonly inCharge: ApplianceEntry | undefined;
  readonly available: Availability;
  /** The policies that select the VM, in the order in which they are asked. */
  readonly selecting: readonly PolicyEntry[];
  /** One a group, in the order of the groups. */
  readonly affinities: readonly GroupAffinity[];
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

/** Decides one VM. The one function behind controller, command line and tests. */
export function decide(world: World, vm: VmEntry): Decision {
  const appliances = world.hosts.on(vm.host);
  const inCharge = inChargeOf(appliances);
  const activated = inCharge?.activated ? inCharge : undefined;
  const available = availability(vm, activated, vm.agentAvailable);
  const selecting = world.policies.selecting(vm);
  const affinities = affinitiesOf(world, vm, selecting);
  const now = split(vm.wanted, affinities, available);

  // SPEC R9: the same rules again, for a world with one source fewer.
  const lossOf = (then: Availability): Loss => compare(now, split(vm.wanted, affinities, then), vm.modules);
  const agentDeactivated = available.agent ? lossOf(availability(vm, activated, false)) : undefined;
  let applianceDeactivated: Loss | undefined;
  if (available.appliance && inCharge !== undefined) {
    const next = inChargeOf(appliances, inCharge.name);
    const successor = next !== inCharge && next?.activated ? next : undefined;
    applianceDeactivated = lossOf(availability(vm, successor, vm.agentAvailable));
  }

  return {
    mode: modeOf(available),
    inCharge,
    available,
    selecting,
    affinities,
    split: now,
    required: now.agent & ~vm.modules,
    fallbackInstalls: now.agent & ~vm.modules & groupsWith(affinities, "AppliancePreferred"),
    configurable: world.configurable,
    agentDeactivated,
    applianceDeactivated,
    unlicensed: unlicensed(vm, inCharge, now),
  };
}

/** The features of the groups that have an affinity. */
function groupsWith(affinities: readonly GroupAffinity[], affinity: Affinity): FeatureSet {
  return GROUPS.reduce(
    (set, { features }, index) => (affinities[index]?.affinity === affinity ? set | features : set),
    0,
  );
}

function compare(now: Split, then: Split, modules: FeatureSet): Loss {
  const toAgent = now.appliance & then.agent;
  return {
    moves: toAgent | (now.agent & then.appliance),
    installs: toAgent & ~modules,
    losses: (now.appliance | now.agent) & ~(then.appliance | then.agent),
  };
}

/** SPEC R10. It never changes a source. */
function unlicensed(vm: VmEntry, inCharge: ApplianceEntry | undefined, now: Split): FeatureSet | undefined {
  if (vm.licensed === undefined && !inCharge?.licensed) return undefined;
  return now.agent & ~((vm.licensed ?? 0) | (inCharge?.licensedToAgents ?? 0));
}
