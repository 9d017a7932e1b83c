import type { Appliance } from "../../api/kinds.ts";
import {
  AGENT_ONLY,
  type ApplianceEntry,
  ableFor,
  applianceAcceptance,
  FIRST_SUPPORTED,
  listOf,
  setOf,
} from "../../resolve/explain/index.ts";
import type { Decided } from "../../resolve/index.ts";
import { applianceStatus, FEATURES, type World } from "../../resolve/index.ts";
import { inSentence } from "../output/words.ts";
import type { Resolved } from "../statuses.ts";
import { deactivationStep, licencesStep } from "./appliance-outlook.ts";
import { type Explanation, NO_TIME, type Step } from "./explanation.ts";
import { applianceDetail, applianceFacts, inChargeBecause } from "./of-host.ts";
import { namespacesText, perNamespace, SAMPLE, sample } from "./samples.ts";
import { counted, listed, small } from "./words.ts";

/** An appliance of a resolved estate, and the VMs of its host, in order of their keys. */
export interface ApplianceContext {
  readonly world: World;
  readonly entry: ApplianceEntry;
  readonly spec: Appliance["spec"];
  readonly inCharge: boolean;
  readonly placed: readonly Decided[];
  readonly status: ReturnType<typeof applianceStatus>;
}

/** What an appliance does for its host, and what its deactivation would do. */
export function explainAppliance(
  { world, tally, decisions }: Resolved,
  { appliance, managerVersion }: { appliance: Appliance; managerVersion: string },
): Explanation {
  const { name } = appliance.metadata;
  const entry = world.hosts.get(name);
  if (entry === undefined) throw new Error(`no appliance ${name} in the world`);
  const placed = [...world.vms.on(entry.host)]
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .flatMap(({ key }) => decisions.get(key) ?? []);
  const inCharge = world.hosts.on(entry.host).inCharge === entry;
  const status = applianceStatus(world, { appliance, counts: tally.appliance(name) }, NO_TIME);
  const context: ApplianceContext = { world, entry, spec: appliance.spec, inCharge, placed, status };
  const deactivation = deactivationStep(context);
  return {
    subject: { kind: "Appliance", name },
    managerVersion,
    verdict: verdictOf(context, deactivation.answer),
    hints: hintsOf(context),
    steps: [
      inChargeStep(context),
      canDoStep(context),
      placedStep(context),
      protectsStep(context),
      deactivation,
      licencesStep(context),
    ],
  };
}

function verdictOf({ world, entry, inCharge, status }: ApplianceContext, deactivation: string): string[] {
  const { status: accepted, reason, message } = applianceAcceptance(world, entry.name);
  const role = inCharge ? `in charge of host ${entry.host}` : `not in charge of host ${entry.host}`;
  const state = entry.activated ? "Activated" : "Deactivated";
  return [
    accepted === "True" ? `Accepted, ${state}, ${role}.` : `Not accepted (${reason}): ${inSentence(message)}.`,
    `It protects ${counted(status.protects ?? 0, "feature")} of the ${counted(status.vms ?? 0, "VM")} on its host.`,
    ...(entry.activated && inCharge ? [`If it were deactivated: ${small(deactivation)}.`] : []),
  ];
}

function hintsOf({ world, entry, inCharge }: ApplianceContext): string[] {
  const { reason } = applianceAcceptance(world, entry.name);
  const first = world.hosts.on(entry.host).inCharge?.name;
  if (reason === "HostConflict")
    return [
      `Deactivate ${entry.name}, or ${first} if ${entry.name} is to be in charge: one Activated appliance a host.`,
    ];
  if (reason === "UnsupportedVersion") return [`Upgrade it to version ${FIRST_SUPPORTED} or later.`];
  if (inCharge && !entry.activated) return ["Activate it, and it protects what its VMs want of it."];
  return [];
}

