import fc from "fast-check";
import { expect, test } from "vitest";
import type { FeatureRow, PolicyStatus, VmStatus } from "../../src/api/kinds.ts";
import { type Estate, estateOf, found, LATER, raw, resolve } from "../resolve/estate.ts";
import { estate, labels, POLICIES, policyNamed, reportsOf, vmNamed, withReports } from "./arbitraries.ts";
import { having } from "./having.ts";

const reportedEstate = estate.chain((world) => withReports(world, resolve(world).vms));
const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}

test("the order of objects does not matter", () => {
  const permuted = reportedEstate.chain((world) =>
    fc.tuple(
      fc.constant(world),
      fc.record({
        managerVersion: fc.constant(world.managerVersion),
        namespaces: shuffled(Object.entries(world.namespaces)).map((entries) => Object.fromEntries(entries)),
        appliances: shuffled(world.appliances),
        policies: shuffled(world.policies),
        vms: shuffled(world.vms),
      }),
    ),
  );
  fc.assert(
    fc.property(permuted, ([world, other]) => {
      expect(resolve(other)).toEqual(resolve(world));
    }),
  );
});

test("the order within lists and label maps of a spec does not matter", () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed).reverse();
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, inner]) => [key, reversed(inner)])
        .reverse(),
    );
  };
  fc.assert(
    fc.property(estate, (world) => {
      const other = raw<Estate>(reversed(world));
      // Which of the problems of an invalid selector its message names is free.
      const unworded = ({ conditions, ...counts }: PolicyStatus) => [
        counts,
        conditions?.map(({ message, reason, ...one }) => [reason, one, reason === "InvalidSelector" || message]),
      ];
      const [a, b] = [resolve(world), resolve(other)];
      expect(b.vms).toEqual(a.vms);
      expect(b.appliances).toEqual(a.appliances);
      for (const [name, status] of a.policies) expect(unworded(found(b.policies.get(name)))).toEqual(unworded(status));
    }),
  );
});

test("a status that is fed back is the same status, whatever the time", () => {
  fc.assert(
    fc.property(reportedEstate, (world) => {
      const first = resolve(world);
      expect(resolve(having(world, first), LATER)).toEqual(first);
    }),
  );
});

test("a policy that comes later changes nothing where one that comes before it, or the VM, speaks", () => {
  const [last = "", ...names] = POLICIES.toReversed();
  const withOneMore = fc.tuple(
    estate.map((world) => ({ ...world, policies: world.policies.filter((one) => names.includes(one.metadata.name)) })),
    policyNamed(last),
  );
  const facts = ({ lastTransitionTime: _, ...facts }: FeatureRow) => facts;
  fc.assert(
    fc.property(withOneMore, ([world, policy]) => {
      const precedes = (name: string): boolean => {
        const { spec } = found(world.policies.find((one) => one.metadata.name === name));
        const [theirs, its] = [spec.priority ?? 0, policy.spec.priority ?? 0];
        return theirs > its || (theirs === its && name < last);
      };
      const after = resolve({ ...world, policies: [policy, ...world.policies] }).vms;
      for (const [key, before] of resolve(world).vms) {
        found(before.features).forEach((row, index) => {
          const [kind, name = ""] = row.decidedBy.split("/");
          const settled = kind === "VM" || kind === "Fixed" || (kind === "Policy" && precedes(name));
          if (settled) expect(facts(found(after.get(key)?.features?.[index]))).toEqual(facts(row));
        });
      }
    }),
    { numRuns: 300 },
  );
});

/** What R13 says follows from declared objects alone. */
function decided(status: VmStatus): unknown {
  const { mode, appliance, coverage, requiredModules, revision, forecast, features, conditions } = status;
  const declared = ["Protected", "ModulesInstalled", "LicenseCompliant", "PolicyConflict", "Stalled"];
  const more = ["ApplianceOptOutRefused", "AgentUnsupported", "AffinityIgnored"];
  const rows = features?.map(({ lastTransitionTime: _, ...row }) => row);
  const said = conditions
    ?.filter(({ type }) => [...declared, ...more].includes(type))
    .map(({ type, status, reason, message }) => ({ type, status, reason, message }));
  return { mode, appliance, coverage, requiredModules, revision, forecast, rows, said };
}

