import { code, details, plain, table } from "../output/markdown.ts";
import { plural } from "../output/words.ts";
import type { Impact } from "./answer.ts";
import type { VmImpact } from "./what-if.ts";
import { condition, facts, notes, orderWords, why } from "./words.ts";

/*
 * An announcement that nobody can read announces nothing, and one that is longer than 65,536 characters cannot be posted as a
 * comment: so many rows of a table, namespaces that are told in full, VMs of each, and names in a cell.
 */
const ROWS = 100;
const IN_FULL = 20;
const VMS = 10;
const NAMES = 5;

/** A maintenance announcement for the teams whose VMs are touched, in Markdown. */
export function* announcement(impact: Impact): Generator<string> {
  yield `## Maintenance: ${title(impact)}\n\n`;
  if (impact.names.length === 0) {
    yield "There is nothing to take down.\n";
    return;
  }
  yield `${plain(condition(impact))}:\n\n`;
  for (const { label, text } of facts(impact)) yield `- **${label}**: ${plain(text)}\n`;
  for (const note of notes(impact)) yield `- note: ${plain(note)}\n`;
  yield* namespaces(impact);
  yield* todo(impact);
  yield* steps(impact);
}

function title({ of, names, target }: Impact): string {
  const shown = names.length === 1 ? code(names[0] ?? "") : `${names.length}`;
  const kind = `${of === "Host" ? "host" : "appliance"}${names.length === 1 ? "" : "s"}`;
  const to = target === undefined ? "" : `, VMs to ${code(target.host)}`;
  return names.length === 1 ? `${kind} ${shown}${to}` : `${shown} ${kind}${to}`;
}

function* namespaces({ byNamespace, vmImpacts }: Impact): Generator<string> {
  if (byNamespace.length === 0) return;
  yield "\n### What it means for your namespace\n\n";
  const header = ["Namespace", "VMs", "Features lost", "Features moved", "Modules to install before"];
  yield* rows(header, byNamespace, ({ namespace, vms, losses, moves, installs }) => [
    code(namespace),
    ...[vms, losses > 0 ? `**${losses}**` : 0, moves, installs].map(String),
  ]);
  const byName = Map.groupBy(vmImpacts, ({ namespace }) => namespace);
  for (const { namespace } of byNamespace.slice(0, IN_FULL)) {
    const vms = byName.get(namespace) ?? [];
    const more = vms.length > VMS ? `\n… and ${plural(vms.length - VMS, "more VM")}\n` : "";
    const body = vms.slice(0, VMS).map((vm) => [code(vm.name), ...cells(vm)]);
    const header = ["VM", "Lost", "Moved", "Install before"];
    yield `\n${details(`${code(namespace)}: ${plural(vms.length, "VM")}`, table(header, body) + more)}`;
  }
  const rest = byNamespace.length - IN_FULL;
  if (rest > 0) yield `\nOf ${plural(rest, "more namespace")} the VMs are not listed here.\n`;
}

/** A table that ends in time, and says what is missing. */
function* rows<T>(header: readonly string[], all: readonly T[], cells: (row: T) => string[]): Generator<string> {
  const shown = all.slice(0, ROWS);
  yield table(header, shown.map(cells));
  if (all.length > shown.length) yield `\n… and ${plural(all.length - shown.length, "more row")}\n`;
}

function some(names: readonly string[]): string {
  const more = names.length - NAMES;
  return names.slice(0, NAMES).map(code).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Losses, moves and installs of a VM. */
function cells({ features, newAppliance }: VmImpact): string[] {
  const list = (wanted: readonly string[]) => (wanted.length === 0 ? "-" : wanted.join("<br>"));
  const target = (to: string) => (to === "Appliance" ? code(newAppliance ?? "") : "the agent");
  return [
    list(features.filter(({ change }) => change === "Loss").map(({ feature }) => `**${feature}**`)),
    list(
      features
        .filter(({ change }) => change === "Move" || change === "Takeover")
        .map(({ feature, to }) => `${feature} to ${target(to)}`),
    ),
    list(features.filter(({ install }) => install).map(({ feature }) => feature)),
  ];
}

function* todo({ installBefore, lossReasons }: Impact): Generator<string> {
  if (installBefore.length > 0) {
    yield "\n### Before: install these modules, then nothing waits for them\n\n";
    yield* rows(["Namespace", "VMs", "Modules", "Which"], installBefore, ({ namespace, modules, vms }) => [
      code(namespace),
      `${vms.length}`,
      modules.join(", "),
      some(vms),
    ]);
  }
  if (lossReasons.length === 0) return;
  yield "\n### Why features are lost, and what helps\n\n";
  yield* rows(["Lost", "VMs", "Why", "What helps", "Features"], lossReasons, (row) => [
    `${row.losses}`,
    `${row.vms}`,
    plain(why(row)),
    plain(row.remedy),
    row.features.join(", "),
  ]);
}

function* steps(impact: Impact): Generator<string> {
  const { rolling, of, names } = impact;
  if (rolling === undefined || names.length < 2) return;
  yield `\n### ${impact.scenario === "Rolling" ? "Steps" : "One after the other instead"}\n\n`;
  const header = ["Step", of === "Host" ? "Hosts" : "Appliances", "VMs", "Lost", "Moved", "Modules"];
  yield* rows(header, rolling.steps, ({ step, names, vms, losses, moves, installs }) => [
    `${step}`,
    some(names),
    ...[vms, losses, moves, installs].map(String),
  ]);
  yield `\n${orderWords(impact).map(plain).join(" ")}\n`;
}
