import type { Group } from "../../../api/kinds.ts";
import { GROUPS } from "../../../resolve/features.ts";
import { inSentence, plural } from "../../output/words.ts";
import { APPLIANCE, documents, POLICY, VM } from "../examples.ts";
import type { Hit, Rule } from "../finding.ts";
import type { Survey, SurveyedPolicy } from "../survey.ts";
import { commonest } from "../words.ts";

/** The groups that a policy sets, by their place in GROUPS. */
function groupsOf({ entry }: SurveyedPolicy): number[] {
  return entry.opinions.flatMap((opinion, group) => (opinion === undefined ? [] : [group]));
}

function groupName(group: number): Group {
  return GROUPS[group]?.name ?? "network";
}

function matchedBy({ status }: SurveyedPolicy): number {
  return status.vms?.matched ?? 0;
}

/** At a group of its affinity. */
function atGroup(policy: SurveyedPolicy, group: Group, message: string): Hit {
  return { about: policy.tandem, path: ["spec", "affinity", group], part: "key", message };
}

/** Who goes before a policy in some groups, for the VMs that it selects: how many VMs each. */
function before({ world, decisions }: Decisions, { entry }: SurveyedPolicy, groups: readonly number[]): string {
  const others = new Map<string, number>();
  for (const vm of world.policies.selected(entry, world.vms)) {
    const affinities = decisions.get(vm.key)?.affinities ?? [];
    const names = new Set(groups.map((group) => affinities[group]?.policy?.name ?? "the VM's own affinity"));
    for (const name of names) others.set(name, (others.get(name) ?? 0) + 1);
  }
  return commonest(others, (name, vms) => `${name} (${plural(vms, "VM")})`);
}

interface Decisions extends Pick<Survey, "world"> {
  readonly decisions: ReadonlyMap<string, Survey["vms"][number]["decision"]>;
}

function decisionsOf({ world, vms }: Survey): Decisions {
  return { world, decisions: new Map(vms.map(({ entry, decision }) => [entry.key, decision])) };
}

export const SAYS_NOTHING: Rule = {
  code: "TL110",
  severity: "warning",
  title: "A policy sets no affinity",
  why: "It selects VMs and has no opinion on any group, so the next policy or the default decides as if it were not there.",
  advice: "Set antiMalware, network or integrityMonitoring under spec.affinity, or remove the policy.",
  bad: documents(APPLIANCE, VM, POLICY.replace("{network: AgentPreferred}", "{}")),
  good: documents(APPLIANCE, VM, POLICY),
  *find({ policies }) {
    for (const policy of policies) {
      if (groupsOf(policy).length > 0) continue;
      yield {
        about: policy.tandem,
        path: ["spec", "affinity"],
        part: "key",
        message: "sets no affinity for any group",
      };
    }
  },
};

export const SHADOWED: Rule = {
  code: "TL111",
  severity: "warning",
  title: "A policy decides nothing",
  why: "For every VM that it selects, and in every group that it sets, another policy or the VM itself goes before it: the higher priority, and of one priority the first by name. It could be removed, and nothing would change.",
  advice: "Raise its priority if it is to decide, remove it, or narrow the ones before it.",
  bad: documents(
    APPLIANCE,
    VM,
    POLICY,
    POLICY.replace("name: web", "name: web-first").replace("spec:", "spec:\n  priority: 10"),
  ),
  good: documents(
    APPLIANCE,
    VM,
    POLICY,
    POLICY.replace("name: web", "name: web-first")
      .replace("spec:", "spec:\n  priority: 10")
      .replace("network", "antiMalware"),
  ),
  *find(survey) {
    let decisions: Decisions | undefined;
    for (const policy of survey.policies) {
      if (matchedBy(policy) === 0 || policy.status.vms?.effective !== 0) continue;
      const groups = groupsOf(policy);
      if (groups.length === 0 || !survey.world.configurable) continue;
      decisions ??= decisionsOf(survey);
      const message = `decides nothing for the ${plural(matchedBy(policy), "VM")} that it selects: before it go ${before(decisions, policy, groups)}`;
      const { priority } = policy.object.spec;
      if (priority === undefined || priority === 0)
        yield { about: policy.tandem, path: ["spec", "affinity"], part: "key", message };
      else yield { about: policy.tandem, path: ["spec", "priority"], message };
    }
  },
};

