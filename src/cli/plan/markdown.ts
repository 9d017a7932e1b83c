import { code, details, plain } from "../output/markdown.ts";
import { number, plural } from "../output/words.ts";
import { Budget } from "./budget.ts";
import type { GuardResult } from "./guards.ts";
import type { FeatureChangeKind } from "./kinds.ts";
import { isEmpty, type Plan } from "./plan.ts";
import { type Section, sectionsOf, why } from "./sections.ts";
import { differing, otherLines, sizeText } from "./summary.ts";
import { causeText, standing, verdict, whyOf } from "./words.ts";

/** GitHub takes 65,536 characters; who posts the comment may add some of its own. */
const LIMIT = 60_000;
/** What is kept for the lists of VMs, and for the closing words. */
const FOR_LISTS = 20_000;
const FOR_END = 2_000;
/** What the table of edits takes at most, and that of a section. */
const FOR_CAUSES = 12_000;
const FOR_TABLE = 8_000;
/** What can stand around the rows of a table: that there are more, that it is folded. */
const AROUND = 150;
const ROWS = 40;

/** By this a pipeline finds its comment again, to write it anew. */
const MARKER = "<!-- tandem plan -->";

interface Answer {
  readonly plan: Plan;
  readonly guards: readonly GuardResult[];
}

/** A comment for a pull request, at most 60,000 characters: what does not fit is counted, and it says how to see it. */
export function markdown({ plan, guards }: Answer): string {
  const budget = new Budget(LIMIT - FOR_END);
  const top = budget.spend(
    `${MARKER}\n## Tandem plan: ${verdict(plan.counts)}\n\n${guards.map(guardText).join("")}${guards.length > 0 ? "\n" : ""}${intro(plan)}`,
  );
  const edits = causeTable(plan, budget);
  const frames = sectionsOf(plan).map((section) => frameOf(section, budget));
  // The tables of all sections go before the list of any.
  const tables = new Budget(budget.room - FOR_LISTS);
  const heads = frames.map((frame) => headOf(frame, tables));
  const lists = new Budget(FOR_LISTS + tables.room);
  const body = frames.map(({ section }, index) => `${heads[index]}${listOf(section.listed, plan, lists)}`).join("");
  return `${top}${edits}${body}${closing(plan)}${leftOut(budget.left + tables.left + lists.left)}`;
}

function leftOut(lines: number): string {
  if (lines === 0) return "";
  return `\n*${plural(lines, "line is", "lines are")} left out to keep this comment short.* \`tandem plan\` with the same options and \`-o wide\` prints every change, VM by VM.\n`;
}

function guardText({ guard, found, limit, failed }: GuardResult): string {
  const figures = `${number(found)} found, ${number(limit)} allowed`;
  return failed
    ? `- **Guard failed: ${plain(guard)}** (${figures})\n`
    : `- Guard passed: ${plain(guard)} (${figures})\n`;
}

function intro(plan: Plan): string {
  const { from, to } = plan;
  const isSameSize = from.objects === to.objects && from.vms === to.vms;
  const sizes = isSameSize ? `of ${sizeText(from)}` : `between ${sizeText(from)} before and ${sizeText(to)} after`;
  const edits = `${differing(plan.edits.size)}, ${sizes}.`;
  if (isEmpty(plan)) return `Every VM is protected as before: ${edits}\n\n`;
  return `A VM's protection comes, feature by feature, from the **appliance** of its hypervisor host or from the **agent** in its guest; policies say which is preferred. Here ${edits} **The answer changes for ${plural(plan.counts.vms, "VM")}.**\n\n`;
}

function causeTable({ causes }: Plan, budget: Budget): string {
  if (causes.length === 0) return "";
  const top = budget.spend(`### What is edited\n\n${row(["Edit", "What", "Effect"])}${row(["---", "---", "---"])}`);
  const rows = causes.map((cause) => {
    const { number: edit, changes, vms } = cause;
    const effect = vms.count === 0 ? "none" : `${plural(changes, "change")} on ${plural(vms.count, "VM")}`;
    return row([String(edit), why(causeText(cause)), effect]);
  });
  const { text, left } = budget.fill(rows, FOR_CAUSES);
  return `${top}${text}${budget.spend(left > 0 ? `\n… and ${plural(left, "more edit")}.\n\n` : "\n")}`;
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}

/** A section without the rows of its table. */
interface Frame {
  readonly section: Section;
  readonly top: string;
  readonly columns: string;
}

function frameOf(section: Section, budget: Budget): Frame {
  const { title, text, header } = section;
  const top = budget.spend(`### ${title}\n\n${text}\n\n`);
  const columns = budget.spend(row(header) + row(header.map(() => "---")));
  budget.room -= AROUND;
  return { section, top, columns };
}

function headOf({ section, top, columns }: Frame, budget: Budget): string {
  const { rows, folded } = section;
  const shown = rows.slice(0, ROWS).map((cells) => row(cells()));
  const { text, left } = budget.fill(shown, FOR_TABLE);
  const beyond = rows.length - shown.length;
  budget.left += beyond;
  const more = left + beyond > 0 ? `\n… and ${plural(left + beyond, "more row")}.\n` : "";
  const table = `${columns}${text}${more}`;
  return `${top}${folded ? details("Which", table) : table}\n`;
}

const LIST_HEADER = row(["VM", "Feature", "Before", "After", "Why"]) + row(["---", "---", "---", "---", "---"]);

/** Every change of some kinds, VM by VM, folded; nothing where the table says it all, or where there is no room. */
function listOf(kinds: readonly FeatureChangeKind[], plan: Plan, budget: Budget): string {
  const total = plan.groups.reduce((sum, { change, vms }) => (kinds.includes(change) ? sum + vms.count : sum), 0);
  if (total === 0) return "";
  budget.room -= LIST_HEADER.length + AROUND;
  let text = "";
  let shown = 0;
  for (const line of changeLines(kinds, plan)) {
    if (line.length > budget.room) break;
    text += budget.spend(line);
    shown++;
  }
  budget.left += total - shown;
  const which = shown === total ? `All ${number(total)}` : `The first ${number(shown)} of ${number(total)}`;
  return shown === 0 ? "" : `${details(`${which}, VM by VM`, LIST_HEADER + text)}\n`;
}

function* changeLines(kinds: readonly FeatureChangeKind[], { vms }: Plan): Generator<string> {
  for (const change of vms) {
    const facts = kinds.some((kind) => change.has(kind)) ? change.facts() : undefined;
    if (facts === undefined) continue;
    for (const one of facts.features) {
      if (!kinds.includes(one.change)) continue;
      const { feature, from, to } = one;
      yield row([code(change.vm), feature, standing(from), standing(to), why(whyOf(one, facts))]);
    }
  }
}

/** What needs no table. */
function closing({ counts }: Plan): string {
  const lines = otherLines(counts).map(({ count, text }) => `- ${number(count)} ${text}\n`);
  return lines.length === 0 ? "" : `### Besides\n\n${lines.join("")}`;
}
