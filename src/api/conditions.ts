import type { Condition } from "./kinds.ts";

/** A condition before it has its times: what the rules say. */
export interface Finding {
  type: string;
  status: "True" | "False";
  reason: string;
  message: string;
}

/** What gives findings their times and generation. */
export interface ConditionContext {
  /** `metadata.generation`; absent for a manifest that was never applied. */
  generation: number | undefined;
  /** The conditions of the status that is there. */
  previous: readonly Condition[] | null | undefined;
  /** RFC 3339, seconds. */
  now: string;
}

/**
 * Findings as conditions, in the order given. A condition's time changes with its `status` only, so that writing the same
 * finding again writes nothing (SPEC section 4).
 */
export function conditions(findings: readonly Finding[], context: ConditionContext): Condition[] {
  return findings.map(({ type, status, reason, message }) => {
    const before = context.previous?.find((condition) => condition.type === type);
    return {
      type,
      status,
      ...(context.generation === undefined ? {} : { observedGeneration: context.generation }),
      lastTransitionTime: before?.status === status ? before.lastTransitionTime : context.now,
      reason,
      message,
    };
  });
}

/** Another type with the reason and message of a finding: `Ready`, `Reconciling` and `Stalled` are such views. */
export function viewOf(finding: Finding, type: string, status = finding.status): Finding {
  return { ...finding, type, status };
}

/** The first names of a list and how many more there are, so that no message grows with the estate. */
export function someOf(names: readonly string[], limit = 3): string {
  const rest = names.length - limit;
  return rest > 0 ? `${names.slice(0, limit).join(", ")} and ${rest} more` : names.join(", ");
}
