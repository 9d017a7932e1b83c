import type { Selector } from "../../../api/kinds.ts";
import { type Path, quote } from "../../../api/manifest/index.ts";
import { contradiction } from "../../../resolve/explain/contradiction.ts";
import { funnelOf } from "../../../resolve/explain/funnel.ts";
import { requirementsOf, requirementText, SELECTORS } from "../../../resolve/explain/selector-failure.ts";
import { compileSelector, meets, type Requirement } from "../../../resolve/selector.ts";
import { few, plural } from "../../output/words.ts";
import { APPLIANCE, documents, POLICY, VM } from "../examples.ts";
import type { Hit, Rule } from "../finding.ts";
import { hintFor } from "../hint.ts";
import { nearMisses } from "../near-misses.ts";
import type { Survey, SurveyedPolicy } from "../survey.ts";
import { vmsText } from "../words.ts";

type SelectorName = (typeof SELECTORS)[number];

/** Where the n-th requirement of a selector is written: the resolver reads labels first, then expressions. */
function pathOf({ object }: SurveyedPolicy, name: SelectorName, index: number): Path {
  const labels = Object.keys(object.spec[name]?.matchLabels ?? {});
  const label = labels[index];
  if (label !== undefined) return ["spec", name, "matchLabels", label];
  return ["spec", name, "matchExpressions", index - labels.length];
}

function hit(policy: SurveyedPolicy, path: Path, message: string): Hit {
  return { about: policy.tandem, path, message };
}

function accepted({ status }: SurveyedPolicy) {
  return status.conditions?.find(({ type }) => type === "Accepted");
}

/** Each requirement of a selector as a selector of its own, in the order of the resolver's. */
function alone(selector: Selector | null | undefined): Selector[] {
  return [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ matchLabels: { [key]: value } })),
    ...(selector?.matchExpressions ?? []).map((expression) => ({ matchExpressions: [expression] })),
  ];
}

export const INVALID_SELECTOR: Rule = {
  code: "TL101",
  severity: "error",
  title: "A selector is invalid",
  why: "A label key or value in it can be no label. The API server accepts the policy all the same, the controller does not: the policy selects nothing and is Stalled with the reason InvalidSelector.",
  advice:
    "Correct the key or the value: letters, digits, '-', '_' and '.', at most 63 characters, a letter or digit at both ends.",
  bad: documents(APPLIANCE, VM, POLICY.replace("tier: web", "tier: web server")),
  good: documents(APPLIANCE, VM, POLICY),
  *find({ policies }) {
    for (const policy of policies) {
      const finding = accepted(policy);
      if (finding?.reason !== "InvalidSelector") continue;
      const name = SELECTORS.toReversed().find((one) => !policy.entry[one].valid) ?? "vmSelector";
      const index = alone(policy.object.spec[name]).findIndex((one) => !compileSelector(one).valid);
      yield hit(policy, pathOf(policy, name, index), finding.message);
    }
  },
};

export const SELECTS_NOTHING: Rule = {
  code: "TL102",
  severity: "warning",
  title: "A policy selects no VM",
  why: "A policy without VMs is healthy and has no effect: a misspelt label looks just like a policy for VMs that are still to come. The VMs that it was written for go by other policies or the defaults.",
  advice:
    "Compare the requirement that leaves nobody with the labels that the VMs have. If the VMs are still to come, silence this with that reason.",
  bad: documents(APPLIANCE, VM, POLICY.replace("tier: web", "tier: wbe")),
  good: documents(APPLIANCE, VM, POLICY),
  *find(survey) {
    if (survey.vms.length === 0) return;
    for (const policy of survey.policies) {
      if (policy.status.vms?.matched !== 0 || policy.entry.problem !== undefined) continue;
      if (contradictory(policy) !== undefined) continue;
      yield emptiness(survey, policy);
    }
  },
};

