import type { Feature, Forecast, Source } from "../../api/kinds.ts";
import { reasonFor, setOf } from "../../resolve/explain/index.ts";
import type { Detail, Step } from "./explanation.ts";
import { rowsAbout, type VmContext } from "./vm-context.ts";
import { capital, listed } from "./words.ts";

/** SPEC R9: what would happen if a source went away. */
export function forecastSteps(context: VmContext): Step[] {
  return [forecastStep(context, "Appliance"), forecastStep(context, "Agent")];
}

function forecastStep(context: VmContext, source: "Appliance" | "Agent"): Step {
  const { world, entry, decision, status, about } = context;
  const { inCharge, available } = decision;
  const named =
    source === "Appliance" && inCharge !== undefined ? `appliance ${inCharge.name}` : `the ${source.toLowerCase()}`;
  const step = { step: "Forecast", rule: "R9", question: `What if ${named} were deactivated?` } as const;
  const whole: Partial<NonNullable<Forecast["applianceDeactivated"]>> | undefined =
    source === "Appliance" ? status.forecast?.applianceDeactivated : status.forecast?.agentDeactivated;
  if (whole === undefined) {
    return {
      ...step,
      answer: "It is not available now: nothing would change",
      details: [],
      facts: { source, available: false },
    };
  }
  const of = (names: readonly Feature[] | undefined) => (names ?? []).filter((name) => (setOf([name]) & about) !== 0);
  const [moves, losses] = [of(whole.moves), of(whole.losses)];
  const installs = of(whole.installs);
  const other = source === "Appliance" ? "the agent" : `appliance ${inCharge?.name}`;
  const parts = [
    ...(moves.length > 0 ? [`${listed(moves)} would move to ${other}`] : []),
    ...(installs.length > 0 ? [`${listed(installs)} would have to be installed first`] : []),
    ...(losses.length > 0 ? [`${listed(losses)} would be lost`] : []),
  ];
  const details: Detail[] = rowsAbout(context).map(({ name, affinity, source: now }) => {
    if (losses.includes(name)) {
      const why =
        reasonFor(affinity, "None") === "NoFallback"
          ? `${affinity} allows no other source`
          : "no other source could do it";
      return { text: `${name}: lost, ${why}` };
    }
    if (moves.includes(name))
      return {
        text: `${name}: moves to ${other}${installs.includes(name) ? ", and its module must be installed first" : ""}`,
      };
    return { text: `${name}: ${unchanged(now, source)}` };
  });
  const { successor } = world.hosts.on(entry.host);
  const takesOver = source === "Appliance" && successor !== undefined ? successor.name : undefined;
  if (takesOver !== undefined)
    details.unshift({ text: `${takesOver} of the same host would be in charge then`, rule: "R1" });
  if (source === "Agent" && entry.optOut && available.appliance) {
    details.unshift({ text: "applianceProtection: Disabled would then take the appliance away, too", rule: "R12" });
  }
  return {
    ...step,
    answer: parts.length === 0 ? "Nothing would move or be lost" : capital(parts.join("; ")),
    details: parts.length === 0 ? details.filter(({ rule }) => rule !== undefined) : details,
    facts: {
      source,
      available: true,
      moves,
      losses,
      ...(source === "Appliance" && { installs }),
      ...(takesOver !== undefined && { successor: takesOver }),
    },
  };
}

function unchanged(now: Source, deactivated: Source): string {
  if (now === "None") return "protected by nobody, then as now";
  if (now === deactivated) return "then by the other appliance";
  return `stays with the ${now.toLowerCase()}`;
}
