import type { Repository } from "./repository.ts";

/** Switches off an appliance of the samples that VMs without an agent need: features are lost. */
export function deactivate(repository: Repository): void {
  const host = "hostName: esx-01.dc1.example\n";
  repository.edit("manifests/appliances.yaml", host, `${host}  activation: Deactivated\n`);
}
