import { printable } from "../../api/manifest/index.ts";
import { layOut } from "../output/columns.ts";
import type { Paint } from "../output/style.ts";
import { refOf } from "./edits.ts";
import type { Plan } from "./plan.ts";
import type { Line } from "./table.ts";
import type { VmFacts } from "./vm-facts.ts";
import { CHANGE_WORDS, standing, styleOf, whyOf } from "./words.ts";

const HEADER = ["VM", "CHANGE", "FEATURE", "BEFORE", "NOW", "CAUSES", "WHY"];
/** Lines that are laid out at a time. */
const CHUNK = 1_000;

/** Every change of every VM, a line each: gone through twice, the first time for the widths, so that none is held. */
export function* everyChange(plan: Plan, paint: Paint): Generator<string> {
  const widths = HEADER.map((cell) => cell.length);
  for (const { cells } of lines(plan)) {
    cells.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  const widest = widths.map((width) => " ".repeat(width));
  yield "\n";
  let chunk: Line[] = [{ cells: HEADER, style: "bold" }];
  for (const line of lines(plan)) {
    chunk.push(line);
    if (chunk.length < CHUNK) continue;
    yield* laidOut(chunk, widest, paint);
    chunk = [];
  }
  yield* laidOut(chunk, widest, paint);
}

function* laidOut(chunk: readonly Line[], widest: string[], paint: Paint): Generator<string> {
  let index = -1;
  for (const text of layOut([widest, ...chunk.map(({ cells }) => [...cells])])) {
    const style = chunk[index]?.style;
    if (index >= 0) yield style === undefined ? text : `${paint(style, text.trimEnd())}\n`;
    index++;
  }
}

function* lines({ vms }: Plan): Generator<Line> {
  for (const change of vms) {
    const facts = change.facts();
    if (facts === undefined) continue;
    const reasons = change.reasons();
    const vm = printable(change.vm);
    for (const one of facts.features) {
      const causes = reasons.of(one.feature).map(refOf).join(", ");
      const why = whyOf(one, facts);
      const cells = [vm, CHANGE_WORDS[one.change], one.feature, standing(one.from), standing(one.to), causes, why];
      yield { cells: cells.map(printable), style: styleOf(one) };
    }
    if (facts.features.length > 0) continue;
    const cells = [vm, "other", "-", "-", "-", reasons.all.map(refOf).join(", "), otherText(facts)];
    yield { cells: cells.map(printable), style: "dim" };
  }
}

/** What changes for a VM whose features are all as they were. */
function otherText({ mode, appliance, revision, forecast, conditions }: VmFacts): string {
  const parts = [
    mode && `mode ${mode.from} -> ${mode.to}`,
    appliance && `appliance ${appliance.from ?? "none"} -> ${appliance.to ?? "none"}`,
    revision && "another revision",
    ...conditions.map(({ type, from, to }) => `${type} ${from?.reason ?? "absent"} -> ${to?.reason ?? "absent"}`),
    forecast && "another forecast",
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}
