import { type Finding, someOf, viewOf } from "../api/conditions.ts";
import type { AffinityPolicy, Appliance, ApplianceStatus, PolicyStatus } from "../api/kinds.ts";
import { conditionsOf } from "./carry-over.ts";
import { type ApplianceCounts, conflictRows, featureCounts, type PolicyCounts } from "./tally.ts";
import { FIRST_CONFIGURABLE, FIRST_SUPPORTED } from "./versions.ts";
import type { World } from "./world.ts";

/** How many conflicts a status shows (SPEC 2.2). */
const SAMPLE = 20;

/**
 * The whole status of a policy that is in the world. Times are carried over from the status that is there.
 * @param now RFC 3339, seconds
 */
export function policyStatus(
  world: World,
  { policy, counts }: { policy: AffinityPolicy; counts: PolicyCounts },
  now: string,
): PolicyStatus {
  const rows = conflictRows(counts);
  const findings = ownerFindings(policyAcceptance(world, policy.metadata.name));
  if (rows.length > 0) {
    const names = rows.map(({ policy: other, group }) => `${other} (${group})`);
    const message = `At the same priority other policies answer differently: ${someOf(names)}; the first by name decides`;
    findings.push({ type: "Conflicted", status: "True", reason: "SamePriority", message });
  }
  return {
    ...common(policy, findings, now),
    vms: { matched: counts.matched, effective: counts.effective },
    conflicts: { total: rows.length, sample: rows.slice(0, SAMPLE) },
  };
}

/**
 * The whole status of an appliance that is in the world. Times are carried over from the status that is there.
 * @param now RFC 3339, seconds
 */
export function applianceStatus(
  world: World,
  { appliance, counts }: { appliance: Appliance; counts: ApplianceCounts },
  now: string,
): ApplianceStatus {
  const features = featureCounts(counts);
  return {
    ...common(appliance, ownerFindings(applianceAcceptance(world, appliance.metadata.name)), now),
    vms: world.vms.on(appliance.spec.hostName).size,
    features,
    protects: features.reduce((sum, { vms }) => sum + vms, 0),
    impact: { ...counts.impact },
  };
}

function common({ metadata, status }: AffinityPolicy | Appliance, findings: readonly Finding[], now: string) {
  const { generation } = metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: conditionsOf(findings, { generation, previous: status?.conditions, now }),
  };
}

/** `Ready` is `Accepted`, and an object that is not accepted waits for a person (SPEC section 4). */
function ownerFindings(accepted: Finding): Finding[] {
  const stalled = accepted.status === "False" ? [viewOf(accepted, "Stalled", "True")] : [];
  return [viewOf(accepted, "Ready"), accepted, ...stalled];
}

function refused(reason: string, message: string): Finding {
  return { type: "Accepted", status: "False", reason, message };
}

/** The `Accepted` of a policy that is in the world. */
export function policyAcceptance(world: World, name: string): Finding {
  const problem = world.policies.get(name)?.problem;
  if (problem !== undefined) return refused("InvalidSelector", `${problem}; the policy selects nothing`);
  if (!world.configurable) {
    const message = `Affinities can be set from manager version ${FIRST_CONFIGURABLE} on; the defaults hold`;
    return refused("AffinityNotConfigurable", message);
  }
  return { type: "Accepted", status: "True", reason: "Accepted", message: "The policy is accepted" };
}

/** SPEC R1: the `Accepted` of an appliance that is in the world. */
export function applianceAcceptance(world: World, name: string): Finding {
  const entry = world.hosts.get(name);
  const { inCharge } = world.hosts.on(entry?.host);
  if (entry?.supported && entry.activated && inCharge !== entry) {
    const message = `Host ${entry.host} is protected by the activated appliance ${inCharge?.name}, the first by name; this one protects nothing`;
    return refused("HostConflict", message);
  }
  if (entry?.supported === false) {
    return refused(
      "UnsupportedVersion",
      `Version ${entry.version} is below ${FIRST_SUPPORTED}; the appliance does not count`,
    );
  }
  return { type: "Accepted", status: "True", reason: "Accepted", message: "The appliance is accepted" };
}
