import { type ApplianceEntry, applianceAcceptance } from "../../resolve/explain/index.ts";
import type { World } from "../../resolve/index.ts";
import { inSentence } from "../output/words.ts";
import type { Detail } from "./explanation.ts";

/** How an appliance came to be in charge of its host, in words (SPEC R1). */
export function inChargeBecause(appliance: ApplianceEntry, others: readonly ApplianceEntry[]): string {
  const rivals = others.filter(({ supported }) => supported);
  const activated = rivals.filter((one) => one.activated);
  if (rivals.length === 1) return "the only one that counts there";
  if (!appliance.activated) return "none there is Activated, and it is the first by name";
  return activated.length === 1 ? "the only one there that is Activated" : "of those Activated there the first by name";
}

/** An appliance of a host, and what it is there (SPEC R1). */
export function applianceDetail(world: World, appliance: ApplianceEntry, inCharge: boolean): Detail {
  const accepted = applianceAcceptance(world, appliance.name);
  const version = appliance.version === undefined ? "" : `, version ${appliance.version}`;
  const role =
    accepted.status === "False"
      ? `not accepted (${accepted.reason}): ${inSentence(accepted.message)}`
      : inCharge
        ? "in charge"
        : "accepted, protects nothing as long as another one is in charge";
  return { text: `${appliance.name}: ${appliance.activated ? "Activated" : "Deactivated"}${version}; ${role}` };
}

export function applianceFacts(world: World, appliance: ApplianceEntry, inCharge: boolean) {
  const { name, activated, version } = appliance;
  const accepted = applianceAcceptance(world, name);
  return {
    name,
    activation: activated ? "Activated" : "Deactivated",
    ...(version !== undefined && { version }),
    accepted: accepted.status === "True",
    reason: accepted.reason,
    message: accepted.message,
    inCharge,
  };
}
