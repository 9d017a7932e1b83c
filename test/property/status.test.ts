import fc from "fast-check";
import { expect, test } from "vitest";
import type { Condition } from "../../src/api/kinds.ts";
import { type Estate, found, LATER, policy, resolve, vm } from "../resolve/estate.ts";
import { estate, FEATURES, withReports } from "./arbitraries.ts";
import { ONLY_WHILE_TRUE, ORDER } from "./condition-order.ts";
import { having } from "./having.ts";
import { naiveSelection } from "./naive.ts";
import { schemaProblems } from "./schema.ts";

/** Worlds with reports and deliveries, in which other statuses were before. */
const worlds = fc
  .tuple(estate, estate)
  .chain(([before, after]) => withReports(having(after, resolve(before)), resolve(after).vms));

test("every status passes the CRD's schema, with no field that it does not name", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { vms, policies, appliances } = resolve(world, LATER);
      for (const status of vms.values()) expect(schemaProblems("ProtectedVM", status)).toEqual([]);
      for (const status of policies.values()) expect(schemaProblems("AffinityPolicy", status)).toEqual([]);
      for (const status of appliances.values()) expect(schemaProblems("Appliance", status)).toEqual([]);
    }),
  );
});

test("the schema holds for the longest names, too", () => {
  const long = (first: string) => first + "x".repeat(252);
  const affinities = ["AgentOnly", "ApplianceOnly"] as const;
  const policies = affinities.map((affinity, index) =>
    policy(long(String(index)), {
      affinity: { antiMalware: affinity, network: affinity, integrityMonitoring: affinity },
    }),
  );
  const version = Array.from({ length: 8 }, () => "000000001").join(".");
  const spec = { hostName: long("h"), features: FEATURES, agent: { state: "Activated" as const, version } };
  const other = { metadata: { name: long("a") }, spec: { hostName: long("h"), activation: "Deactivated" as const } };
  const world = { policies, vms: [vm(long("v"), spec)], appliances: [other, { ...other, metadata: { name: "b" } }] };
  const statuses = resolve(world);
  for (const status of statuses.vms.values()) expect(schemaProblems("ProtectedVM", status)).toEqual([]);
  for (const status of statuses.policies.values()) expect(schemaProblems("AffinityPolicy", status)).toEqual([]);
  for (const status of statuses.appliances.values()) expect(schemaProblems("Appliance", status)).toEqual([]);
});

test("conditions: each once, in order, never Reconciling and Stalled, both only where Ready is False, one generation", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const statuses = resolve(world, LATER);
      const objects = new Map([...world.vms, ...world.policies, ...world.appliances].map((one) => [one, one.metadata]));
      const generationOf = (name: string, namespace?: string) =>
        [...objects.values()].filter((one) => one.name === name && one.namespace === namespace)[0]?.generation;
      const check = (status: { observedGeneration?: number; conditions?: Condition[] }, generation?: number) => {
        const conditions = found(status.conditions);
        const types = conditions.map(({ type }) => type);
        expect(types).toEqual(ORDER.filter((type) => types.includes(type)));
        const is = (type: string) => conditions.find((one) => one.type === type)?.status;
        for (const type of ONLY_WHILE_TRUE) expect(is(type)).not.toBe("False");
        expect([is("Reconciling"), is("Stalled")].filter((value) => value === "True")).toHaveLength(
          is("Ready") === "True" ? 0 : 1,
        );
        expect(status.observedGeneration).toBe(generation);
        for (const condition of conditions) expect(condition.observedGeneration).toBe(generation);
      };
      for (const [key, status] of statuses.vms) {
        const [namespace, name = ""] = key.split("/");
        check(status, generationOf(name, namespace));
      }
      for (const [name, status] of statuses.policies) check(status, generationOf(name));
      for (const [name, status] of statuses.appliances) check(status, generationOf(name));
    }),
  );
});

