import type { Change } from "../../resolve/explain/consequences.ts";
import type { Style } from "../output/style.ts";
import { plural } from "../output/words.ts";
import type { Impact, NamedRole } from "./answer.ts";
import type { LossReason } from "./sums.ts";

/** What is asked, as a condition: without a full stop. */
export function condition(impact: Impact): string {
  const { scenario, of, names, appliances, target, rolling } = impact;
  const one = of === "Host" ? "host" : "appliance";
  const named = names.length === 1 ? `${one} ${names[0]}` : `${names.length} ${one}s`;
  if (scenario === "Evacuation") return `If the VMs of ${named} move to host ${target?.host}`;
  const several = names.length > 1;
  if (scenario === "Rolling" && several) {
    const { batch = 1, steps = [] } = rolling ?? {};
    const batches = `in ${plural(steps.length, "batch", "batches")} of at most ${batch}`;
    const down = of === "Host" ? `all appliances of ${named}` : named;
    const how = batch > 1 ? batches : of === "Host" ? "one host after the other" : "one after the other";
    return `If ${down} are deactivated ${how}, each activated again before the next`;
  }
  if (of === "Host") {
    return `If all appliances of ${named} are deactivated at the same time, the VMs staying where they are`;
  }
  const down = several ? `${named} are` : `${named} of host ${appliances[0]?.host} is`;
  return `If ${down} deactivated${several ? " at the same time" : ""}`;
}

/** The sums, a line each. */
export function facts(impact: Impact): { label: string; text: string; style: Style }[] {
  const { losses, moves, installs, takeovers, gains } = impact;
  const lines: { label: string; text: string; style: Style }[] = [];
  const line = (label: string, style: Style, text: string) => lines.push({ label, text, style });
  if (losses > 0) line("lost", "red", `${features(impact, "Loss")}: protected now, and by nothing then`);
  else line("lost", "green", "nothing");
  if (moves > 0) {
    const first = installs === 0 ? "nothing to install" : `${plural(installs, "module")} to install first`;
    line("moved", installs > 0 ? "yellow" : "cyan", `${features(impact, "Move")} ${direction(impact)}, ${first}`);
  }
  if (takeovers > 0) {
    line("taken over", "cyan", `${features(impact, "Takeover")} by another appliance, nothing to install`);
  }
  if (gains > 0) line("gained", "green", `${features(impact, "Gain")}: protected by nothing now, and then they are`);
  return lines;
}

/** Where moves go: an appliance with more services, or another host, can also take from the agent. */
function direction({ vmImpacts }: Impact): string {
  const moves = vmImpacts.flatMap(({ features }) => features.filter(({ change }) => change === "Move"));
  const targets = new Set(moves.map(({ to }) => to));
  if (targets.size > 1) return "between appliance and agent";
  return targets.has("Agent") ? "from the appliance to the agent" : "from the agent to the appliance";
}

function features({ vmImpacts }: Impact, change: Change): string {
  let [count, vms] = [0, 0];
  for (const { features } of vmImpacts) {
    const these = features.reduce((sum, one) => sum + (one.change === change ? 1 : 0), 0);
    count += these;
    if (these > 0) vms++;
  }
  return `${plural(count, "feature")} of ${plural(vms, "VM")}`;
}

/** Where nothing happens, or another appliance takes over, and why. */
export function notes(impact: Impact): string[] {
  const { scenario, of, appliances, names, sharing } = impact;
  if (scenario === "Evacuation") return [arrival(impact)];
  const withOne = new Set(appliances.map(({ host }) => host));
  const bare = of === "Host" ? names.filter((name) => !withOne.has(name)) : [];
  // Whoever goes down at the same time neither takes over nor stays in charge.
  const down = new Set(scenario === "AtOnce" || of === "Host" ? appliances.map(({ name }) => name) : []);
  const paired = appliances.filter(({ other }) => other !== undefined && !down.has(other));
  const inState = (wanted: NamedRole["state"]) => appliances.filter(({ state }) => state === wanted);
  return [
    ...limited(bare, (name) => `host ${name} has no appliance: nothing happens`),
    ...limited(inState("Deactivated"), ({ name }) => `${name} is deactivated already: nothing happens`),
    ...limited(inState("UnsupportedVersion"), ({ name }) => `${name} is below 9.6 and does not count: nothing happens`),
    ...limited(paired, ({ state, name, host, other }) =>
      state === "InCharge"
        ? `on host ${host} ${other} takes over what it can from ${name}`
        : `${name} is not in charge of host ${host}, ${other} is: nothing happens`,
    ),
    ...limited(
      sharing,
      ({ host, appliances, together, apart }) =>
        `on host ${host} ${appliances.join(" and ")} lose ${together} together, and ${apart} one after the other`,
    ),
  ];
}

/** Of one sort of notes. */
const NOTES = 3;

function limited<T>(all: readonly T[], say: (one: T) => string): string[] {
  const more = all.length - NOTES;
  return [...all.slice(0, NOTES).map(say), ...(more > 0 ? [`… and ${more} more like that (-o json)`] : [])];
}

function arrival({ target }: Impact): string {
  if (target?.appliance === undefined)
    return `host ${target?.host} has no activated appliance: only agents protect there`;
  const { host, appliance, services = [] } = target;
  const offered =
    services.length === 0
      ? "no service of the platform"
      : `${services.join(" and ")}${services.length === 1 ? " only" : ""}`;
  return `host ${host} is protected by appliance ${appliance}, which has ${offered}`;
}

const AGENT: Readonly<Record<NonNullable<LossReason["agent"]>, string>> = {
  NotInstalled: "no agent in the guest",
  Deactivated: "the agent is deactivated",
  UnsupportedVersion: "the agent is below 9.6",
};

/** Why a loss is one. */
export function why({ applianceOnly, agent }: LossReason): string {
  const parts = [
    ...(applianceOnly === undefined ? [] : [`ApplianceOnly, by ${applianceOnly}`]),
    ...(agent === undefined ? [] : [AGENT[agent]]),
  ];
  return parts.join("; ");
}

/** What the order of steps is good for, and what it cannot change. */
export function orderWords({ rolling, of }: Impact): string[] {
  if (rolling === undefined) return [];
  const { batch, peak, lowestPeak, losses } = rolling;
  if (losses === 0) return ["Nothing is lost in any step, in whatever order."];
  const bound =
    peak === lowestPeak
      ? "no plan of as many steps has fewer"
      : `a plan of as many steps may have fewer, but not below ${lowestPeak}`;
  return [
    `At most ${plural(peak, "feature")} lost at a time (${bound}), ${losses} in all steps together.`,
    batch === 1
      ? `The order changes no sum: every VM depends on one step at most. Fewest losses first, so that a mistake costs least.`
      : `As few batches as there can be, ${of === "Host" ? "" : "never two appliances of a host in one, "}losses spread evenly; fewest losses first.`,
  ];
}
