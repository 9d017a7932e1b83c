import { isDeepStrictEqual } from "node:util";
import { crds } from "../../src/api/generated/schemas.ts";
import type { AffinityPolicy, AffinitySpec, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, policy, vm } from "../fault/estate.ts";
import { resolve } from "../resolve/estate.ts";
import type { Model, ModelObject } from "../simulation/model.ts";
import { NAMESPACES } from "../simulation/wire.ts";

export const VMS = 2_000;
/** A host with an appliance for 100 VMs. */
const HOSTS = VMS / 100;
const POLICIES = 10;
const NAMESPACE = "gate";
/** The policy for all VMs. */
const EVERYWHERE = "everywhere";
const APPLIANCES_FIRST: AffinitySpec = { network: "AppliancePreferred", antiMalware: "AppliancePreferred" };
const AGENTS_FIRST: AffinitySpec = { network: "AgentPreferred", antiMalware: "AgentPreferred" };

/** The same estate each time; no object has a status yet. */
export function populate(model: Model): void {
  const range = (length: number) => Array.from({ length }, (_, n) => n);
  model.create(NAMESPACES, { metadata: { name: NAMESPACE } });
  for (const n of range(HOSTS)) model.create(crds.Appliance.resource, appliance(n));
  const others = range(POLICIES - 1).map((n) =>
    policy(`app-${n}`, { priority: n, affinity: { integrityMonitoring: "AgentPreferred" }, app: `app-${n}` }),
  );
  for (const one of [...others, policy(EVERYWHERE, { priority: 1000, affinity: APPLIANCES_FIRST })]) {
    model.create(crds.AffinityPolicy.resource, one);
  }
  for (const n of range(VMS)) model.create(crds.ProtectedVM.resource, vm(NAMESPACE, n, HOSTS));
}

/** The status of every VM changes. */
export function turnEverything(model: Model): void {
  edit<AffinityPolicy>(model, "AffinityPolicy", EVERYWHERE, (spec) => ({ ...spec, affinity: AGENTS_FIRST }));
}

/** A person changes one VM, and so what its status has to be. */
export function editOneVm(model: Model): void {
  edit<ProtectedVM>(model, "ProtectedVM", `${NAMESPACE}/vm-1`, (spec) => ({
    ...spec,
    agent: { state: "Deactivated" },
  }));
}

/** An appliance that protects for some of its VMs goes away. */
export function deactivateAppliance(model: Model): void {
  edit<Appliance>(model, "Appliance", "dsva-0", (spec) => ({ ...spec, activation: "Deactivated" }));
}

/** A new generation of a policy that changes nothing for any VM. */
export function touchPolicy(model: Model): void {
  edit<AffinityPolicy>(model, "AffinityPolicy", "app-0", (spec) => ({ ...spec, priority: 500 }));
}

/** How many objects have not the status that they should have. */
export function unsettled(model: Model): { vms: number; owners: number } {
  const all = <T>(kind: keyof typeof crds): T[] => model.all(kind) as unknown[] as T[];
  const namespaces = Object.fromEntries(
    model.all("Namespace").map(({ metadata: { name, labels = {} } }) => [name, { ...labels }]),
  );
  const statuses = resolve({
    namespaces,
    vms: all<ProtectedVM>("ProtectedVM"),
    policies: all<AffinityPolicy>("AffinityPolicy"),
    appliances: all<Appliance>("Appliance"),
  });
  const wrong = (kind: string, expected: ReadonlyMap<string, object>): number =>
    [...expected].filter(([key, status]) => !isDeepStrictEqual(model.get(kind, key)?.status, status)).length;
  const { vms, policies, appliances } = statuses;
  return {
    vms: wrong("ProtectedVM", vms),
    owners: wrong("AffinityPolicy", policies) + wrong("Appliance", appliances),
  };
}

function edit<T extends { spec: object }>(
  model: Model,
  kind: keyof typeof crds,
  key: string,
  change: (spec: T["spec"]) => T["spec"],
): void {
  const before = model.get(kind, key) as (ModelObject & T) | undefined;
  if (before === undefined) throw new Error(`there is no ${kind} ${key}`);
  model.update(crds[kind].resource, { ...before, spec: change(before.spec) });
}
