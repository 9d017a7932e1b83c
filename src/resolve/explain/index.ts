/** What the resolver says about its decisions, for whoever explains them. Nothing in here decides. */

export { AGENT_ONLY, type FeatureSet, GROUPS, listOf, serviceFor, setOf, sizeOf } from "../features.ts";
export { type ApplianceEntry, ableFor } from "../hosts.ts";
export { agentObstacle, applianceObstacle } from "../messages.ts";
export { applianceAcceptance, policyAcceptance } from "../owner-status.ts";
export type { PolicyEntry } from "../policy-entry.ts";
export { reasonFor } from "../sources.ts";
export { FIRST_CONFIGURABLE, FIRST_SUPPORTED } from "../versions.ts";
export { countsForHealth, health } from "../vm-findings.ts";
export { funnelOf, type Stage, valuesFor } from "./funnel.ts";
export { type Remedy, remediesFor } from "./remedies.ts";
export { type Role, roleOf } from "./roles.ts";
export { type Failure, failuresOf, requirementText } from "./selector-failure.ts";
export { decisionsWithout, differenceOf } from "./without-policy.ts";
