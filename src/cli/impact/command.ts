import { command, INPUT, MANAGER_VERSION, output } from "../command.ts";
import type { ImpactOptions } from "./impact.ts";

const EXAMPLES = `
Examples:
  tandem impact appliance dsva-esx-01 -f estate/              what is lost while it is deactivated, what to do before
  tandem impact host esx-01.lab.example --context lab         all appliances of a host, in a cluster
  tandem impact appliance dsva-1 dsva-2 -f estate/            both at the same time, and one after the other
  tandem impact host esx-01 --evacuate-to esx-02 -f estate/   its VMs on another host
  tandem impact appliance --all --batch 10 -f estate/         a rolling upgrade of every appliance
  tandem impact appliance --version-below 20.0.1 -f estate/ -o markdown

Deactivated means what a VM's status.forecast means: the host chooses its appliance anew, and its VMs stay where they are.
Exit code 0: nothing is lost, 1: a feature that is protected now would not be, 2: wrong usage or a failure.
Moves and installs do not change the exit code.`;

export const IMPACT = command<ImpactOptions>({
  name: "impact",
  summary: "what a maintenance of appliances or hosts would do to the protection of VMs",
  description:
    "Says which features would be lost or would move, and which modules to install before, if appliances were " +
    "deactivated: at the same time, or one after the other.",
  arguments: [
    { syntax: "<kind>", meaning: "of what", choices: ["appliance", "host"] },
    { syntax: "[name...]", meaning: "names of appliances or hosts" },
  ],
  options: [
    ...INPUT,
    { flags: "--all", meaning: "every appliance or host, one after the other", group: "Maintenance:" },
    {
      flags: "--version-below <version>",
      meaning: "every appliance with a version below this one, one after the other",
      group: "Maintenance:",
    },
    {
      flags: "--batch <number>",
      meaning: "so many at the same time, one batch after the other; never two appliances of a host",
      group: "Maintenance:",
    },
    { flags: "--evacuate-to <host>", meaning: "the hosts' VMs move to this host", group: "Maintenance:" },
    output("table", "wide", "json", "yaml", "markdown"),
    MANAGER_VERSION,
  ],
  examples: EXAMPLES,
  run: async (options, args, io) => (await import("./impact.ts")).impact(options, args, io),
});