/** The first requirement that no VM meets, or else the first that leaves none of those that met the others. */
function emptiness(survey: Survey, policy: SurveyedPolicy): Hit {
  const stages = funnelOf(survey.world, policy.entry);
  const stage = stages.find(({ alone }) => alone === 0) ?? stages.find(({ left }) => left === 0);
  if (stage === undefined) return hit(policy, ["spec", "vmSelector"], "selects no VM");
  const index = stages.filter(({ selector }) => selector === stage.selector).indexOf(stage);
  const text = `spec.${stage.selector} asks for ${requirementText(stage.requirement)}`;
  const why =
    stage.alone === 0
      ? `${text}, and no VM ${stage.selector === "vmSelector" ? "meets that" : "is in such a namespace"}`
      : `${text}, which ${plural(stage.alone, "VM")} ${stage.alone === 1 ? "meets, but it does not meet" : "meet, but none of them meets"} the other requirements`;
  const hint = stage.alone === 0 ? hintFor(survey, stage) : undefined;
  return hit(
    policy,
    pathOf(policy, stage.selector, index),
    `selects no VM: ${why}${hint === undefined ? "" : `; ${hint}`}`,
  );
}

/** The requirements that contradict each other. */
function contradictory({
  entry,
}: SurveyedPolicy): { name: SelectorName; requirements: readonly Requirement[] } | undefined {
  for (const name of SELECTORS) {
    const requirements = contradiction(requirementsOf(entry[name]));
    if (requirements !== undefined) return { name, requirements };
  }
  return undefined;
}

export const CONTRADICTION: Rule = {
  code: "TL103",
  severity: "warning",
  title: "A selector can never match",
  why: "Its requirements contradict each other, so the policy selects nothing whatever VMs there will be. All requirements of a selector must hold at once: several values of one label belong into one `In`.",
  advice:
    "Join the values into one expression (`operator: In, values: [a, b]`), or remove the requirement that is wrong.",
  bad: documents(
    APPLIANCE,
    VM,
    POLICY.replace(
      "{matchLabels: {tier: web}}",
      "{matchLabels: {tier: web}, matchExpressions: [{key: tier, operator: DoesNotExist}]}",
    ),
  ),
  good: documents(APPLIANCE, VM, POLICY),
  *find({ policies }) {
    for (const policy of policies) {
      const found = policy.entry.problem === undefined ? contradictory(policy) : undefined;
      if (found === undefined) continue;
      const { name, requirements } = found;
      const last = requirements.at(-1);
      if (last === undefined) continue;
      const index = requirementsOf(policy.entry[name]).indexOf(last);
      const texts = requirements.map(requirementText).join(" and ");
      yield hit(policy, pathOf(policy, name, index), `selects nothing in any estate: no label can meet ${texts}`);
    }
  },
};

const NAMESPACE_NAME = "kubernetes.io/metadata.name";

export const NAMESPACE_WITHOUT_VM: Rule = {
  code: "TL104",
  severity: "warning",
  title: "A policy names a namespace that does not exist",
  why: "The namespaceSelector asks for a namespace by name, and the input has neither a VM in it nor its manifest. The other namespaces that it names are selected, so nothing looks wrong.",
  advice: "Correct the name, remove it, or add the manifest of the Namespace.",
  bad: documents(
    APPLIANCE,
    VM,
    `${POLICY}  namespaceSelector:
    matchExpressions:
    - {key: ${NAMESPACE_NAME}, operator: In, values: [shop, shpo]}
`,
  ),
  good: documents(APPLIANCE, VM, `${POLICY}  namespaceSelector: {matchLabels: {${NAMESPACE_NAME}: shop}}\n`),
  *find(survey) {
    const { world, namespaces, policies } = survey;
    for (const policy of policies) {
      if ((policy.status.vms?.matched ?? 0) === 0) continue;
      for (const [index, requirement] of requirementsOf(policy.entry.namespaceSelector).entries()) {
        if (requirement.operator !== "In" || requirement.key !== NAMESPACE_NAME) continue;
        const missing = requirement.values.filter((name) => !namespaces.has(name) && world.vms.in(name).size === 0);
        if (missing.length === 0) continue;
        const names = missing.map((name) => quote(name)).join(", ");
        const hint = hintFor(survey, {
          selector: "namespaceSelector",
          requirement: { ...requirement, values: missing },
        });
        const message = `names ${missing.length === 1 ? "a namespace" : "namespaces"} without a VM and without a manifest: ${names}`;
        yield hit(
          policy,
          pathOf(policy, "namespaceSelector", index),
          hint === undefined ? message : `${message}; ${hint}`,
        );
        break;
      }
    }
  },
};