/** SPEC R1. */
function inChargeStep({ world, entry, inCharge }: ApplianceContext): Step {
  const { appliances, inCharge: first } = world.hosts.on(entry.host);
  const why = inChargeBecause(first ?? entry, appliances);
  return {
    step: "ApplianceInCharge",
    rule: "R1",
    question: `Is it in charge of host ${entry.host}?`,
    answer: inCharge
      ? `Yes: ${why}`
      : first === undefined
        ? "No, and nobody is: no appliance there counts"
        : `No, ${first.name} is: ${why}`,
    details: appliances.map((one) => applianceDetail(world, one, one === first)),
    facts: {
      hostName: entry.host,
      inCharge,
      appliances: appliances.map((one) => applianceFacts(world, one, one === first)),
    },
  };
}

/** SPEC R4. */
function canDoStep({ entry }: ApplianceContext): Step {
  const [windows, others] = [listOf(ableFor(entry, "Windows")), listOf(ableFor(entry, "Linux"))];
  const services = entry.services ?? ["GuestIntrospection", "NetworkIntrospection"];
  return {
    step: "Ability",
    rule: "R4",
    question: "What can it do?",
    answer: `With ${listed(services, "no service of the platform")}: ${listed(windows, "nothing")} on Windows`,
    details: [
      { text: `on Windows guests: ${listed(windows, "nothing")}` },
      { text: `on Linux and other guests: ${listed(others, "nothing")}` },
      { text: `never: ${listed(listOf(AGENT_ONLY))}` },
    ],
    facts: { services, windows, others },
  };
}

/** SPEC R3. */
function placedStep({ placed }: ApplianceContext): Step {
  const modes = ["Combined", "Agentless", "AgentBased", "Unprotected"] as const;
  const counts = modes.map((mode) => ({ mode, vms: placed.filter(({ decision }) => decision.mode === mode).length }));
  const namespaces = perNamespace(placed.map(({ entry }) => entry.namespace));
  const keys = placed.map(({ entry }) => entry.key);
  return {
    step: "VMs",
    rule: "R3",
    question: "Which VMs are on its host?",
    answer:
      placed.length === 0
        ? "None"
        : `${placed.length}: ${counts
            .filter(({ vms }) => vms > 0)
            .map(({ mode, vms }) => `${vms} ${mode}`)
            .join(", ")}`,
    details: placed.length === 0 ? [] : [{ text: namespacesText(namespaces) }, { text: `for example ${sample(keys)}` }],
    facts: { vms: placed.length, modes: counts, namespaces, sample: keys.slice(0, SAMPLE) },
  };
}

/** SPEC R6: of what the VMs of its host want, what it protects, and who else does. */
function protectsStep({ placed, inCharge, status }: ApplianceContext): Step {
  const rows = FEATURES.flatMap((name) => {
    const bit = setOf([name]);
    const wanting = placed.filter(({ entry }) => (entry.wanted & bit) !== 0);
    if (wanting.length === 0) return [];
    const appliance = wanting.filter(({ decision }) => (decision.split.appliance & bit) !== 0).length;
    const agent = wanting.filter(({ decision }) => (decision.split.agent & bit) !== 0).length;
    return [{ name, wanted: wanting.length, appliance, agent, nobody: wanting.length - appliance - agent }];
  });
  return {
    step: "Protects",
    rule: "R6",
    question: "What does it protect?",
    answer:
      (status.features ?? []).length === 0
        ? "Nothing"
        : (status.features ?? []).map(({ name, vms }) => `${name} of ${counted(vms, "VM")}`).join(", "),
    details: rows.map(({ name, wanted, appliance, agent, nobody }) => ({
      text: `${name}, wanted by ${wanted}: the appliance in charge ${appliance}, the agent ${agent}, nobody ${nobody}`,
    })),
    facts: {
      protects: status.protects ?? 0,
      features: rows.map((row) => ({ ...row, own: inCharge ? row.appliance : 0 })),
    },
  };
}
