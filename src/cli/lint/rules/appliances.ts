import { inSentence } from "../../output/words.ts";
import { APPLIANCE, documents, VM } from "../examples.ts";
import type { Hit, Rule } from "../finding.ts";
import type { Survey, SurveyedAppliance } from "../survey.ts";

/** An appliance that is not accepted, in the words of the resolver. */
function* refused({ appliances }: Survey, reason: string, field: string): Generator<Hit> {
  for (const { tandem, status } of appliances) {
    const accepted = status.conditions?.find(({ type }) => type === "Accepted");
    if (accepted?.reason === reason)
      yield { about: tandem, path: ["spec", field], message: inSentence(accepted.message) };
  }
}

export const HOST_CONFLICT: Rule = {
  code: "TL301",
  severity: "warning",
  title: "A host has two activated appliances",
  why: "Only the first by name protects the VMs of the host. The other is not accepted (HostConflict) and protects nothing.",
  advice: "Deactivate or remove one of them, or correct its hostName.",
  bad: documents(APPLIANCE, APPLIANCE.replace("dsva-1", "dsva-2"), VM),
  good: documents(APPLIANCE, APPLIANCE.replace("dsva-1", "dsva-2").concat("  activation: Deactivated\n"), VM),
  find: (survey) => refused(survey, "HostConflict", "hostName"),
};

export const APPLIANCE_VERSION: Rule = {
  code: "TL302",
  severity: "warning",
  title: "An appliance is too old to count",
  why: "An appliance below version 9.6 knows no combined mode. It is not accepted, and its host is taken to have none.",
  advice: "Update the appliance, or correct spec.version.",
  bad: documents(APPLIANCE, APPLIANCE.replace("dsva-1", "dsva-0").concat('  version: "9.5"\n'), VM),
  good: documents(APPLIANCE.concat('  version: "20.0"\n'), VM),
  find: (survey) => refused(survey, "UnsupportedVersion", "version"),
};

function canDoNothing({ entry }: SurveyedAppliance): boolean {
  return entry.ableWindows === 0 && entry.ableOther === 0;
}

export const NO_SERVICES: Rule = {
  code: "TL303",
  severity: "warning",
  title: "An appliance has no service of its host",
  why: "With an empty list of services the appliance can do no feature for any guest. A list that is absent means that it has both.",
  advice: "List the services that the platform offers it, or remove the field.",
  bad: documents(APPLIANCE.concat("  services: []\n"), VM.replace("[Firewall]", "[AntiMalware, Firewall]")),
  good: documents(APPLIANCE, VM),
  *find({ appliances }) {
    for (const appliance of appliances) {
      if (!canDoNothing(appliance)) continue;
      yield {
        about: appliance.tandem,
        path: ["spec", "services"],
        part: "key",
        message: "has no service, so it can protect nothing",
      };
    }
  },
};

export const HOST_WITHOUT_VM: Rule = {
  code: "TL304",
  severity: "note",
  title: "An appliance is on a host without VMs",
  why: "It protects nobody. The host may be empty; a misspelt hostName looks the same.",
  advice: "Compare spec.hostName with that of the VMs that it is to protect.",
  bad: documents(APPLIANCE, APPLIANCE.replace("dsva-1", "dsva-2").replace("esx-1", "esx-2"), VM),
  good: documents(APPLIANCE, VM),
  *find({ appliances, vms }) {
    if (vms.length === 0) return;
    for (const { tandem, status, entry } of appliances) {
      if (status.vms === 0)
        yield { about: tandem, path: ["spec", "hostName"], message: `no VM is on its host ${entry.host}` };
    }
  },
};
