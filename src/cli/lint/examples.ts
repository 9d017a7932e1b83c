/*
 * The manifests that the examples of the catalogue are put together from: an appliance, a VM that it protects, a policy.
 * An example shows the whole of what is linted, so that a reader can try it.
 */

export const APPLIANCE = `apiVersion: tandem.dev/v1alpha1
kind: Appliance
metadata: {name: dsva-1}
spec:
  hostName: esx-1.example
`;

/** Anti-malware by the appliance, the firewall by the agent. */
export const VM = `apiVersion: tandem.dev/v1alpha1
kind: ProtectedVM
metadata: {name: web-1, namespace: shop, labels: {tier: web}}
spec:
  hostName: esx-1.example
  guestOS: Windows
  features: [AntiMalware, Firewall]
  agent: {state: Activated, modules: [Firewall]}
`;

export const POLICY = `apiVersion: tandem.dev/v1alpha1
kind: AffinityPolicy
metadata: {name: web}
spec:
  vmSelector: {matchLabels: {tier: web}}
  affinity: {network: AgentPreferred}
`;

export function documents(...all: readonly string[]): string {
  return all.join("---\n");
}
