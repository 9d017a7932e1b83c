import type { ApplianceStatus, Condition, PolicyStatus, VmStatus } from "../../src/api/kinds.ts";
import { referenceStatuses } from "./index.ts";

/** For what changed. */
export const NOW = "2026-10-01T12:00:00Z";
/** In the statuses that were there before. */
export const EARLIER = "2026-09-01T12:00:00Z";

/** The VM `shop/web-1`: on host `h`, Windows, wants AntiMalware and Firewall, no agent. */
export function vm(spec: object, rest: { labels?: object; generation?: number; status?: object } = {}) {
  const { labels = {}, generation, status } = rest;
  const metadata = { name: "web-1", namespace: "shop", labels, ...(generation === undefined ? {} : { generation }) };
  return {
    kind: "ProtectedVM",
    metadata,
    spec: { hostName: "h", guestOS: "Windows", features: ["AntiMalware", "Firewall"], ...spec },
    ...(status === undefined ? {} : { status }),
  };
}
/** An appliance of host `h`. */
export const appliance = (name: string, spec: object = {}) => ({
  kind: "Appliance",
  metadata: { name },
  spec: { hostName: "h", ...spec },
});
/** A policy for every VM. */
export const policy = (name: string, spec: object) => ({
  kind: "AffinityPolicy",
  metadata: { name },
  spec: { vmSelector: {}, ...spec },
});

/** The statuses of `shop/web-1`, of a policy and of an appliance. */
export function statuses(objects: readonly object[], managerVersion = "20.0") {
  const all = referenceStatuses(objects, { managerVersion, now: NOW });
  return {
    vm: all.get("ProtectedVM/shop/web-1") as Required<VmStatus>,
    policy: (name: string) => all.get(`AffinityPolicy/${name}`) as Required<PolicyStatus>,
    appliance: (name: string) => all.get(`Appliance/${name}`) as Required<ApplianceStatus>,
  };
}
/** The conditions, in order, as `Type=Status Reason`. */
export const said = (status: { conditions: Condition[] }) =>
  status.conditions.map((condition) => `${condition.type}=${condition.status} ${condition.reason}`);
export const conditionOf = (status: { conditions: Condition[] }, type: string) =>
  status.conditions.find((condition) => condition.type === type);
export const activated = { state: "Activated", modules: ["AntiMalware", "Firewall"] };
