/** SPEC section 4: conditions that are there only while they are True. */
export const ONLY_WHILE_TRUE = [
  "Reconciling",
  "Stalled",
  "PolicyConflict",
  "Conflicted",
  "ApplianceOptOutRefused",
  "AgentUnsupported",
  "AffinityIgnored",
];

/** SPEC section 4: the order of conditions in every status. */
export const ORDER = [
  "Ready",
  "Accepted",
  "Protected",
  "ModulesInstalled",
  "PolicyDelivered",
  "LicenseCompliant",
  "Healthy",
  ...ONLY_WHILE_TRUE,
];
