import type { PolicyEntry } from "../../resolve/explain/index.ts";
import { type Failure, FIRST_CONFIGURABLE, failuresOf, GROUPS, requirementText } from "../../resolve/explain/index.ts";
import type { Detail, Step } from "./explanation.ts";
import type { VmContext } from "./vm-context.ts";
import { shown } from "./words.ts";

/** So many policies that do not select a VM are told one by one, unless `--all`. */
const TOLD = 20;

/** SPEC R5: which policies select the VM, and which requirement keeps each of the others from it. */
export function selectionStep(context: VmContext): Step {
  const { world, entry, decision, all } = context;
  const policies = world.policies.all();
  const selecting = new Set(decision.selecting);
  const others = policies.filter((policy) => !selecting.has(policy));
  const told = all ? others : others.slice(0, TOLD);
  const rest = others.length - told.length;
  const reasons = told.map((policy) => ({ policy, failures: failuresOf(world, policy, entry) }));
  const details: Detail[] = [
    ...decision.selecting.map((policy) => ({ text: `${titleOf(policy)} selects it: ${saysOf(policy)}` })),
    ...reasons.map(({ policy, failures }) => notSelecting(policy, failures, entry.namespace)),
  ];
  if (rest > 0) details.push({ text: `${rest} more do not select it; --all lists them` });
  if (!decision.configurable) {
    details.push({
      text: `below manager version ${FIRST_CONFIGURABLE} no policy has a say: the defaults hold for everyone`,
    });
  }
  return {
    step: "Policies",
    rule: "R5",
    question: "Which policies select it?",
    answer:
      policies.length === 0
        ? "None: there is no policy"
        : `${selecting.size === 0 ? "None" : selecting.size} of ${policies.length}`,
    details,
    facts: {
      total: policies.length,
      selecting: decision.selecting.map(({ name, priority }) => ({ name, priority })),
      notSelecting: reasons.map(({ policy, failures }) => ({
        name: policy.name,
        priority: policy.priority,
        ...(policy.problem !== undefined && { problem: policy.problem }),
        failures: failures.map((failure) => ({
          selector: failure.selector,
          requirement: requirementText(failure.requirement),
          key: failure.requirement.key,
          operator: failure.requirement.operator,
          ...("values" in failure.requirement && { values: failure.requirement.values }),
          ...(failure.found !== undefined && { found: failure.found }),
        })),
      })),
      notTold: rest,
    },
  };
}

export function titleOf({ name, priority }: PolicyEntry): string {
  return `${name} (priority ${priority})`;
}

/** What a policy sets: `antiMalware AgentOnly, network AgentPreferred`. */
export function saysOf({ opinions }: PolicyEntry): string {
  const said = GROUPS.flatMap(({ name }, group) => {
    const affinity = opinions[group]?.affinity;
    return affinity === undefined ? [] : [`${name} ${affinity}`];
  });
  return said.length === 0 ? "sets no affinity" : said.join(", ");
}

function notSelecting(policy: PolicyEntry, failures: readonly Failure[], namespace: string): Detail {
  const title = `${titleOf(policy)} does not`;
  if (policy.problem !== undefined)
    return { text: `${title}: its selector is invalid and selects nothing; ${policy.problem}` };
  return { text: `${title}: ${failures.map((failure) => failureText(failure, namespace)).join("; ")}` };
}

/** Which key failed, and what would have been right: `tier is web, the policy wants pci`. */
function failureText({ selector, requirement, found }: Failure, namespace: string): string {
  const { key } = requirement;
  const owner = selector === "vmSelector" ? "the VM" : `namespace ${namespace}`;
  const label = selector === "vmSelector" ? key : `${key} of namespace ${namespace}`;
  if (found === undefined) {
    const wanted = requirement.operator === "In" ? `, the policy wants ${valuesText(requirement.values)}` : "";
    return `${owner} has no label ${key}${wanted}`;
  }
  const is = `${label} is ${shown(found)}`;
  switch (requirement.operator) {
    case "In":
      return `${is}, the policy wants ${valuesText(requirement.values)}`;
    case "NotIn":
      return `${is}, the policy wants anything but ${valuesText(requirement.values)}`;
    case "DoesNotExist":
    case "Exists":
      return `${is}, the policy wants no such label`;
  }
}

function valuesText(values: readonly string[]): string {
  return values.map(shown).join(" or ");
}
