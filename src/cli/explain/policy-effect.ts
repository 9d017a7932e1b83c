import { FIRST_CONFIGURABLE, GROUPS, type Role, roleOf } from "../../resolve/explain/index.ts";
import type { Decided } from "../../resolve/index.ts";
import type { Detail, Step } from "./explanation.ts";
import type { PolicyContext } from "./policy.ts";
import { counted, listed } from "./words.ts";

/** What a policy comes to for some of the VMs that it selects, in one group: its role, and by whom. */
interface Outcome {
  readonly role: Role;
  /** The policy that decides, or the rivals, where there are any. */
  readonly policies: readonly string[];
  vms: number;
}

/** So many outcomes are told one by one. */
const TOLD = 10;

const ORDER: readonly Role[] = ["Decides", "Rival", "Agrees", "Shadowed", "Overruled", "Ignored"];

/** SPEC R5: for each group that the policy sets, where it decides and who does elsewhere. */
export function decidesSteps({ entry, selected }: PolicyContext): Step[] {
  if (selected.length === 0) return [];
  return GROUPS.flatMap(({ name }, group) => {
    const affinity = entry.opinions[group]?.affinity;
    if (affinity === undefined) return [];
    const outcomes = new Map<string, Outcome>();
    for (const { decision } of selected) {
      const role = roleOf(entry, group, decision);
      const policies = othersFor(role, decision.affinities[group]);
      const key = `${role} ${policies.join(" ")}`;
      const outcome = outcomes.get(key) ?? { role, policies, vms: 0 };
      outcome.vms++;
      outcomes.set(key, outcome);
    }
    const rows = [...outcomes].sort(byRole).map(([, outcome]) => outcome);
    const decides = rows.reduce((sum, { role, vms }) => (role === "Decides" ? sum + vms : sum), 0);
    const step: Step = {
      step: "Decides",
      rule: "R5",
      question: `Where does it decide ${name}?`,
      answer: decidesText(decides, selected.length),
      details: [...rows.slice(0, TOLD).map(outcomeDetail), ...theRest(rows.slice(TOLD))],
      facts: { group: name, affinity, decides, outcomes: rows },
    };
    return [step];
  });
}

function decidesText(decides: number, of: number): string {
  if (of === 1) return `${decides === 1 ? "For" : "Not for"} the one VM that it selects`;
  if (decides === of) return `For all ${of} VMs that it selects`;
  return `For ${decides === 0 ? "none" : decides} of the ${of} VMs that it selects`;
}

function byRole([a, one]: [string, Outcome], [b, other]: [string, Outcome]): number {
  const order = ORDER.indexOf(one.role) - ORDER.indexOf(other.role) || other.vms - one.vms;
  return order === 0 ? (a < b ? -1 : 1) : order;
}

function othersFor(role: Role, decided: Decided["decision"]["affinities"][number] | undefined): string[] {
  if (role === "Decides") return decided?.rivals.map(({ name }) => name) ?? [];
  return decided?.policy === undefined || role === "Overruled" || role === "Ignored" ? [] : [decided.policy.name];
}

function theRest(rows: readonly Outcome[]): Detail[] {
  const vms = rows.reduce((sum, row) => sum + row.vms, 0);
  return rows.length === 0 ? [] : [{ text: `${counted(vms, "VM")}: in ${rows.length} other ways` }];
}

function outcomeDetail({ role, policies, vms }: Outcome): Detail {
  return { text: `${counted(vms, "VM")}: ${outcomeText(role, listed(policies), policies.length)}` };
}

function outcomeText(role: Role, others: string, count: number): string {
  switch (role) {
    case "Decides":
      return count === 0 ? "it decides" : `it decides over ${others}, by its name only (conflict)`;
    case "Rival":
      return `${others} decides, by its name only (conflict)`;
    case "Agrees":
      return `${others} of the same priority says the same, and is the first by name`;
    case "Shadowed":
      return `shadowed by ${others}, which has a higher priority`;
    case "Overruled":
      return "the VM's own affinity decides";
    case "Ignored":
      return `nobody's affinity holds below manager version ${FIRST_CONFIGURABLE}`;
    case "Silent":
      return "it says nothing";
  }
}

/** SPEC R5: ties that a name decided. */
export function conflictStep({ status }: PolicyContext): Step {
  const { total = 0, sample = [] } = status.conflicts ?? {};
  const rest = total - sample.length;
  return {
    step: "Conflicts",
    rule: "R5",
    question: "With whom is it in conflict?",
    answer: total === 0 ? "With nobody" : `With ${listed([...new Set(sample.map(({ policy }) => policy))])}`,
    details: [
      ...sample.map(({ policy, group, vms }) => ({ text: `${policy}: ${group}, ${counted(vms, "VM")}` })),
      ...(rest > 0 ? [{ text: `and ${rest} more` }] : []),
    ],
    facts: { total, sample },
  };
}
