import fc from "fast-check";
import { expect, test } from "vitest";
import type { AffinityPolicy } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { explainAppliance } from "../../src/cli/explain/appliance.ts";
import type { Explanation } from "../../src/cli/explain/explanation.ts";
import { explainPolicy } from "../../src/cli/explain/policy.ts";
import { type Estate, found, resolve } from "../resolve/estate.ts";
import { fact, facts, reported, resolved } from "./explained.ts";

function forEachPolicy(check: (world: Estate, policy: AffinityPolicy, explanation: Explanation) => void): void {
  fc.assert(
    fc.property(reported, (world) => {
      const whole = resolved(world);
      for (const policy of world.policies) {
        check(world, policy, explainPolicy(whole, { policy, managerVersion: world.managerVersion }));
      }
      for (const [key, { decision }] of whole.decisions) {
        expect(decision).toEqual(resolved(world).decisions.get(key)?.decision);
      }
    }),
    { numRuns: 150 },
  );
}

test("the counts of a policy are those of its status", () => {
  forEachPolicy((world, policy, explanation) => {
    const status = found(resolve(world).policies.get(policy.metadata.name));
    const selects = fact(explanation, "Selects");
    const { matched = 0, effective = 0 } = status.vms ?? {};
    expect(selects.matched).toBe(matched);
    expect(sumOf(selects.namespaces, "vms")).toBe(matched);
    const accepted = status.conditions?.find(({ type }) => type === "Accepted");
    const { reason, message } = found(accepted);
    expect(fact(explanation, "Accepted")).toEqual({ accepted: accepted?.status === "True", reason, message });
    if (reason !== "InvalidSelector") {
      const left = (selects.funnel as { left: number; alone: number }[]).map((stage) => stage.left);
      expect(left).toEqual(left.toSorted((a, b) => b - a));
      expect(left.at(-1) ?? world.vms.length).toBe(matched);
    }
    const decides = facts(explanation, "Decides");
    expect(Math.max(0, ...decides.map((group) => group.decides as number))).toBeLessThanOrEqual(effective);
    expect(sumOf(decides, "decides")).toBeGreaterThanOrEqual(effective);
    for (const { outcomes } of decides) expect(sumOf(outcomes, "vms")).toBe(matched);
    expect(fact(explanation, "Conflicts")).toEqual(status.conflicts);
    for (const { group, vms } of found(status.conflicts).sample) {
      const { outcomes } = found(decides.find((one) => one.group === group));
      const tied = (outcomes as { role: string; policies: string[]; vms: number }[]).filter(
        ({ role, policies }) => role === "Rival" || (role === "Decides" && policies.length > 0),
      );
      expect(sumOf(tied, "vms")).toBeGreaterThanOrEqual(vms);
    }
  });
});

function sumOf(rows: unknown, field: string): number {
  return (rows as Record<string, number>[]).reduce((sum, row) => sum + (row[field] ?? 0), 0);
}

test("what a policy's deletion would do is what resolving without it gives", () => {
  forEachPolicy((world, policy, explanation) => {
    const before = resolve(world).vms;
    const after = resolve({ ...world, policies: world.policies.filter((one) => one !== policy) }).vms;
    const sums = { affinities: 0, vms: 0, moves: 0, gains: 0, losses: 0, installs: 0 };
    for (const vm of world.vms) {
      const [one, other] = [found(before.get(keyOf(vm))), found(after.get(keyOf(vm)))];
      let changes = 0;
      for (const [index, row] of found(one.features).entries()) {
        const then = found(other.features?.[index]);
        if (row.source !== then.source) {
          sums[row.source === "None" ? "gains" : then.source === "None" ? "losses" : "moves"]++;
          changes++;
        }
      }
      const installs = found(other.requiredModules).filter((name) => !one.requiredModules?.includes(name));
      sums.installs += installs.length;
      if (changes > 0) sums.vms++;
    }
    const { features, affinities, ...counts } = fact(explanation, "Deletion");
    expect({ ...counts, affinities: 0 }).toEqual(sums);
    for (const change of ["moves", "gains", "losses", "installs"] as const) {
      expect(sumOf((features as Record<string, unknown>)[change], "vms")).toBe(sums[change]);
    }
    expect(affinities).toBeLessThanOrEqual(fact(explanation, "Selects").matched as number);
  });
});

test("an appliance protects, and its deactivation does, what its status says", () => {
  fc.assert(
    fc.property(reported, (world) => {
      const whole = resolved(world);
      for (const appliance of world.appliances) {
        const status = found(resolve(world).appliances.get(appliance.metadata.name));
        const explanation = explainAppliance(whole, { appliance, managerVersion: world.managerVersion });
        const protects = fact(explanation, "Protects");
        expect(protects.protects).toBe(status.protects);
        const own = (protects.features as { name: string; own: number }[]).filter((row) => row.own > 0);
        expect(own.map(({ name, own }) => ({ name, vms: own }))).toEqual(status.features);
        expect(fact(explanation, "VMs").vms).toBe(status.vms);
        const { features, successor: _, ...impact } = fact(explanation, "Deactivation");
        expect(impact).toEqual(status.impact);
        for (const change of ["moves", "installs", "losses"] as const) {
          expect(sumOf(features, change)).toBe(status.impact?.[change]);
        }
        const { appliances } = fact(explanation, "ApplianceInCharge");
        const self = found((appliances as { name: string }[]).find(({ name }) => name === appliance.metadata.name));
        const { status: accepted, reason, message } = found(status.conditions?.find(({ type }) => type === "Accepted"));
        expect(self).toMatchObject({ accepted: accepted === "True", reason, message });
      }
    }),
    { numRuns: 150 },
  );
});