export const GROUP_SHADOWED: Rule = {
  code: "TL112",
  severity: "note",
  title: "A policy decides nothing in one of its groups",
  why: "It decides other groups, but in this one another policy or the VM itself goes before it for every VM that it selects. Who reads it will think otherwise.",
  advice: "Remove the group from the policy, or raise its priority.",
  bad: documents(
    APPLIANCE,
    VM,
    POLICY.replace("{network", "{antiMalware: AppliancePreferred, network"),
    POLICY.replace("name: web", "name: web-first").replace("spec:", "spec:\n  priority: 10"),
  ),
  good: documents(
    APPLIANCE,
    VM,
    POLICY.replace("network: AgentPreferred", "antiMalware: AppliancePreferred"),
    POLICY.replace("name: web", "name: web-first").replace("spec:", "spec:\n  priority: 10"),
  ),
  *find(survey) {
    const decided = new Set(
      survey.vms.flatMap(({ decision }) =>
        decision.affinities.flatMap(({ policy, group }) => (policy === undefined ? [] : [`${policy.name} ${group}`])),
      ),
    );
    let decisions: Decisions | undefined;
    for (const policy of survey.policies) {
      if ((policy.status.vms?.effective ?? 0) === 0) continue;
      // Of a group that a tie has cost it, the tie is told.
      const tied = new Set(policy.status.conflicts?.sample.map(({ group }) => group));
      const idle = groupsOf(policy).filter(
        (group) => !decided.has(`${policy.entry.name} ${groupName(group)}`) && !tied.has(groupName(group)),
      );
      const [first] = idle;
      if (first === undefined) continue;
      decisions ??= decisionsOf(survey);
      const names = idle.map(groupName).join(" and ");
      yield atGroup(
        policy,
        groupName(first),
        `decides nothing in ${names}: before it go ${before(decisions, policy, idle)}`,
      );
    }
  },
};

export const CONFLICT: Rule = {
  code: "TL113",
  severity: "warning",
  title: "Two policies of one priority contradict each other",
  why: "They select the same VM and set a group differently. The first by name decides, so a new name can move the protection of VMs. Both policies and the VMs show it in the cluster (Conflicted, PolicyConflict).",
  advice: "Give the one that is to decide a higher priority, or select different VMs.",
  bad: documents(
    APPLIANCE,
    VM,
    POLICY.replace("{network", "{antiMalware: AppliancePreferred, network"),
    POLICY.replace("name: web", "name: shop").replace("AgentPreferred", "AgentOnly"),
  ),
  good: documents(
    APPLIANCE,
    VM,
    POLICY.replace("{network: AgentPreferred", "{antiMalware: AppliancePreferred"),
    POLICY.replace("name: web", "name: shop").replace("AgentPreferred", "AgentOnly"),
  ),
  *find({ policies }) {
    for (const policy of policies) {
      const { sample = [], total = 0 } = policy.status.conflicts ?? {};
      const [first] = sample;
      if (first === undefined) continue;
      const rows = sample
        .slice(0, 3)
        .map(({ policy: other, group, vms }) => `${other} in ${group} (${plural(vms, "VM")})`);
      const more = total > 3 ? ` and ${total - 3} more` : "";
      const message = `contradicts at priority ${policy.entry.priority} ${rows.join(", ")}${more}; the first by name decides`;
      yield atGroup(policy, first.group, message);
    }
  },
};

export const NOT_CONFIGURABLE: Rule = {
  code: "TL114",
  severity: "warning",
  title: "The manager ignores a policy",
  why: "Affinities can be set from manager version 10.0 on. Below it the defaults hold for every VM, whatever the policies say.",
  advice: "Update the manager, or say with --manager-version which one it is.",
  bad: documents(APPLIANCE, VM, POLICY),
  good: documents(APPLIANCE, VM),
  args: ["--manager-version", "9.6"],
  *find({ policies }) {
    for (const policy of policies) {
      const accepted = policy.status.conditions?.find(({ type }) => type === "Accepted");
      if (accepted?.reason !== "AffinityNotConfigurable" || groupsOf(policy).length === 0) continue;
      yield { about: policy.tandem, path: ["spec", "affinity"], part: "key", message: inSentence(accepted.message) };
    }
  },
};