test("an index agrees with a look at every policy and every VM", () => {
  fc.assert(
    fc.property(estate, (world) => {
      const { policies } = resolve(world);
      const matched = new Map<string, number>();
      for (const names of naiveSelection(world).values())
        for (const name of names) matched.set(name, (matched.get(name) ?? 0) + 1);
      for (const [name, { vms }] of policies) expect([name, vms?.matched]).toEqual([name, matched.get(name) ?? 0]);
    }),
    { numRuns: 1000 },
  );
});

test("the affinity of a row is that of the first that speaks, by a look at every policy", () => {
  fc.assert(
    fc.property(estate, (world: Estate) => {
      const selection = naiveSelection({ ...world, policies: world.managerVersion === "9.6" ? [] : world.policies });
      for (const [key, status] of resolve(world).vms) {
        const { spec } = found(world.vms.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key));
        for (const { name, affinity, decidedBy } of found(status.features)) {
          if (decidedBy === "Fixed") continue;
          const group =
            name === "AntiMalware" ? "antiMalware" : name === "IntegrityMonitoring" ? "integrityMonitoring" : "network";
          const own = world.managerVersion === "9.6" ? null : spec.affinity?.[group];
          const speaking = found(selection.get(key))
            .map((policy) => found(world.policies.find(({ metadata }) => metadata.name === policy)))
            .find((policy) => policy.spec.affinity?.[group] != null);
          const byDefault = group === "network" ? "AgentPreferred" : "AppliancePreferred";
          const expected = own ?? speaking?.spec.affinity?.[group] ?? byDefault;
          const decider = own != null ? "VM" : speaking === undefined ? "Default" : `Policy/${speaking.metadata.name}`;
          expect(`${affinity} ${decidedBy}`).toBe(`${expected} ${decider}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("the sums of policies and appliances are those over the VMs' statuses", () => {
  fc.assert(
    fc.property(estate, (world) => {
      const { vms, policies, appliances } = resolve(world);
      const statuses = [...vms.values()];
      for (const [name, status] of appliances) {
        const its = statuses.filter(({ appliance }) => appliance === name);
        const counts = FEATURES.map((feature) => ({
          name: feature,
          vms: its.filter((one) => one.features?.some((row) => row.name === feature && row.source === "Appliance"))
            .length,
        }));
        expect(status.features).toEqual(counts.filter((count) => count.vms > 0));
        expect(status.protects).toBe(counts.reduce((sum, count) => sum + count.vms, 0));
        const losing = its.flatMap(({ forecast }) => forecast?.applianceDeactivated ?? []);
        const sum = (field: "moves" | "installs" | "losses") => losing.reduce((all, one) => all + one[field].length, 0);
        expect(status.impact).toEqual({
          vms: losing.filter(({ moves, losses }) => moves.length + losses.length > 0).length,
          moves: sum("moves"),
          installs: sum("installs"),
          losses: sum("losses"),
        });
        const { hostName } = found(world.appliances.find(({ metadata }) => metadata.name === name)).spec;
        expect(status.vms).toBe(world.vms.filter(({ spec }) => spec.hostName === hostName).length);
      }
      for (const [name, { vms: counts }] of policies) {
        const showing = statuses.filter(({ features }) => features?.some((row) => row.decidedBy === `Policy/${name}`));
        expect(found(counts).effective).toBeGreaterThanOrEqual(showing.length);
        expect(found(counts).effective).toBeLessThanOrEqual(found(counts).matched);
      }
    }),
    { numRuns: 300 },
  );
});

test("conflicts are mutual, with the same number of VMs on both sides, and a VM says so exactly where a policy does", () => {
  fc.assert(
    fc.property(estate, (world) => {
      const { vms, policies } = resolve(world);
      let rows = 0;
      for (const [name, { conflicts }] of policies) {
        for (const { policy, group, vms } of found(conflicts).sample) {
          rows += vms;
          expect(policies.get(policy)?.conflicts?.sample).toContainEqual({ policy: name, group, vms });
        }
      }
      const told = [...vms.values()].some(({ conditions }) =>
        conditions?.some(({ type }) => type === "PolicyConflict"),
      );
      expect(told).toBe(rows > 0);
    }),
    { numRuns: 300 },
  );
});
