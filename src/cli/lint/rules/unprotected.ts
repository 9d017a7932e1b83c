import type { Affinity, FeatureRow, Group } from "../../../api/kinds.ts";
import type { Path } from "../../../api/manifest/index.ts";
import { getOrSet } from "../../../resolve/buckets.ts";
import { FEATURES, GROUP_OF, GROUPS, listOf, setOf } from "../../../resolve/features.ts";
import { inSentence, number, plural } from "../../output/words.ts";
import { APPLIANCE, documents, POLICY, VM } from "../examples.ts";
import type { Hit, Rule } from "../finding.ts";
import type { Survey, SurveyedVm } from "../survey.ts";
import { commonest, vmsText } from "../words.ts";

function groupOf(feature: FeatureRow["name"]): Group | undefined {
  const group = GROUP_OF[FEATURES.indexOf(feature)];
  return group === undefined ? undefined : GROUPS[group]?.name;
}

/** Features without a source although a policy has spoken: it allows only one source, which is not there. */
function* lostBy(survey: Survey, affinity: Affinity): Generator<Hit> {
  const byPolicy = new Map<
    string,
    { features: Set<FeatureRow["name"]>; vms: Set<string>; reasons: Map<string, Set<string>> }
  >();
  for (const { vm, rows } of survey.unprotected) {
    for (const { name, decidedBy, affinity: set, message } of rows) {
      if (set !== affinity || !decidedBy.startsWith("Policy/")) continue;
      const policy = decidedBy.slice("Policy/".length);
      const lost = getOrSet(byPolicy, policy, () => ({ features: new Set(), vms: new Set(), reasons: new Map() }));
      lost.features.add(name);
      lost.vms.add(vm.entry.key);
      getOrSet(lost.reasons, inSentence(message), () => new Set<string>()).add(vm.entry.key);
    }
  }
  for (const policy of survey.policies) {
    const lost = byPolicy.get(policy.entry.name);
    if (lost === undefined) continue;
    const features = listOf(setOf([...lost.features]));
    const counts = new Map([...lost.reasons].map(([reason, { size }]) => [reason, size]));
    const why = commonest(counts, (reason) => `${reason} (${vmsText([...(lost.reasons.get(reason) ?? [])])})`);
    const matched = policy.status.vms?.matched ?? 0;
    const which = lost.vms.size === matched ? "all" : `${number(lost.vms.size)} of the`;
    const message = `${affinity} leaves ${which} ${plural(matched, "VM")} that it selects without ${features.join(", ")}: ${why}`;
    const group = features.map(groupOf).find((one) => one !== undefined) ?? "network";
    yield { about: policy.tandem, path: ["spec", "affinity", group], message, vms: [...lost.vms] };
  }
}

export const APPLIANCE_ONLY: Rule = {
  code: "TL120",
  severity: "warning",
  title: "ApplianceOnly leaves VMs unprotected",
  why: "ApplianceOnly forbids the fallback to the agent. Where the appliance cannot do the feature (a Linux guest, a host without the service or without an appliance, an appliance that is deactivated) nobody protects it.",
  advice: "Set AppliancePreferred, exclude those VMs by a selector, or give them an appliance that can.",
  bad: documents(
    APPLIANCE,
    VM.replace("Windows", "Linux"),
    POLICY.replace("network: AgentPreferred", "antiMalware: ApplianceOnly"),
  ),
  good: documents(
    APPLIANCE,
    VM.replace("Windows", "Linux").replace("[Firewall]", "[AntiMalware, Firewall]"),
    POLICY.replace("network: AgentPreferred", "antiMalware: AppliancePreferred"),
  ),
  find: (survey) => lostBy(survey, "ApplianceOnly"),
};

