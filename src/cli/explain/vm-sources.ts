import {
  AGENT_ONLY,
  ableFor,
  agentObstacle,
  applianceObstacle,
  GROUPS,
  listOf,
  serviceFor,
  setOf,
} from "../../resolve/explain/index.ts";
import { inSentence } from "../output/words.ts";
import type { Detail, Step } from "./explanation.ts";
import { applianceDetail, applianceFacts, inChargeBecause } from "./of-host.ts";
import { conditionOf, namesAbout, type VmContext } from "./vm-context.ts";
import { capital, inOrder, labelText, listed } from "./words.ts";

/** All that the decision depends on, as far as the VM itself declares it (SPEC R13). */
export function askedStep(context: VmContext): Step {
  const { entry, world, managerVersion, about } = context;
  const namespace = world.policies.labelsOf(entry.namespace);
  const isOnlyName = Object.keys(namespace).length === 1;
  const own = GROUPS.flatMap(({ name }, group) => {
    const affinity = entry.affinity?.[group]?.affinity;
    return affinity === undefined ? [] : [[name, affinity] as const];
  });
  const details: Detail[] = [
    { text: `guest ${entry.guestOS}, ${entry.host === undefined ? "placed on no host" : `on host ${entry.host}`}` },
    { text: `agent ${agentText(context)}` },
    { text: `labels of the VM: ${labelText(entry.labels)}` },
    {
      text: `labels of namespace ${entry.namespace}: ${labelText(namespace)}${isOnlyName ? "; more only if the input has that Namespace" : ""}`,
    },
  ];
  if (own.length > 0)
    details.push({ text: `own affinity: ${own.map((pair) => pair.join(" ")).join(", ")}`, rule: "R5" });
  if (entry.optOut) details.push({ text: "applianceProtection: Disabled", rule: "R12" });
  return {
    step: "Asked",
    rule: "R13",
    question: "What is wanted?",
    answer: listed(listOf(about)),
    details,
    facts: {
      features: listOf(entry.wanted),
      guestOS: entry.guestOS,
      ...(entry.host !== undefined && { hostName: entry.host }),
      labels: inOrder(entry.labels),
      namespaceLabels: inOrder(namespace),
      agent: entry.agentState,
      ...(own.length > 0 && { affinity: Object.fromEntries(own) }),
      applianceProtection: entry.optOut ? "Disabled" : "Enabled",
      managerVersion,
    },
  };
}

function agentText({ entry }: VmContext): string {
  if (entry.agentState === "NotInstalled") return "not installed";
  const version = entry.agentVersion === undefined ? "no version given" : `version ${entry.agentVersion}`;
  return `${entry.agentState}, ${version}, modules: ${listed(listOf(entry.modules))}`;
}

/** SPEC R1. */
export function applianceStep({ world, entry, decision }: VmContext): Step {
  const { inCharge } = decision;
  const { appliances } = world.hosts.on(entry.host);
  const missing =
    entry.host === undefined ? "the VM is placed on no host" : `host ${entry.host} has no accepted appliance`;
  return {
    step: "ApplianceInCharge",
    rule: "R1",
    question: "Which appliance is in charge of its host?",
    answer: inCharge === undefined ? `None: ${missing}` : `${inCharge.name}: ${inChargeBecause(inCharge, appliances)}`,
    details: appliances.map((one) => applianceDetail(world, one, one === inCharge)),
    facts: {
      ...(entry.host !== undefined && { hostName: entry.host }),
      ...(inCharge !== undefined && { appliance: inCharge.name }),
      appliances: appliances.map((one) => applianceFacts(world, one, one === inCharge)),
    },
  };
}

/** SPEC R2, R12. */
export function sourcesStep(context: VmContext): Step {
  const { entry, decision } = context;
  const { appliance, agent } = decision.available;
  // Where the appliance is not available, no feature matters to the reason.
  const applianceWhy = appliance ? undefined : applianceObstacle(entry, decision, "AntiMalware");
  const agentWhy = agent ? undefined : agentObstacle(entry);
  const refused = conditionOf(context, "ApplianceOptOutRefused");
  const details: Detail[] = [
    {
      text: appliance
        ? `appliance ${decision.inCharge?.name}: available`
        : `appliance: not available, ${inSentence(applianceWhy ?? "")}`,
    },
    { text: agent ? "agent: available" : `agent: not available, ${inSentence(agentWhy ?? "")}` },
  ];
  if (refused !== undefined)
    details.push({ text: `applianceProtection: Disabled is refused: ${inSentence(refused.message)}`, rule: "R12" });
  else if (entry.optOut && !agent)
    details.push({
      text: "applianceProtection: Disabled takes the appliance away as long as the agent is not available",
      rule: "R12",
    });
  const both = [...(appliance ? ["the appliance"] : []), ...(agent ? ["the agent"] : [])];
  return {
    step: "Sources",
    rule: "R2",
    question: "Which sources are available?",
    answer: capital(listed(both, "neither the appliance nor the agent")),
    details,
    facts: {
      appliance: { available: appliance, ...(applianceWhy !== undefined && { message: applianceWhy }) },
      agent: { available: agent, ...(agentWhy !== undefined && { message: agentWhy }) },
      optOut: entry.optOut ? (refused === undefined ? "Accepted" : "Refused") : "None",
    },
  };
}

const MODES = {
  Combined: "both sources are available, and there is nothing to switch on",
  Agentless: "only the appliance is available",
  AgentBased: "only the agent is available",
  Unprotected: "no source is available",
} as const;

/** SPEC R3. */
export function modeStep({ decision }: VmContext): Step {
  return {
    step: "Mode",
    rule: "R3",
    question: "Which mode is that?",
    answer: `${decision.mode}: ${MODES[decision.mode]}`,
    details: [],
    facts: { mode: decision.mode },
  };
}

/** SPEC R4. */
export function abilityStep(context: VmContext): Step {
  const { entry, decision, about } = context;
  const { inCharge, available } = decision;
  const able = inCharge === undefined ? 0 : ableFor(inCharge, entry.guestOS);
  const rows = listOf(about).map((name) => {
    const bit = setOf([name]);
    if ((bit & AGENT_ONLY) !== 0) return { name, able: false, message: `No appliance can do ${name}` };
    if ((bit & able) !== 0) return { name, able: true, message: `The appliance has ${serviceFor(name)}` };
    // In a world in which it is available, only its services and the guest are left as reasons.
    const there = {
      ...decision,
      inCharge: inCharge && { ...inCharge, activated: true },
      available: { ...available, appliance: true },
    };
    return { name, able: false, message: applianceObstacle(entry, there, name) };
  });
  const can = listed(namesAbout(context, able), "nothing of what is wanted");
  const answer =
    inCharge === undefined
      ? "Nothing: there is none"
      : available.appliance
        ? `${inCharge.name}: ${can}`
        : `Nothing while it is not available; otherwise ${can}`;
  return {
    step: "Ability",
    rule: "R4",
    question: `What can the appliance do for this ${entry.guestOS} guest?`,
    answer,
    details:
      inCharge === undefined
        ? []
        : rows.map(({ name, able, message }) => ({ text: `${name}: ${able ? "yes" : "no"}, ${inSentence(message)}` })),
    facts: { available: available.appliance, features: rows },
  };
}
