import type { Feature } from "../../api/kinds.ts";
import { type FeatureSet, listOf, setOf, sizeOf } from "../../resolve/explain/index.ts";
import { FEATURES } from "../../resolve/index.ts";
import type { ApplianceContext } from "./appliance.ts";
import type { Detail, Step } from "./explanation.ts";
import { sample } from "./samples.ts";
import { capital, counted, listed } from "./words.ts";

const CHANGES = ["moves", "installs", "losses"] as const;

/** SPEC R9: the sum of the forecasts of its VMs, by feature. */
export function deactivationStep({ world, entry, inCharge, placed, status }: ApplianceContext): Step {
  const step = { step: "Deactivation", rule: "R9", question: "What if it were deactivated?" } as const;
  const impact = status.impact ?? { vms: 0, moves: 0, installs: 0, losses: 0 };
  if (!entry.activated || !inCharge) {
    const answer = entry.activated ? "Nothing: it protects nothing" : "It is deactivated already";
    return { ...step, answer, details: [], facts: { ...impact, features: [] } };
  }
  const { successor } = world.hosts.on(entry.host);
  const losing = (set: keyof typeof COUNTED, bit: FeatureSet) =>
    placed.filter(({ decision }) => ((decision.applianceDeactivated?.[set] ?? 0) & bit) !== 0).length;
  const features = FEATURES.map((name) => {
    const bit = setOf([name]);
    return { name, moves: losing("moves", bit), installs: losing("installs", bit), losses: losing("losses", bit) };
  }).filter(({ moves, installs, losses }) => moves + installs + losses > 0);
  const parts = CHANGES.flatMap((change) => (impact[change] === 0 ? [] : [COUNTED[change](impact[change])]));
  const lost = placed.filter(({ decision }) => (decision.applianceDeactivated?.losses ?? 0) !== 0);
  const details: Detail[] = features.map(({ name, moves, installs, losses }) => ({
    text: `${name}: ${listed([...(moves > 0 ? [`${moves} would move${installs > 0 ? ` (${installs} to be installed)` : ""}`] : []), ...(losses > 0 ? [`${losses} would be lost`] : [])])}`,
  }));
  if (lost.length > 0) details.push({ text: `losing something: ${sample(lost.map(({ entry }) => `${entry.key}`))}` });
  if (successor !== undefined)
    details.unshift({ text: `${successor.name} of the same host would be in charge then`, rule: "R1" });
  return {
    ...step,
    answer:
      parts.length === 0
        ? "Nobody's protection would move or be lost"
        : `${capital(listed(parts))}, for ${counted(impact.vms, "VM")} in all`,
    details,
    facts: { ...impact, ...(successor !== undefined && { successor: successor.name }), features },
  };
}

const COUNTED = {
  moves: (count: number) => `${counted(count, "feature")} would move to the agent`,
  installs: (count: number) => `${counted(count, "module")} would have to be installed first`,
  losses: (count: number) => `${counted(count, "feature")} would be lost`,
};

/** SPEC R10. */
export function licencesStep({ entry, spec, inCharge, placed }: ApplianceContext): Step {
  const licence = spec.license ?? undefined;
  const covered = listOf(entry.licensedToAgents);
  const unlicensed = inCharge ? placed.filter(({ decision }) => (decision.unlicensed ?? 0) !== 0) : [];
  const missing = unlicensed.reduce((sum, { decision }) => sum + sizeOf(decision.unlicensed ?? 0), 0);
  const features: Feature[] = listOf(setOf(licence?.features));
  return {
    step: "Licence",
    rule: "R10",
    question: "What does its licence cover?",
    answer:
      licence === undefined
        ? "It declares none"
        : `${licence.metric}, ${listed(features)}; of agents ${covered.length === 0 ? "nothing" : listed(covered)}`,
    details: [
      ...(licence === undefined
        ? []
        : [{ text: "of agents a PerCPU licence covers the network features that it includes, any other nothing" }]),
      ...(missing > 0
        ? [
            {
              text: `agents of ${sample(unlicensed.map(({ entry }) => entry.key))} protect without a licence: ${counted(missing, "feature")}`,
            },
          ]
        : []),
    ],
    facts: {
      declared: licence !== undefined,
      ...(licence !== undefined && { metric: licence.metric, features }),
      coversOfAgents: covered,
      unlicensed: { vms: unlicensed.length, features: missing },
    },
  };
}