export const NEAR_MISS: Rule = {
  code: "TL105",
  severity: "warning",
  title: "A selector misses VMs by the case of a value",
  why: "Values of labels are compared letter by letter. The policy selects some VMs, and others have the same word in other letters: they look protected by it and go by other policies or the defaults.",
  advice: "Give the label one spelling on all VMs, or list both in one `In`.",
  bad: documents(APPLIANCE, VM, VM.replace("web-1", "web-2").replace("tier: web", "tier: Web"), POLICY),
  good: documents(APPLIANCE, VM, VM.replace("web-1", "web-2"), POLICY),
  *find(survey) {
    const misses = nearMisses(survey);
    for (const policy of survey.policies) {
      if ((policy.status.vms?.matched ?? 0) === 0) continue;
      for (const [index, requirement] of requirementsOf(policy.entry.vmSelector).entries()) {
        const missed = misses(requirement).filter((vm) => !survey.world.policies.selects(policy.entry, vm));
        if (missed.length === 0) continue;
        const spellings = [...new Set(missed.map(({ labels }) => `${requirement.key}=${labels[requirement.key]}`))];
        const keys = missed.map(({ key }) => key);
        const message = `asks for ${requirementText(requirement)} and misses ${vmsText(keys)}, with ${few(spellings.sort())}`;
        yield { ...hit(policy, pathOf(policy, "vmSelector", index), message), vms: keys };
        break;
      }
    }
  },
};

export const UNDESCRIBED_NAMESPACE: Rule = {
  code: "TL106",
  severity: "warning",
  title: "A policy asks for labels of namespaces that the input does not describe",
  why: "Without the manifest of a Namespace nothing is known of its labels but its name, so here the policy may select fewer VMs than in the cluster, and every answer about them may differ there.",
  advice: "Add the manifests of the Namespaces to the input, or read the cluster itself with --context.",
  bad: documents(
    APPLIANCE,
    VM,
    VM.replace("namespace: shop", "namespace: bank"),
    `${POLICY}  namespaceSelector: {matchLabels: {stage: production}}\n`,
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {stage: production}}\n",
  ),
  good: documents(
    APPLIANCE,
    VM,
    VM.replace("namespace: shop", "namespace: bank"),
    `${POLICY}  namespaceSelector: {matchLabels: {stage: production}}\n`,
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {stage: production}}\n",
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: bank, labels: {stage: test}}\n",
  ),
  *find({ world, namespaces, policies }) {
    const unknown = [...world.vms.namespaces()].filter((name) => !namespaces.has(name)).sort();
    if (unknown.length === 0) return;
    for (const policy of policies) {
      const requirements = requirementsOf(policy.entry.namespaceSelector);
      const index = requirements.findIndex(({ key }) => key !== NAMESPACE_NAME);
      if (index < 0) continue;
      const byName = requirements.filter(({ key }) => key === NAMESPACE_NAME);
      const open = unknown.filter((name) => {
        const could = byName.every((one) => meets(one, { [NAMESPACE_NAME]: name }));
        return could && [...world.vms.in(name)].some((vm) => world.policies.couldSelect(policy.entry, vm));
      });
      if (open.length === 0) continue;
      const message = `asks for labels of namespaces, and of ${few(open)} there is no manifest`;
      yield hit(policy, pathOf(policy, "namespaceSelector", index), message);
    }
  },
};
