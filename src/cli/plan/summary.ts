import type { Style } from "../output/style.ts";
import { plural } from "../output/words.ts";
import type { Counts } from "./counts.ts";

export interface SummaryLine {
  readonly count: number;
  readonly text: string;
  readonly style?: Style;
}

/** One line for each figure that is not zero, the gravest first. `count` goes before `text`. */
export function summaryOf(counts: Counts): SummaryLine[] {
  return [...featureLines(counts), ...otherLines(counts)];
}

type Add = (count: number, words: readonly [one: string, many: string], style?: Style) => void;

function linesBy(fill: (add: Add) => void): SummaryLine[] {
  const lines: SummaryLine[] = [];
  fill((count, [one, many], style) => {
    if (count > 0) lines.push({ count, text: count === 1 ? one : many, ...(style && { style }) });
  });
  return lines;
}

function featureLines({ movesTo, ...counts }: Counts): SummaryLine[] {
  return linesBy((add) => {
    add(counts.losses, ["wanted feature loses its protection", "wanted features lose their protection"], "red");
    add(
      counts.unprotected,
      ["newly wanted feature that nobody protects", "newly wanted features that nobody protects"],
      "red",
    );
    add(counts.installs, ["module to install first", "modules to install first"], "yellow");
    add(counts.conflicts, ["conflict of policies appears", "conflicts of policies appear"], "yellow");
    add(
      counts.rejected,
      ["policy or appliance is newly not accepted", "policies or appliances are newly not accepted"],
      "yellow",
    );
    add(
      counts.unlicensed,
      ["feature is newly protected without a licence", "features are newly protected without a licence"],
      "yellow",
    );
    add(
      counts.optouts,
      ["opt-out of the appliance is newly refused", "opt-outs of the appliance are newly refused"],
      "yellow",
    );
    add(
      counts.exposed,
      ["feature newly depends on the appliance alone", "features newly depend on the appliance alone"],
      "yellow",
    );
    add(
      counts.removals,
      [
        "protected feature ends, its VM removed or itself no longer wanted",
        "protected features end, their VMs removed or themselves no longer wanted",
      ],
      "red",
    );
    add(movesTo.agent, ["feature moves to the agent", "features move to the agent"]);
    add(movesTo.appliance, ["feature moves to the appliance", "features move to the appliance"]);
    add(movesTo.otherAppliance, ["feature moves to another appliance", "features move to another appliance"]);
    add(counts.gains, ["wanted feature gains protection", "wanted features gain protection"], "green");
    add(counts.additions, ["newly wanted feature is protected", "newly wanted features are protected"], "green");
    add(
      counts.redecided,
      [
        "feature is decided in another way, with the same protection (-o wide)",
        "features are decided in another way, with the same protection (-o wide)",
      ],
      "dim",
    );
  });
}

/** What comes besides: what ends, and what is to be done. */
export function otherLines({ ended, ...counts }: Counts): SummaryLine[] {
  return linesBy((add) => {
    add(counts.stalled, ["VM newly waits for a person (Stalled)", "VMs newly wait for a person (Stalled)"], "yellow");
    add(ended.installs, ["install is no longer needed", "installs are no longer needed"], "green");
    add(ended.conflicts, ["conflict of policies ends", "conflicts of policies end"], "green");
    add(
      ended.rejected,
      ["policy or appliance is no longer refused", "policies or appliances are no longer refused"],
      "green",
    );
    add(ended.stalled, ["VM no longer waits for a person", "VMs no longer wait for a person"], "green");
    add(ended.unlicensed, ["licence is no longer missing", "licences are no longer missing"], "green");
    add(
      ended.optouts,
      ["opt-out of the appliance is no longer refused", "opt-outs of the appliance are no longer refused"],
      "green",
    );
    add(
      ended.exposed,
      ["feature no longer depends on the appliance alone", "features no longer depend on the appliance alone"],
      "green",
    );
    add(ended.unprotected, ["unprotected feature is no longer wanted", "unprotected features are no longer wanted"]);
    add(counts.modes, ["VM changes its mode", "VMs change their mode"]);
    add(counts.deliveries, [
      "VM needs a new revision of its policy delivered",
      "VMs need a new revision of their policy delivered",
    ]);
  });
}

/** `20 objects (12 VMs)` */
export function sizeText({ objects, vms }: { objects: number; vms: number }): string {
  return `${plural(objects, "object")} (${plural(vms, "VM")})`;
}

/** `2 objects differ` */
export function differing(edits: number): string {
  return edits === 0 ? "no object differs" : plural(edits, "object differs", "objects differ");
}
