import type { Affinity, Appliance, Feature, FeatureRow, GuestOS, Mode, ProtectedVM } from "../../src/api/kinds.ts";
import type { GroupDecision } from "./affinity.ts";
import { byName, FEATURES, groupOf, isBelow } from "./words.ts";

/** A row of status.features without its time. */
type Row = Omit<FeatureRow, "lastTransitionTime">;

/** SPEC R1 to R6, R8 and R12 for one VM. */
export interface Decision {
  readonly inCharge: Appliance | undefined;
  readonly applianceAvailable: boolean;
  readonly agentAvailable: boolean;
  readonly mode: Mode;
  readonly rows: readonly Row[];
}

export function isActivated(appliance: Appliance): boolean {
  return (appliance.spec.activation ?? "Activated") === "Activated";
}

/** SPEC R1: those without a version or with 9.6 or later count. */
export function isSupported(appliance: Appliance): boolean {
  return appliance.spec.version === undefined || !isBelow(appliance.spec.version, "9.6");
}

/** SPEC R1: the first Activated one by name, or if there is none the first by name. */
export function applianceInCharge(
  appliances: readonly Appliance[],
  hostName: string | undefined,
): Appliance | undefined {
  if (hostName === undefined) return undefined;
  const counting = appliances
    .filter((appliance) => appliance.spec.hostName === hostName && isSupported(appliance))
    .sort((a, b) => byName(a.metadata.name, b.metadata.name));
  return counting.find(isActivated) ?? counting[0];
}

/** SPEC R2: Activated, and the version absent or at least 9.6. */
function isAgentAvailable(vm: ProtectedVM): boolean {
  const { agent } = vm.spec;
  if (agent === undefined || agent.state !== "Activated") return false;
  return agent.version === undefined || !isBelow(agent.version, "9.6");
}

/** SPEC R3. */
function modeOf(applianceAvailable: boolean, agentAvailable: boolean): Mode {
  if (applianceAvailable && agentAvailable) return "Combined";
  if (applianceAvailable) return "Agentless";
  if (agentAvailable) return "AgentBased";
  return "Unprotected";
}

/** SPEC R4: what the hypervisor platform must offer the appliance for a feature; undefined where no appliance can do it. */
function serviceFor(feature: Feature): "GuestIntrospection" | "NetworkIntrospection" | undefined {
  if (feature === "AntiMalware" || feature === "IntegrityMonitoring") return "GuestIntrospection";
  if (feature === "LogInspection" || feature === "ApplicationControl") return undefined;
  return "NetworkIntrospection";
}

function hasService(appliance: Appliance, service: "GuestIntrospection" | "NetworkIntrospection"): boolean {
  return (appliance.spec.services ?? ["GuestIntrospection", "NetworkIntrospection"]).includes(service);
}

/** SPEC R4: GuestIntrospection features are for Windows guests only, the others for any guest. */
function guestFits(feature: Feature, guestOS: GuestOS): boolean {
  return serviceFor(feature) === "GuestIntrospection" ? guestOS === "Windows" : true;
}

/** SPEC R4. */
function applianceCan(appliance: Appliance, feature: Feature, guestOS: GuestOS): boolean {
  const service = serviceFor(feature);
  return service !== undefined && hasService(appliance, service) && guestFits(feature, guestOS);
}

type Choice = readonly [Row["source"], Row["reason"]];

/** SPEC R6, as it stands there: A and G, A only, G only, neither. */
const R6: Readonly<Record<Affinity, readonly [Choice, Choice, Choice, Choice]>> = {
  AppliancePreferred: [
    ["Appliance", "Preferred"],
    ["Appliance", "Preferred"],
    ["Agent", "Fallback"],
    ["None", "NoSource"],
  ],
  AgentPreferred: [
    ["Agent", "Preferred"],
    ["Appliance", "Fallback"],
    ["Agent", "Preferred"],
    ["None", "NoSource"],
  ],
  ApplianceOnly: [
    ["Appliance", "Preferred"],
    ["Appliance", "Preferred"],
    ["None", "NoFallback"],
    ["None", "NoFallback"],
  ],
  AgentOnly: [
    ["Agent", "Preferred"],
    ["None", "NoFallback"],
    ["Agent", "Preferred"],
    ["None", "NoFallback"],
  ],
};

