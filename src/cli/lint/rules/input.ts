import type { Problem } from "../../../api/manifest/index.ts";
import { APPLIANCE, documents, POLICY, VM } from "../examples.ts";
import type { RuleText } from "../finding.ts";

/*
 * What the API server or kubectl would refuse, as `tandem validate` tells it. The object is left out, and lint goes on with
 * the rest. None of it can be silenced: it would not get into a cluster.
 */

export const UNREADABLE: RuleText = {
  code: "TL001",
  severity: "error",
  title: "A document cannot be read",
  why: "It is not YAML or JSON, not UTF-8, or no object with apiVersion and kind. Whatever it holds is left out, and what is said of the rest may be different with it.",
  advice: "Correct the place that is named.",
  bad: documents(APPLIANCE, VM, "kind: [Appliance\n"),
  good: documents(APPLIANCE, VM),
};

export const REFUSED: RuleText = {
  code: "TL002",
  severity: "error",
  title: "The API server would refuse an object",
  why: "A value breaks the schema of its kind. The object is left out, and what is said of the rest may be different with it.",
  advice: "Write one of the values that are allowed; `tandem validate` tells all problems of all objects.",
  bad: documents(APPLIANCE, VM, POLICY.replace("AgentPreferred", "AgentFirst")),
  good: documents(APPLIANCE, VM, POLICY),
};

export const UNKNOWN_FIELD: RuleText = {
  code: "TL003",
  severity: "error",
  title: "An object has a field that its kind does not know",
  why: "It is refused by kubectl, and a server that is asked without strict validation drops the field silently: what it was to say is lost.",
  advice: "Correct the name of the field, or remove it.",
  bad: documents(APPLIANCE, VM, POLICY.replace("  affinity:", "  priorty: 100\n  affinity:")),
  good: documents(APPLIANCE, VM, POLICY.replace("  affinity:", "  priority: 100\n  affinity:")),
};

export const TWICE: RuleText = {
  code: "TL004",
  severity: "error",
  title: "An object is given twice",
  why: "In a cluster there can be only one of that kind and name: the one that is applied last wins. Here the last one is used.",
  advice: "Remove one of the two, or give it another name.",
  bad: documents(APPLIANCE, VM, POLICY, POLICY),
  good: documents(APPLIANCE, VM, POLICY),
};

/** Which of them a problem of the input is. */
export function ruleOf({ path, fault }: Problem): RuleText {
  if (fault === "Twice") return TWICE;
  if (fault === "UnknownField") return UNKNOWN_FIELD;
  return path.length === 0 ? UNREADABLE : REFUSED;
}
