import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";

export const FOLDER = join(import.meta.dirname, "..", "..", "manifests", "monitoring");
export const ALERTS = join(FOLDER, "alerts.yaml");

export interface Rule {
  readonly alert: string;
  readonly expr: string;
  /** Absent: it fires at once. */
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
  };
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** What alerts.yaml says. */
export const RULES: readonly Rule[] = (load(readFileSync(ALERTS, "utf8")) as RuleFile).groups.flatMap(
  ({ rules }) => rules,
);

export function ruleOf(alert: string): Rule {
  const rule = RULES.find((one) => one.alert === alert);
  if (rule === undefined) throw new Error(`alerts.yaml has no ${alert}`);
  return rule;
}