function choose(affinity: Affinity, a: boolean, g: boolean): Choice {
  const [both, onlyA, onlyG, neither] = R6[affinity];
  if (a && g) return both;
  if (a) return onlyA;
  if (g) return onlyG;
  return neither;
}

/** SPEC section 4, row messages: of the reasons why the appliance is not the source, the first that holds. */
function whyNotAppliance(vm: ProtectedVM, feature: Feature, inCharge: Appliance | undefined): string {
  const service = serviceFor(feature);
  if (service === undefined) return `No appliance can do ${feature}`;
  if (vm.spec.hostName === undefined) return "The VM is placed on no host";
  if (inCharge === undefined) return `Host ${vm.spec.hostName} has no accepted appliance`;
  if (!isActivated(inCharge)) return `Appliance ${inCharge.metadata.name} is deactivated`;
  if (vm.spec.applianceProtection === "Disabled" && !isAgentAvailable(vm)) {
    return "Appliance protection is disabled for this VM";
  }
  if (!hasService(inCharge, service)) return `Appliance ${inCharge.metadata.name} has no ${service}`;
  return `Appliances cannot do ${feature} on ${vm.spec.guestOS}`;
}

/** SPEC section 4, row messages: why the agent is not the source. */
function whyNotAgent(vm: ProtectedVM): string {
  const { agent } = vm.spec;
  if (agent === undefined || agent.state === "NotInstalled") return "The agent is not installed";
  if (agent.state === "Deactivated") return "The agent is deactivated";
  return `The agent's version ${agent.version} is below 9.6`;
}

function rowMessage(affinity: Affinity, reason: Row["reason"], why: { appliance: string; agent: string }): string {
  switch (reason) {
    case "Preferred":
      return "";
    case "Fallback":
    case "NoFallback":
      return affinity === "AppliancePreferred" || affinity === "ApplianceOnly" ? why.appliance : why.agent;
    case "NoSource":
      return `${why.appliance}; ${why.agent}`;
  }
}

/** SPEC R8: the state of a row. */
function stateOf(vm: ProtectedVM, feature: Feature, source: Row["source"]): Row["state"] {
  if (source === "None") return "Unprotected";
  if (source === "Agent" && !(vm.spec.agent?.modules ?? []).includes(feature)) return "InstallPending";
  return "Active";
}

/** Decides the sources of a VM, given the affinity of each group. */
export function decide(vm: ProtectedVM, appliances: readonly Appliance[], groups: readonly GroupDecision[]): Decision {
  const inCharge = applianceInCharge(appliances, vm.spec.hostName);
  const agentAvailable = isAgentAvailable(vm);
  // R12: Disabled takes the appliance away from a VM whose agent is not available.
  const takenAway = vm.spec.applianceProtection === "Disabled" && !agentAvailable;
  const applianceAvailable = inCharge !== undefined && isActivated(inCharge) && !takenAway;
  const rows: Row[] = [];
  for (const feature of FEATURES) {
    if (!vm.spec.features.includes(feature)) continue;
    // R5: LogInspection and ApplicationControl are AgentOnly by nature.
    const decided = groups.find(({ group }) => group === groupOf(feature));
    const affinity = decided?.affinity ?? "AgentOnly";
    const a = applianceAvailable && applianceCan(inCharge, feature, vm.spec.guestOS);
    const [source, reason] = choose(affinity, a, agentAvailable);
    rows.push({
      name: feature,
      affinity,
      decidedBy: decided?.decidedBy ?? "Fixed",
      source,
      state: stateOf(vm, feature, source),
      reason,
      message: rowMessage(affinity, reason, {
        appliance: whyNotAppliance(vm, feature, inCharge),
        agent: whyNotAgent(vm),
      }),
    });
  }
  return { inCharge, applianceAvailable, agentAvailable, mode: modeOf(applianceAvailable, agentAvailable), rows };
}
