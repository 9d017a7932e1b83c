/**
 * The rules R1 to R13 of the specification as pure functions of plain objects: no clock, no I/O. How they are used:
 *
 *   const world = new World("20.0");
 *   world.setAppliance(appliance); world.setPolicy(policy); world.setVm(vm); // any order, any time
 *   const entry = world.vms.get(keyOf(vm));
 *   const decision = decide(world, entry);
 *   tally.put(entry.key, decision);
 *   vmStatus(vm, { entry, decision }, now);
 *   policyStatus(world, { policy, counts: tally.policy(name) }, now); // once every VM is in the tally
 */
export { type Decided, type Decision, decide } from "./decide.ts";
export { FEATURES } from "./features.ts";
export { applianceStatus, policyStatus } from "./owner-status.ts";
export { type Owner, Tally } from "./tally.ts";
export { compareVersions, FIRST_SUPPORTED, isVersion } from "./versions.ts";
export { vmStatus } from "./vm-status.ts";
export type { VmEntry } from "./vms.ts";
export { type Touched, World } from "./world.ts";
