import type { FeatureRow } from "../../api/kinds.ts";
import {
  AGENT_ONLY,
  FIRST_CONFIGURABLE,
  GROUPS,
  listOf,
  type PolicyEntry,
  type Role,
  roleOf,
} from "../../resolve/explain/index.ts";
import type { Detail, Step } from "./explanation.ts";
import type { VmContext } from "./vm-context.ts";
import { titleOf } from "./vm-policies.ts";
import { listed } from "./words.ts";

/** SPEC R5: one step a group of which the VM wants something (or over which policies disagree), and one for what has none. */
export function affinitySteps(context: VmContext): Step[] {
  const { decision, about, whole } = context;
  const groups = GROUPS.flatMap(({ features }, group) => {
    const isTied = (decision.affinities[group]?.rivals.length ?? 0) > 0;
    return (features & about) !== 0 || (whole && isTied) ? [groupStep(context, group)] : [];
  });
  const fixed = about & AGENT_ONLY;
  return fixed === 0 ? groups : [...groups, fixedStep(listOf(fixed))];
}

function fixedStep(features: readonly string[]): Step {
  return {
    step: "Affinity",
    rule: "R5",
    question: `What is the affinity of ${listed(features)}?`,
    answer: "AgentOnly by nature: no appliance can do it, and no field sets it",
    details: [],
    facts: { features, affinity: "AgentOnly", decidedBy: "Fixed" },
  };
}

function groupStep({ decision, entry, about }: VmContext, group: number): Step {
  const { name, features, default: byDefault } = GROUPS[group] ?? GROUPS[0];
  const decided = decision.affinities[group];
  const affinity = decided?.affinity ?? byDefault;
  const decidedBy = decided?.decidedBy ?? "Default";
  const own = entry.affinity?.[group]?.affinity;
  const policies = decision.selecting.map((policy) => ({ policy, role: roleOf(policy, group, decision) }));
  const details: Detail[] = [];
  if (own !== undefined) {
    const holds = decision.configurable
      ? "wins over every policy"
      : `is ignored below manager version ${FIRST_CONFIGURABLE}`;
    details.push({ text: `the VM itself says ${own}, which ${holds}` });
  }
  for (const { policy, role } of policies)
    details.push({ text: roleText(policy, role, { group, rivals: decided?.rivals ?? [], decider: decided?.policy }) });
  details.push({ text: `the default, ${byDefault}, ${decidedBy === "Default" ? "holds" : "is not asked"}` });
  const wanted = listOf(features & about);
  return {
    step: "Affinity",
    rule: "R5",
    question: `What is the affinity of ${name}${wanted.length === 0 ? ", of which the VM wants nothing" : ` (${listed(wanted)})`}?`,
    answer: `${affinity}, ${decidedByText(decidedBy)}`,
    details,
    facts: {
      group: name,
      features: wanted,
      affinity,
      decidedBy,
      default: byDefault,
      ...(own !== undefined && { own }),
      policies: policies.map(({ policy, role }) => {
        const says = policy.opinions[group]?.affinity;
        return { name: policy.name, priority: policy.priority, ...(says !== undefined && { affinity: says }), role };
      }),
      conflicts: (decided?.rivals ?? []).map((rival) => rival.name),
    },
  };
}

/** Who decided, for the end of a sentence. */
export function decidedByText(decidedBy: FeatureRow["decidedBy"]): string {
  switch (decidedBy) {
    case "VM":
      return "set by the VM itself";
    case "Default":
      return "the default";
    case "Fixed":
      return "by nature";
    default:
      return `set by policy ${decidedBy.slice(PREFIX.length)}`;
  }
}

/** Who decided what, as a reason. */
export function becauseOf({ affinity, decidedBy }: Pick<FeatureRow, "affinity" | "decidedBy">): string {
  switch (decidedBy) {
    case "VM":
      return `the VM itself sets ${affinity}`;
    case "Default":
      return `${affinity} is the default`;
    case "Fixed":
      return "only an agent can do it";
    default:
      return `policy ${decidedBy.slice(PREFIX.length)} sets ${affinity}`;
  }
}

const PREFIX = "Policy/";

interface Others {
  readonly group: number;
  readonly decider: PolicyEntry | undefined;
  readonly rivals: readonly PolicyEntry[];
}

function roleText(policy: PolicyEntry, role: Role, { group, decider, rivals }: Others): string {
  const title = titleOf(policy);
  const says = `${title} says ${policy.opinions[group]?.affinity}`;
  switch (role) {
    case "Decides":
      return rivals.length === 0
        ? `${says} and decides`
        : `${says} and decides, only by its name: at the same priority ${listed(rivals.map(({ name }) => name))} ${rivals.length === 1 ? "says" : "say"} otherwise (conflict)`;
    case "Rival":
      return `${says}: a conflict with ${decider?.name}, which has the same priority and is the first by name`;
    case "Agrees":
      return `${says}, as ${decider?.name} does, which is the first by name`;
    case "Shadowed":
      return `${says}: shadowed by ${decider?.name}, which has a higher priority`;
    case "Overruled":
      return `${says}: overruled by the VM itself`;
    case "Ignored":
      return `${says}: ignored below manager version ${FIRST_CONFIGURABLE}`;
    case "Silent":
      return `${title} says nothing about it`;
  }
}
