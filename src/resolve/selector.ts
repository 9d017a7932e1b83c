import type { Selector } from "../api/kinds.ts";
import { isLabelKey, isLabelValue } from "../api/labels.ts";
import { quote } from "../api/manifest/json.ts";

export type Labels = Readonly<Record<string, string>>;

/** One thing that a selector asks of labels. */
export type Requirement =
  | { readonly operator: "In"; readonly key: string; readonly values: readonly string[] }
  | { readonly operator: "NotIn"; readonly key: string; readonly values: readonly string[] }
  | { readonly operator: "Exists"; readonly key: string }
  | { readonly operator: "DoesNotExist"; readonly key: string };

/** A selector that was read once: its requirements, or what is wrong with it. */
export type CompiledSelector =
  | { readonly valid: true; readonly requirements: readonly Requirement[] }
  | { readonly valid: false; readonly problem: string };

/** The label, or undefined; `constructor` and the like are no labels of their own accord. */
export function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/**
 * Reads a LabelSelector as Kubernetes does. The schema has refused most of what can be wrong; what it could not know, a key
 * or value that can be no label, makes the selector invalid, and it selects nothing (SPEC R5).
 */
export function compileSelector(selector: Selector | null | undefined): CompiledSelector {
  const requirements: Requirement[] = [];
  let problem: string | undefined;
  const check = (key: string, values: readonly unknown[]): void => {
    const bad = values.find((value) => typeof value !== "string" || !isLabelValue(value));
    if (!isLabelKey(key)) problem ??= `${quote(key)} can be no label key`;
    else if (bad !== undefined) problem ??= `${quote(String(bad))} can be no value of label ${key}`;
  };
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    check(key, [value]);
    requirements.push({ operator: "In", key, values: [value] });
  }
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    check(key, values ?? []);
    const count = values?.length ?? 0;
    switch (operator) {
      case "In":
      case "NotIn":
        if (count === 0) problem ??= `operator ${operator} of key ${key} needs at least one value`;
        requirements.push({ operator, key, values: values ?? [] });
        break;
      case "Exists":
      case "DoesNotExist":
        if (count > 0) problem ??= `operator ${operator} of key ${key} takes no values`;
        requirements.push({ operator, key });
        break;
      default:
        problem ??= `${quote(operator satisfies never)} is no operator`;
    }
  }
  return problem === undefined ? { valid: true, requirements } : { valid: false, problem };
}

/** Whether labels meet every requirement; NotIn and DoesNotExist hold for a missing label. */
export function matches(selector: CompiledSelector, labels: Labels): boolean {
  return selector.valid && selector.requirements.every((requirement) => meets(requirement, labels));
}

/** Whether labels meet one requirement. */
export function meets(requirement: Requirement, labels: Labels): boolean {
  const value = labelOf(labels, requirement.key);
  switch (requirement.operator) {
    case "In":
      return value !== undefined && requirement.values.includes(value);
    case "NotIn":
      return value === undefined || !requirement.values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}
