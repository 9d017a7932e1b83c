import type { AffinityPolicy, ConflictRow, Group, PolicyStatus } from "../../src/api/kinds.ts";
import { affinityIsConfigurable } from "./affinity.ts";
import { acceptance, type Finding, withTimes } from "./conditions.ts";
import { hasInvalidSelector } from "./selector.ts";
import type { Resolved } from "./vm.ts";
import { byName, GROUPS } from "./words.ts";
import type { World } from "./world.ts";

/** Section 4, `Accepted`: the first that holds. */
function refusal(world: World, policy: AffinityPolicy): { reason: string; message: string } | undefined {
  if (hasInvalidSelector(policy)) {
    return { reason: "InvalidSelector", message: "A selector is invalid, so the policy selects nothing" };
  }
  if (!affinityIsConfigurable(world)) {
    return {
      reason: "AffinityNotConfigurable",
      message: "Affinities need a manager of version 10.0 or later",
    };
  }
  return undefined;
}

/** SPEC R5: for how many VMs the two conflict in the group. Deciding policy and rival both show it. */
function conflictingVms(one: AffinityPolicy, other: AffinityPolicy, where: { group: Group; vms: readonly Resolved[] }) {
  let vms = 0;
  for (const { groups } of where.vms) {
    for (const { group, decider, rivals } of groups) {
      if (group !== where.group) continue;
      const decides = decider === one && rivals.includes(other);
      const isRival = decider === other && rivals.includes(one);
      if (decides || isRival) vms += 1;
    }
  }
  return vms;
}

export function policyStatus(world: World, policy: AffinityPolicy, resolved: readonly Resolved[]): PolicyStatus {
  const matched = resolved.filter(({ selecting }) => selecting.includes(policy)).length;
  const effective = resolved.filter(({ groups }) => groups.some(({ decider }) => decider === policy)).length;
  // Section 2.2: a row a (policy, group), by name, then group.
  const rows: ConflictRow[] = [];
  for (const other of world.policies) {
    for (const group of GROUPS) {
      const vms = conflictingVms(policy, other, { group, vms: resolved });
      if (vms > 0) rows.push({ policy: other.metadata.name, group, vms });
    }
  }
  rows.sort((a, b) => byName(a.policy, b.policy) || byName(a.group, b.group));

  const findings: Finding[] = acceptance(refusal(world, policy));
  if (rows.length > 0) {
    const message = `At the same priority another policy says otherwise: ${rows[0]?.policy}`;
    findings.push({ type: "Conflicted", status: "True", reason: "SamePriority", message });
  }
  const { generation } = policy.metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    vms: { matched, effective },
    conflicts: { total: rows.length, sample: rows.slice(0, 20) },
    conditions: withTimes(findings, { generation, previous: policy.status?.conditions ?? [], now: world.now }),
  };
}
