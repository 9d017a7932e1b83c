import { closest } from "../../../api/validate/index.ts";
import { getOrSet } from "../../../resolve/buckets.ts";
import type { World } from "../../../resolve/index.ts";
import { APPLIANCE, documents, VM } from "../examples.ts";
import type { Rule } from "../finding.ts";
import type { Survey } from "../survey.ts";

/** What counts hosts up in their names: numbers, and letters that stand alone or behind a number. */
function countersOf(host: string): string {
  return (host.match(/\d+[a-z]?\b|\b[a-z]\b/g) ?? []).join(" ");
}

/**
 * The host that was probably meant by one that no appliance names. Names that differ in a counter are two hosts, and so are
 * names of which both have their share of the VMs.
 */
function meantBy(host: string, hosts: ReadonlySet<string>, { vms }: World): string | undefined {
  const candidates = [...hosts].filter((one) => countersOf(one) === countersOf(host));
  const isShort = (one: string, other: string) => other.startsWith(`${one}.`);
  const meant = closest(host, candidates) ?? [...hosts].find((one) => isShort(host, one) || isShort(one, host));
  if (meant === undefined) return undefined;
  const [here, there] = [vms.on(host).size, vms.on(meant).size];
  return there === 0 || here === 1 || here * 10 <= there ? meant : undefined;
}

/** The VMs on a host that no appliance names, and which one was meant, if there is a likely one. */
function* strays({
  world,
  vms,
  appliances,
}: Survey): Generator<{ vm: Survey["vms"][number]; host: string; meant: string | undefined }> {
  const hosts = new Set(appliances.map(({ entry }) => entry.host));
  const found = new Map<string, string | undefined>();
  for (const vm of vms) {
    const { host } = vm.entry;
    if (host === undefined || world.hosts.on(host).appliances.length > 0) continue;
    yield { vm, host, meant: getOrSet(found, host, () => meantBy(host, hosts, world)) };
  }
}

export const MISSPELT_HOST: Rule = {
  code: "TL211",
  severity: "warning",
  title: "A VM is on a host that looks misspelt",
  why: "No appliance has this hostName, but one has a name that is nearly the same. The VM is taken to have no appliance.",
  advice: "Correct spec.hostName of the VM, or of the appliance.",
  bad: documents(
    APPLIANCE,
    VM,
    VM.replace("web-1", "web-2")
      .replace("esx-1.example", "esx-1.exmaple")
      .replace("[Firewall]", "[AntiMalware, Firewall]"),
  ),
  good: documents(APPLIANCE, VM, VM.replace("web-1", "web-2")),
  *find(survey) {
    for (const { vm, host, meant } of strays(survey)) {
      if (meant === undefined) continue;
      const message = `no appliance is on host ${host}; did you mean ${meant}?`;
      yield { about: vm.tandem, path: ["spec", "hostName"], message };
    }
  },
};

export const HOST_WITHOUT_APPLIANCE: Rule = {
  code: "TL212",
  severity: "note",
  title: "A VM is on a host without an appliance",
  why: "All of its protection hangs on the agent. That can be meant; an appliance that is missing from the input looks the same.",
  advice: "Add the manifest of the appliance, if there is one.",
  bad: documents(
    APPLIANCE,
    VM,
    VM.replace("web-1", "web-2").replace("esx-1.", "esx-2.").replace("[Firewall]", "[AntiMalware, Firewall]"),
  ),
  good: documents(APPLIANCE, VM, VM.replace("web-1", "web-2")),
  *find(survey) {
    // Where nobody has an appliance the estate knows of none, and that is told once.
    if (survey.appliances.length === 0) return;
    for (const { vm, host, meant } of strays(survey)) {
      if (meant === undefined)
        yield { about: vm.tandem, path: ["spec", "hostName"], message: `no appliance is on host ${host}` };
    }
  },
};

export const NOT_PLACED: Rule = {
  code: "TL213",
  severity: "note",
  title: "A VM is on no host",
  why: "Without spec.hostName no appliance protects it, wherever it runs.",
  advice: "Set spec.hostName, if the VM is placed.",
  bad: documents(
    APPLIANCE,
    VM,
    VM.replace("web-1", "web-2")
      .replace(/ {2}hostName.*\n/, "")
      .replace("[Firewall]", "[AntiMalware, Firewall]"),
  ),
  good: documents(APPLIANCE, VM),
  *find({ vms }) {
    for (const { tandem, entry } of vms) {
      if (entry.host === undefined)
        yield { about: tandem, path: ["spec"], part: "key", message: "is placed on no host" };
    }
  },
};
