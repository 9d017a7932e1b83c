import type { GroupAffinity } from "../affinity.ts";
import type { Decided } from "../decide.ts";
import type { ApplianceEntry } from "../hosts.ts";
import type { VmEntry } from "../vms.ts";

/**
 * Whether two decisions on a VM, also of two worlds, surely give it the same status. Quick, so it may say no to what shows no
 * difference in the end: whoever wants to know what differs compares the statuses. What follows from the rest is not compared.
 */
export function isSameDecision(a: Decided, b: Decided): boolean {
  const [one, other] = [a.decision, b.decision];
  return (
    isSameVm(a.entry, b.entry) &&
    // Equal ones are the same object, in all worlds.
    one.split === other.split &&
    one.available === other.available &&
    one.applianceDeactivated === other.applianceDeactivated &&
    one.required === other.required &&
    one.unlicensed === other.unlicensed &&
    one.configurable === other.configurable &&
    isSameAppliance(one.inCharge, other.inCharge) &&
    one.affinities.every((affinity, index) => isSameAffinity(affinity, other.affinities[index]))
  );
}

/** As far as the messages of a status tell of it. */
function isSameVm(a: VmEntry, b: VmEntry): boolean {
  return (
    a.wanted === b.wanted &&
    a.host === b.host &&
    a.guestOS === b.guestOS &&
    a.agentState === b.agentState &&
    a.agentVersion === b.agentVersion &&
    a.optOut === b.optOut &&
    a.affinity === b.affinity
  );
}

/** Whether a VM notices no difference between two appliances in charge of its host. */
export function isSameAppliance(a: ApplianceEntry | undefined, b: ApplianceEntry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.name === b.name &&
    a.activated === b.activated &&
    // Which services it has, for any guest.
    a.ableWindows === b.ableWindows &&
    a.licensed === b.licensed &&
    a.licensedToAgents === b.licensedToAgents
  );
}

/** Whether two policies, VMs or defaults say the same of a group, and nobody contradicts, or the same ones do. */
export function isSameAffinity(a: GroupAffinity, b: GroupAffinity | undefined): boolean {
  return (
    a === b ||
    (a.affinity === b?.affinity &&
      a.decidedBy === b.decidedBy &&
      a.rivals.length === b.rivals.length &&
      (a.rivals.length === 0 ||
        (a.policy?.priority === b.policy?.priority &&
          a.rivals.every(({ name }, index) => name === b.rivals[index]?.name))))
  );
}
