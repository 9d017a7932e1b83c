import type { Feature, FeatureRow, ProtectedVM } from "../../api/kinds.ts";
import { keyOf } from "../../api/object.ts";
import { FIRST_CONFIGURABLE, GROUPS, remediesFor, setOf } from "../../resolve/explain/index.ts";
import { vmStatus } from "../../resolve/index.ts";
import { inSentence } from "../output/words.ts";
import type { Resolved } from "../statuses.ts";
import { type Explanation, NO_TIME } from "./explanation.ts";
import { affinitySteps, becauseOf } from "./vm-affinity.ts";
import { conditionOf, rowsAbout, type VmContext } from "./vm-context.ts";
import { deliveryStep, healthStep, licenceStep } from "./vm-duties.ts";
import { featureSteps, remedyText } from "./vm-features.ts";
import { forecastSteps } from "./vm-outlook.ts";
import { selectionStep } from "./vm-policies.ts";
import { abilityStep, applianceStep, askedStep, modeStep, sourcesStep } from "./vm-sources.ts";
import { listed } from "./words.ts";

export interface VmQuestion {
  readonly vm: ProtectedVM;
  readonly managerVersion: string;
  /** Only what concerns this one. */
  readonly feature?: Feature | undefined;
  /** Tell every policy, however many do not select the VM. */
  readonly all?: boolean;
}

/** Why a VM is protected as it is. */
export function explainVm(
  { world, decisions }: Resolved,
  { vm, managerVersion, feature, all = false }: VmQuestion,
): Explanation {
  const decided = decisions.get(keyOf(vm));
  if (decided === undefined) throw new Error(`no decision on ${keyOf(vm)}`);
  const { entry, decision } = decided;
  const context: VmContext = {
    world,
    managerVersion,
    entry,
    decision,
    status: vmStatus(vm, decided, NO_TIME),
    about: feature === undefined ? entry.wanted : entry.wanted & setOf([feature]),
    whole: feature === undefined,
    all,
  };
  const { name, namespace = "" } = vm.metadata;
  const subject = { kind: "ProtectedVM", namespace, name } as const;
  if (context.about === 0) {
    const asked = { ...askedStep(context), answer: listed(vm.spec.features) };
    return {
      subject,
      managerVersion,
      verdict: [`${feature} is not wanted: nobody is to protect it.`],
      hints: [`Add ${feature} to spec.features.`],
      steps: [asked],
    };
  }
  return {
    subject,
    managerVersion,
    verdict: verdictOf(context),
    hints: hintsOf(context),
    steps: [
      askedStep(context),
      applianceStep(context),
      sourcesStep(context),
      modeStep(context),
      abilityStep(context),
      selectionStep(context),
      ...affinitySteps(context),
      ...featureSteps(context),
      deliveryStep(context),
      licenceStep(context),
      healthStep(context),
      ...forecastSteps(context),
    ],
  };
}

/** A sentence for the features that fare alike. */
function verdictOf(context: VmContext): string[] {
  const alike = new Map<string, string[]>();
  for (const row of rowsAbout(context)) {
    const sentence = sentenceOf(context, row);
    alike.set(sentence, [...(alike.get(sentence) ?? []), row.name]);
  }
  const { mode, coverage = "" } = context.status;
  const whole = context.whole ? [`${mode} mode, ${coverage.replace("/", " of ")} features are active.`] : [];
  return [...whole, ...[...alike].map(([sentence, names]) => `${listed(names)}: ${sentence}.`)];
}

function sentenceOf({ decision }: VmContext, row: FeatureRow): string {
  const { source, state } = row;
  const who = source === "Agent" ? "the agent" : `appliance ${decision.inCharge?.name}`;
  const what =
    source === "None" ? "not protected" : `${state === "Active" ? "protected" : "to be protected"} by ${who}`;
  return `${what}${whyOf(row)}${state === "InstallPending" ? "; not yet, as its module is not installed" : ""}`;
}

function whyOf(row: FeatureRow): string {
  const { reason, message } = row;
  switch (reason) {
    case "Preferred":
      return `, because ${becauseOf(row)}`;
    case "Fallback":
      return ` as a fallback: ${becauseOf(row)}, but ${inSentence(message)}`;
    case "NoFallback":
      return `: ${becauseOf(row)}${row.decidedBy === "Fixed" ? "" : ", which allows no fallback"}, and ${inSentence(message)}`;
    case "NoSource":
      return `: ${inSentence(message)}`;
  }
}

/** What would change it, where the rules say what; each by itself. */
function hintsOf(context: VmContext): string[] {
  const { entry, decision } = context;
  const hints = new Map<string, string[]>();
  const add = (hint: string, feature: string) => hints.set(hint, [...(hints.get(hint) ?? []), feature]);
  for (const { name } of rowsAbout(context)) {
    for (const remedy of remediesFor(entry, decision, name)) add(remedyText(remedy, entry), name);
  }
  const lines = [...hints].map(([hint, names]) => `To protect ${listed(names)}: ${hint}.`);
  if (rowsAbout(context).some(({ state }) => state === "InstallPending")) {
    const names = rowsAbout(context).flatMap(({ name, state }) => (state === "InstallPending" ? [name] : []));
    const avoid = decision.fallbackInstalls & context.about;
    lines.push(
      `To finish: install ${listed(names)} on the agent.${avoid === 0 ? "" : " ApplianceOnly would avoid an install after a fallback, and leave the feature unprotected meanwhile."}`,
    );
  }
  const refused = conditionOf(context, "ApplianceOptOutRefused");
  if (refused !== undefined) lines.push(`${refused.message}.`);
  const isTied = GROUPS.some(
    ({ features }, group) =>
      (context.whole || (features & context.about) !== 0) && (decision.affinities[group]?.rivals.length ?? 0) > 0,
  );
  if (isTied) {
    lines.push("To end the conflict: give one of the policies another priority; the name decides until then.");
  }
  if (conditionOf(context, "AffinityIgnored") !== undefined) {
    lines.push(`To have a say in affinities: manager version ${FIRST_CONFIGURABLE} or later is needed.`);
  }
  return lines;
}