test("nothing but spec, labels and namespace labels matters: not reports, delivery, old status, annotations or ages", () => {
  const time = fc.constantFrom("2001-01-01T00:00:00Z", "2031-01-01T00:00:00Z");
  const metadata = fc.record({
    annotations: fc.dictionary(fc.constantFrom("tier", "note"), fc.string()),
    creationTimestamp: time,
    deletionTimestamp: time,
    uid: fc.uuid(),
    resourceVersion: fc.constantFrom("1", "99"),
    finalizers: fc.constant(["x/y"]),
    ownerReferences: fc.constant([]),
    generation: fc.nat(9),
  });
  const row = { name: "AntiMalware", source: "Agent", lastTransitionTime: "2001-01-01T00:00:00Z" };
  const old = {
    mode: "Combined",
    revision: "deadbeef",
    appliance: "b",
    features: [row],
    requiredModules: ["Firewall"],
  };
  const noise = fc.record({ metadata, labels, status: reportsOf().map((theirs) => ({ ...old, ...theirs })) });
  fc.assert(
    fc.property(estate, fc.array(noise, { minLength: 20, maxLength: 20 }), (world, noises) => {
      let next = 0;
      const noisy = <T extends { metadata: object }>(object: T, labelled: boolean): T => {
        const { metadata, labels, status } = found(noises[next++]);
        const more = labelled ? { labels, ...metadata } : metadata;
        return raw<T>({ ...object, metadata: { ...object.metadata, ...more }, status });
      };
      const other = resolve({
        ...world,
        vms: world.vms.map((vm) => noisy(vm, false)),
        policies: world.policies.map((policy) => noisy(policy, true)),
        appliances: world.appliances.map((appliance) => noisy(appliance, true)),
      });
      const plain = resolve(world);
      for (const [key, status] of plain.vms) expect(decided(found(other.vms.get(key)))).toEqual(decided(status));
      for (const [name, { vms, conflicts }] of plain.policies)
        expect(other.policies.get(name)).toMatchObject({ vms, conflicts });
      for (const [name, { vms, features, protects, impact }] of plain.appliances)
        expect(other.appliances.get(name)).toMatchObject({ vms, features, protects, impact });
    }),
    { numRuns: 200 },
  );
});

test("a VM without labels is selected only by selectors that ask for no label", () => {
  fc.assert(
    fc.property(policyNamed("p"), vmNamed("shop", "v"), (policy, vm) => {
      const { labels: _, ...metadata } = vm.metadata;
      const bare = { ...vm, metadata };
      const { matchLabels, matchExpressions } = policy.spec.vmSelector;
      const asks =
        Object.keys(matchLabels ?? {}).length > 0 ||
        (matchExpressions ?? []).some(({ operator }) => operator === "In" || operator === "Exists");
      const world = estateOf({ policies: [policy], vms: [bare] });
      if (asks) expect(resolve(world).policies.get("p")?.vms?.matched).toBe(0);
      const labelled = { ...bare, metadata: { ...metadata, labels: {} } };
      expect(resolve({ ...world, vms: [labelled] })).toEqual(resolve(world));
    }),
    { numRuns: 500 },
  );
});

test("objects are only read", () => {
  fc.assert(
    fc.property(reportedEstate, (world) => {
      expect(resolve(deepFreeze(structuredClone(world)))).toEqual(resolve(world));
    }),
  );
});

test("who changes a list of a status changes no other status: it is its own, or frozen", () => {
  fc.assert(
    fc.property(reportedEstate, (world) => {
      const before = structuredClone(resolve(world));
      for (const { actions, requiredModules, forecast } of resolve(world).vms.values()) {
        for (const list of [actions, requiredModules, forecast?.applianceDeactivated?.losses]) {
          if (list !== undefined && !Object.isFrozen(list)) raw<unknown[]>(list).push("X");
        }
      }
      expect(resolve(world)).toEqual(before);
    }),
  );
});
