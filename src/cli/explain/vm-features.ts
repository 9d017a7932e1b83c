import type { FeatureRow } from "../../api/kinds.ts";
import {
  AGENT_ONLY,
  agentObstacle,
  applianceObstacle,
  FIRST_SUPPORTED,
  type Remedy,
  remediesFor,
  setOf,
} from "../../resolve/explain/index.ts";
import type { VmEntry } from "../../resolve/index.ts";
import { inSentence } from "../output/words.ts";
import type { Detail, Step } from "./explanation.ts";
import { decidedByText } from "./vm-affinity.ts";
import { rowsAbout, type VmContext } from "./vm-context.ts";

/** SPEC R6: a step a wanted feature. */
export function featureSteps(context: VmContext): Step[] {
  return rowsAbout(context).map((row) => featureStep(context, row));
}

function featureStep(context: VmContext, row: FeatureRow): Step {
  const { entry, decision } = context;
  const bit = setOf([row.name]);
  const able = (decision.available.able & bit) !== 0;
  const { agent } = decision.available;
  const remedies = remediesFor(entry, decision, row.name);
  const appliance = able
    ? `the appliance could do it`
    : `the appliance could not: ${(bit & AGENT_ONLY) === 0 ? inSentence(applianceObstacle(entry, decision, row.name)) : "no appliance can do it"}`;
  const details: Detail[] = [
    { text: `affinity ${row.affinity}, ${decidedByText(row.decidedBy)}`, rule: "R5" },
    { text: appliance, rule: able || decision.available.appliance || (bit & AGENT_ONLY) !== 0 ? "R4" : "R2" },
    { text: agent ? "the agent could do it" : `the agent could not: ${inSentence(agentObstacle(entry))}`, rule: "R2" },
  ];
  if (row.state === "InstallPending")
    details.push({ text: `module ${row.name} is not installed on the agent yet`, rule: "R8" });
  const { lastTransitionTime: _, ...facts } = row;
  return {
    step: "Feature",
    rule: "R6",
    question: `Who protects ${row.name}?`,
    answer: `${answerOf(context, row)} (${row.reason}, ${row.state})`,
    details,
    facts: { ...facts, able, agentAvailable: agent, remedies },
  };
}

function answerOf({ decision }: VmContext, { source, message }: FeatureRow): string {
  const because = message === "" ? "" : `: ${inSentence(message)}`;
  if (source === "None") return `Nobody${because}`;
  return `${source === "Agent" ? "The agent" : `Appliance ${decision.inCharge?.name}`}${because}`;
}

/** What to do, for a feature that has no source. */
export function remedyText(remedy: Remedy, { agentState }: VmEntry): string {
  switch (remedy.type) {
    case "ActivateAgent":
      if (agentState === "Activated") return `upgrade the agent to version ${FIRST_SUPPORTED} or later`;
      if (agentState === "Deactivated") return "activate the agent";
      return "install an agent with the modules, and activate it";
    case "ActivateAppliance":
      return `activate appliance ${remedy.appliance}`;
    case "EnableApplianceProtection":
      return "set spec.applianceProtection to Enabled";
    case "SetAffinity":
      return `set ${remedy.group} to ${remedy.affinity}, in spec.affinity of the VM or in the policy that decides`;
  }
}
