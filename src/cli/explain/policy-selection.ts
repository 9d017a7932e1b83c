import { type Failure, funnelOf, requirementText, type Stage, valuesFor } from "../../resolve/explain/index.ts";
import { inSentence } from "../output/words.ts";
import type { Detail, Step } from "./explanation.ts";
import type { PolicyContext } from "./policy.ts";
import { namespacesText, perNamespace, SAMPLE, sample } from "./samples.ts";
import { counted, listed, shown } from "./words.ts";

/** SPEC R5: whom a policy selects, and how each of its requirements narrows the estate. */
export function selectsStep({ world, entry, selected }: PolicyContext): Step {
  const stages = funnelOf(world, entry);
  const keys = selected.map(({ entry: vm }) => vm.key);
  const namespaces = perNamespace(selected.map(({ entry: vm }) => vm.namespace));
  const details: Detail[] = [];
  if (entry.problem === undefined) {
    details.push({
      text:
        stages.length === 0
          ? "it requires nothing: every VM is selected"
          : `its requirements, one after another, of ${counted(world.vms.size, "VM")}`,
      details: stages.map((stage, index) => ({
        text: stageText(stage, stages[index - 1]?.left ?? world.vms.size),
        ...(stage.alone === 0 && world.vms.size > 0 && { details: [{ text: insteadOf(stage, world) }] }),
      })),
    });
  }
  if (keys.length > 0) {
    details.push({ text: namespacesText(namespaces) });
    details.push({ text: `for example ${sample(keys)}` });
  }
  return {
    step: "Selects",
    rule: "R5",
    question: "Whom does it select?",
    answer: answerOf(
      keys.length,
      entry.problem,
      stages.find(({ left }) => left === 0),
    ),
    details,
    facts: {
      matched: keys.length,
      of: world.vms.size,
      namespaces,
      sample: keys.slice(0, SAMPLE),
      funnel: stages.map(({ selector, requirement, alone, left }) => ({
        selector,
        requirement: requirementText(requirement),
        alone,
        left,
      })),
    },
  };
}

function answerOf(matched: number, problem: string | undefined, empty: Stage | undefined): string {
  if (problem !== undefined) return `Nobody: its selector is invalid; ${inSentence(problem)}`;
  if (matched > 0) return counted(matched, "VM");
  if (empty === undefined) return "Nobody: there is no VM";
  if (empty.alone === 0) return `Nobody: no VM meets ${stageName(empty)}`;
  return `Nobody: no VM that meets what comes before meets ${stageName(empty)}`;
}

function stageName({ selector, requirement }: Pick<Failure, "selector" | "requirement">): string {
  return `${requirementText(requirement)} (${selector})`;
}

function stageText(stage: Stage, before: number): string {
  const alone = stage.alone === stage.left ? "" : `; by itself it is met by ${stage.alone}`;
  return `${stageName(stage)}: ${stage.left} of ${before} left${alone}`;
}

const VALUES = 5;

/** For a requirement that nobody meets: what there is instead. */
function insteadOf(stage: Stage, world: PolicyContext["world"]): string {
  const { key } = stage.requirement;
  const values = valuesFor(world, stage);
  if (values.length === 0) return `no ${stage.selector === "vmSelector" ? "VM" : "VM's namespace"} has a label ${key}`;
  const rest = values.length - VALUES;
  const told = values.slice(0, VALUES).map(([value, vms]) => `${shown(value)} (${counted(vms, "VM")})`);
  return `values of ${key} that there are: ${rest > 0 ? `${told.join(", ")} and ${rest} more` : listed(told)}`;
}
