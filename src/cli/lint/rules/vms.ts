import type { Path } from "../../../api/manifest/index.ts";
import { GROUPS, listOf } from "../../../resolve/features.ts";
import { inSentence } from "../../output/words.ts";
import { APPLIANCE, documents, VM } from "../examples.ts";
import type { Hit, Rule } from "../finding.ts";
import type { Survey, SurveyedVm } from "../survey.ts";

/** The VMs with a condition that the resolver found, in its words. */
function* having(
  survey: Survey,
  type: string,
  status: "True" | "False",
  path: (vm: SurveyedVm) => Path,
): Generator<Hit> {
  for (const vm of survey.vms) {
    const found = vm.conditions.find((one) => one.type === type && one.status === status);
    if (found !== undefined)
      yield { about: vm.tandem, path: path(vm), part: "key", message: inSentence(found.message) };
  }
}

export const OPT_OUT: Rule = {
  code: "TL204",
  severity: "warning",
  title: "A VM opts out of its appliance, which is refused",
  why: "In combined mode, with an appliance and an agent both activated, the appliance cannot be switched off for one VM. It stays (ApplianceOptOutRefused).",
  advice: "Remove applianceProtection, and set AgentOnly in spec.affinity for what the agent is to protect.",
  bad: documents(APPLIANCE, VM.concat("  applianceProtection: Disabled\n")),
  good: documents(APPLIANCE, VM.concat("  affinity: {network: AgentOnly}\n")),
  find: (survey) => having(survey, "ApplianceOptOutRefused", "True", () => ["spec", "applianceProtection"]),
};

export const UNLICENSED: Rule = {
  code: "TL205",
  severity: "warning",
  title: "The agent protects a feature without a licence",
  why: "What the agent protects needs its own licence, or for network features a PerCPU licence of the appliance that includes them. Nothing is switched off; LicenseCompliant is False.",
  advice: "Extend the licence and list the feature in agent.licensedFeatures, or let the appliance protect it.",
  bad: documents(APPLIANCE, VM.replace("modules:", "licensedFeatures: [], modules:")),
  good: documents(APPLIANCE, VM.replace("modules:", "licensedFeatures: [Firewall], modules:")),
  find: (survey) => having(survey, "LicenseCompliant", "False", () => ["spec", "agent", "licensedFeatures"]),
};

export const AGENT_VERSION: Rule = {
  code: "TL206",
  severity: "warning",
  title: "An agent is too old to count",
  why: "An agent below version 9.6 knows no combined mode and is no source: it is activated and protects nothing.",
  advice: "Update the agent, or correct agent.version.",
  bad: documents(
    APPLIANCE,
    VM.replace("AntiMalware, Firewall]", "AntiMalware]").replace("modules: [Firewall]", 'version: "9.5"'),
  ),
  good: documents(APPLIANCE, VM.replace("modules:", 'version: "20.0", modules:')),
  find: (survey) => having(survey, "AgentUnsupported", "True", () => ["spec", "agent", "version"]),
};

export const AFFINITY_IGNORED: Rule = {
  code: "TL207",
  severity: "warning",
  title: "The manager ignores a VM's own affinity",
  why: "Affinities can be set from manager version 10.0 on. Below it the defaults hold for every VM.",
  advice: "Update the manager, or say with --manager-version which one it is.",
  bad: documents(APPLIANCE, VM.concat("  affinity: {network: AgentOnly}\n")),
  good: documents(APPLIANCE, VM),
  args: ["--manager-version", "9.6"],
  find: (survey) => having(survey, "AffinityIgnored", "True", () => ["spec", "affinity"]),
};

export const NOT_INSTALLED_WITH: Rule = {
  code: "TL208",
  severity: "warning",
  title: "An agent that is not installed has modules or a version",
  why: "The two contradict each other. The state counts: the VM is taken to have no agent, and what it lists is not used.",
  advice: "Set agent.state to Activated or Deactivated, or remove the rest.",
  bad: documents(APPLIANCE, VM.replace("state: Activated", "state: NotInstalled")),
  good: documents(APPLIANCE, VM),
  *find({ vms }) {
    for (const { tandem, entry, object } of vms) {
      if (object.spec.agent?.state !== "NotInstalled") continue;
      const has = [
        ...(entry.agentVersion === undefined ? [] : ["a version"]),
        ...(entry.modules === 0 ? [] : ["modules"]),
      ];
      if (has.length === 0) continue;
      yield {
        about: tandem,
        path: ["spec", "agent", "state"],
        message: `the agent is NotInstalled and has ${has.join(" and ")}`,
      };
    }
  },
};

export const UNWANTED_MODULES: Rule = {
  code: "TL209",
  severity: "note",
  title: "An agent has modules that the VM does not want",
  why: "Modules of features that are not in spec.features do nothing: either they are left over, or the feature was forgotten.",
  advice: "Add the feature to spec.features, or remove the module from the guest.",
  bad: documents(APPLIANCE, VM.replace("[Firewall]", "[Firewall, LogInspection]")),
  good: documents(APPLIANCE, VM),
  *find({ vms }) {
    for (const { tandem, entry } of vms) {
      const unwanted = entry.agentState === "NotInstalled" ? 0 : entry.modules & ~entry.wanted;
      if (unwanted === 0) continue;
      const message = `the agent has modules that nobody wants: ${listOf(unwanted).join(", ")}`;
      yield { about: tandem, path: ["spec", "agent", "modules"], part: "key", message };
    }
  },
};

export const IDLE_AFFINITY: Rule = {
  code: "TL210",
  severity: "note",
  title: "A VM sets an affinity for features that it does not want",
  why: "The affinity of a group does nothing while none of its features is in spec.features.",
  advice: "Add the feature to spec.features, or remove the affinity.",
  bad: documents(APPLIANCE, VM.concat("  affinity: {integrityMonitoring: ApplianceOnly}\n")),
  good: documents(APPLIANCE, VM.concat("  affinity: {antiMalware: ApplianceOnly}\n")),
  *find({ vms }) {
    for (const { tandem, entry } of vms) {
      const own = entry.affinity ?? [];
      const idle = GROUPS.filter(({ features }, group) => own[group] !== undefined && (features & entry.wanted) === 0);
      const [first] = idle;
      if (first === undefined) continue;
      const message = `sets an affinity for ${idle.map(({ name }) => name).join(" and ")} and wants none of those features`;
      yield { about: tandem, path: ["spec", "affinity", first.name], part: "key", message };
    }
  },
};
