import { keyOf } from "../../src/api/object.ts";
import { applianceStatus } from "./appliance.ts";
import { policyStatus } from "./policy.ts";
import { resolveVm, vmStatus } from "./vm.ts";
import { worldOf } from "./world.ts";

/**
 * The statuses that Tandem is to write, worked out slowly and sentence by sentence from SPEC: an oracle for tests, in
 * which speed counts for nothing. Policies times policies times VMs, so meant for worlds of at most some hundreds.
 *
 * @param objects ProtectedVMs, AffinityPolicies, Appliances and Namespaces as the API server gives them; optional fields
 *   may be null, the status that is there gives times, `reports` and `delivered`. Other kinds are ignored.
 * @param options `managerVersion` in dotted numbers (SPEC R5); `now` in RFC 3339, for what changed.
 * @returns by `Kind/namespace/name` or `Kind/name` the whole status. Messages of conditions are free text. Without
 *   `metadata.generation` there is no `observedGeneration`.
 */
export function referenceStatuses(
  objects: readonly object[],
  options: { managerVersion: string; now: string },
): Map<string, unknown> {
  const world = worldOf(objects, options);
  const resolved = world.vms.map((vm) => resolveVm(world, vm));
  const statuses = new Map<string, unknown>();
  for (const one of resolved) statuses.set(`ProtectedVM/${keyOf(one.vm)}`, vmStatus(world, one));
  for (const policy of world.policies) {
    statuses.set(`AffinityPolicy/${keyOf(policy)}`, policyStatus(world, policy, resolved));
  }
  for (const appliance of world.appliances) {
    statuses.set(`Appliance/${keyOf(appliance)}`, applianceStatus(world, appliance, resolved));
  }
  return statuses;
}