export const AGENT_ONLY: Rule = {
  code: "TL121",
  severity: "warning",
  title: "AgentOnly leaves VMs unprotected",
  why: "AgentOnly forbids the fallback to the appliance. Where no agent is activated nobody protects the feature; installed is not enough.",
  advice: "Activate the agents, set AgentPreferred, or exclude those VMs by a selector.",
  bad: documents(
    APPLIANCE,
    VM.replace("state: Activated", "state: Deactivated"),
    POLICY.replace("AgentPreferred", "AgentOnly"),
  ),
  good: documents(APPLIANCE, VM, POLICY.replace("AgentPreferred", "AgentOnly")),
  find: (survey) => lostBy(survey, "AgentOnly"),
};

/** For each VM its rows that a rule is about, told by their reason; the VMs of which the same is told are one finding. */
function* lostRows(
  survey: Survey,
  rule: { of(row: FeatureRow): boolean; path(row: FeatureRow, vm: SurveyedVm): Path; begin: string },
) {
  for (const { vm, rows } of survey.unprotected) {
    const own = rows.filter((row) => rule.of(row));
    const [first] = own;
    if (first === undefined) continue;
    const reasons = new Map<string, string[]>();
    for (const { name, message } of own) getOrSet(reasons, message, () => []).push(name);
    const told = [...reasons].map(([reason, names]) => `${names.join(", ")}: ${inSentence(reason)}`);
    yield { about: vm.tandem, path: rule.path(first, vm), message: `${rule.begin} ${told.join(". ")}` };
  }
}

function featurePath(row: FeatureRow, { object }: SurveyedVm): Path {
  return ["spec", "features", object.spec.features.indexOf(row.name)];
}

export const OWN_AFFINITY: Rule = {
  code: "TL201",
  severity: "warning",
  title: "A VM's own affinity leaves it unprotected",
  why: "The VM's spec.affinity allows one source only, and that source is not there. It goes before every policy.",
  advice: "Set AppliancePreferred or AgentPreferred, remove the affinity, or see to the source.",
  bad: documents(
    APPLIANCE,
    VM.replace("state: Activated", "state: Deactivated").concat("  affinity: {network: AgentOnly}\n"),
  ),
  good: documents(APPLIANCE, VM.concat("  affinity: {network: AgentOnly}\n")),
  find: (survey) =>
    lostRows(survey, {
      of: ({ decidedBy, reason }) => decidedBy === "VM" && reason === "NoFallback",
      path: ({ name }) => ["spec", "affinity", groupOf(name) ?? "network"],
      begin: "its own affinity lets nobody protect",
    }),
};

export const NEEDS_AGENT: Rule = {
  code: "TL202",
  severity: "warning",
  title: "LogInspection or ApplicationControl is wanted without an agent",
  why: "No appliance can do these two features, so without an activated agent nobody does, whatever the affinity.",
  advice: "Activate an agent, or take the feature out of spec.features.",
  bad: documents(APPLIANCE, VM.replace("Firewall]\n", "LogInspection]\n").replace(/ {2}agent.*\n/, "")),
  good: documents(APPLIANCE, VM.replace("Firewall]\n", "LogInspection]\n").replace("[Firewall]", "[LogInspection]")),
  find: (survey) =>
    lostRows(survey, {
      of: ({ decidedBy }) => decidedBy === "Fixed",
      path: featurePath,
      begin: "only an agent can protect",
    }),
};

export const NO_SOURCE: Rule = {
  code: "TL203",
  severity: "warning",
  title: "Nobody can protect a feature that a VM wants",
  why: "Neither the appliance of its host nor its agent can do it, so the feature is Unprotected whatever the policies say.",
  advice: "Activate an appliance on the host or an agent in the guest, or take the feature out of spec.features.",
  bad: documents(APPLIANCE.concat("  activation: Deactivated\n"), VM.replace(/ {2}agent.*\n/, "")),
  good: documents(APPLIANCE, VM.replace(/ {2}agent.*\n/, "")),
  find: (survey) =>
    lostRows(survey, { of: ({ reason }) => reason === "NoSource", path: featurePath, begin: "nobody can protect" }),
};
