import fc from "fast-check";
import { expect, test } from "vitest";
import type { ProtectedVM } from "../../src/api/kinds.ts";
import { estate, NAMESPACES, VM_KEYS, vmNamed } from "../property/arbitraries.ts";
import { type Estate, raw, resolve, type Statuses } from "../resolve/estate.ts";

const TENANT = NAMESPACES[0] ?? "";
const isTheTenants = ({ metadata }: ProtectedVM): boolean => metadata.namespace === TENANT;

/** Whatever a tenant may make of the VMs of one namespace: none, others, with names and labels that mean something elsewhere. */
const tenantsVms = fc.array(
  fc
    .tuple(
      fc.constantFrom(...VM_KEYS.map(([, name]) => name), "constructor", "p1", "a"),
      fc.dictionary(
        fc.constantFrom("tier", "zone", "constructor", "kubernetes.io/metadata.name"),
        fc.constantFrom("pci", "web", "", ...NAMESPACES),
      ),
    )
    .chain(([name, labels]) =>
      vmNamed(TENANT, name).map((vm) => ({
        ...vm,
        metadata: { ...vm.metadata, labels: { ...vm.metadata.labels, ...labels } },
      })),
    ),
  { maxLength: 6 },
);

const unique = (vms: ProtectedVM[]): ProtectedVM[] => [...new Map(vms.map((vm) => [vm.metadata.name, vm])).values()];

/** A status without the sums over VMs, and what follows from them. */
function withoutCounts(status: object): object {
  const { vms, conflicts, features, protects, impact, conditions, ...rest } = raw<Record<string, unknown>>(status);
  const kept = raw<{ type: string }[]>(conditions ?? []).filter(({ type }) => type !== "Conflicted");
  return { ...rest, conditions: kept };
}

function elsewhere(statuses: Statuses): object {
  return {
    vms: Object.fromEntries([...statuses.vms].filter(([key]) => !key.startsWith(`${TENANT}/`))),
    policies: Object.fromEntries([...statuses.policies].map(([name, status]) => [name, withoutCounts(status)])),
    appliances: Object.fromEntries([...statuses.appliances].map(([name, status]) => [name, withoutCounts(status)])),
  };
}

test("whatever a tenant does to the VMs of a namespace, no VM elsewhere changes, and of policies and appliances only counts", () => {
  let moved = 0;
  fc.assert(
    fc.property(estate, tenantsVms, (before, theirs) => {
      const others = before.vms.filter((vm) => !isTheTenants(vm));
      const after: Estate = { ...before, vms: [...unique(theirs), ...others] };
      const [was, is] = [resolve(before), resolve(after)];
      expect(elsewhere(is)).toEqual(elsewhere(was));
      if (JSON.stringify([...is.policies, ...is.appliances]) !== JSON.stringify([...was.policies, ...was.appliances]))
        moved++;
    }),
    { numRuns: 1000 },
  );
  expect(moved, "the tenant must be able to change counts, or nothing was tried").toBeGreaterThan(100);
});

test("what an appliance can do for the VMs of others does not depend on how many a tenant puts on its host", () => {
  const appliance = { metadata: { name: "a", generation: 1 }, spec: { hostName: "esx-1" } };
  const spec: ProtectedVM["spec"] = { hostName: "esx-1", guestOS: "Windows", features: ["AntiMalware"] };
  const other: ProtectedVM = { metadata: { name: "other", namespace: "bank", generation: 1 }, spec };
  const many = Array.from(
    { length: 5_000 },
    (_, index): ProtectedVM => ({ metadata: { name: `vm-${index}`, namespace: TENANT }, spec }),
  );
  const alone = resolve({ appliances: [appliance], vms: [other] });
  const crowded = resolve({ appliances: [appliance], vms: [...many, other] });
  expect(crowded.vms.get("bank/other")).toEqual(alone.vms.get("bank/other"));
  expect(crowded.appliances.get("a")).toMatchObject({ vms: 5_001 });
});
