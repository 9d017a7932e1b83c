import type { Condition } from "../../src/api/kinds.ts";

/** What the rules say of a condition, before its time and generation. */
export interface Finding {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/** SPEC section 4: the conditions in this order. */
const ORDER: readonly string[] = [
  "Ready",
  "Accepted",
  "Protected",
  "ModulesInstalled",
  "PolicyDelivered",
  "LicenseCompliant",
  "Healthy",
  "Reconciling",
  "Stalled",
  "PolicyConflict",
  "Conflicted",
  "ApplianceOptOutRefused",
  "AgentUnsupported",
  "AffinityIgnored",
];

/** What the times and generations of the conditions of an object come from. */
export interface Written {
  readonly generation: number | undefined;
  readonly previous: readonly Condition[];
  readonly now: string;
}

/** SPEC section 4: a condition's time changes with its `status`; the first write sets now. */
export function withTimes(findings: readonly Finding[], { generation, previous, now }: Written): Condition[] {
  const conditions: Condition[] = [];
  for (const type of ORDER) {
    const finding = findings.find((candidate) => candidate.type === type);
    if (finding === undefined) continue;
    const before = previous.find((condition) => condition.type === type);
    const since = before !== undefined && before.status === finding.status ? before.lastTransitionTime : undefined;
    conditions.push({
      type,
      status: finding.status,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: since ?? now,
      reason: finding.reason,
      message: finding.message,
    });
  }
  return conditions;
}

/** SPEC section 4 for policies and appliances: `Ready` is `Accepted`, and what is not accepted is `Stalled`. */
export function acceptance(refusal: { reason: string; message: string } | undefined): Finding[] {
  if (refusal === undefined) {
    const accepted = { status: "True", reason: "Accepted", message: "Accepted" } as const;
    return [
      { type: "Ready", ...accepted },
      { type: "Accepted", ...accepted },
    ];
  }
  return [
    { type: "Ready", status: "False", ...refusal },
    { type: "Accepted", status: "False", ...refusal },
    { type: "Stalled", status: "True", ...refusal },
  ];
}
