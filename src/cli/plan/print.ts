import type { Screen } from "../io.ts";
import { paintFor } from "../output/style.ts";
import { json, yaml } from "./document.ts";
import type { GuardResult } from "./guards.ts";
import { markdown } from "./markdown.ts";
import type { Plan } from "./plan.ts";
import { groupTable, head, otherTables } from "./table.ts";
import { everyChange } from "./wide.ts";

export type Output = "table" | "wide" | "markdown" | "json" | "yaml";

interface Answer {
  readonly plan: Plan;
  readonly guards: readonly GuardResult[];
}

/** The answer as text, in pieces: of 100,000 VMs it would be longer than a string can be. */
export function* print(answer: Answer, output: Output, screen: Screen): Generator<string> {
  const paint = paintFor(screen);
  switch (output) {
    case "table":
      yield* head(answer, paint);
      yield* groupTable(answer.plan, paint);
      yield* otherTables(answer.plan, paint);
      break;
    case "wide":
      yield* head(answer, paint);
      yield* otherTables(answer.plan, paint);
      if (answer.plan.vms.length > 0) yield* everyChange(answer.plan, paint);
      break;
    case "markdown":
      yield markdown(answer);
      break;
    case "json":
      yield* json(answer);
      break;
    case "yaml":
      yield* yaml(answer);
      break;
  }
}
