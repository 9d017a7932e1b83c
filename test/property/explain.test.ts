import fc from "fast-check";
import { expect, test } from "vitest";
import type { ProtectedVM, Selector, VmStatus } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { explainAppliance } from "../../src/cli/explain/appliance.ts";
import type { Detail, Explanation } from "../../src/cli/explain/explanation.ts";
import { explainPolicy } from "../../src/cli/explain/policy.ts";
import { print } from "../../src/cli/explain/print.ts";
import { explainVm } from "../../src/cli/explain/vm.ts";
import type { Remedy } from "../../src/resolve/explain/index.ts";
import { type Estate, found, resolve } from "../resolve/estate.ts";
import { fact, facts, reported, resolved } from "./explained.ts";
import { naiveSelection } from "./naive.ts";

function explained(world: Estate, vm: ProtectedVM): Explanation {
  return explainVm(resolved(world), { vm, managerVersion: world.managerVersion, all: true });
}

function forEachVm(check: (world: Estate, vm: ProtectedVM, status: VmStatus) => void, runs = 200): void {
  fc.assert(
    fc.property(reported, (world) => {
      const { vms } = resolve(world);
      for (const vm of world.vms) check(world, vm, found(vms.get(keyOf(vm))));
    }),
    { numRuns: runs },
  );
}

test("what is explained is what render shows: every row, mode, appliance, action, forecast and conflict", () => {
  forEachVm((world, vm, status) => {
    const explanation = explained(world, vm);
    const rows = found(status.features).map(({ lastTransitionTime: _, ...row }) => row);
    expect(facts(explanation, "Feature")).toMatchObject(rows);
    expect(fact(explanation, "Mode")).toEqual({ mode: status.mode });
    expect(fact(explanation, "ApplianceInCharge").appliance).toBe(status.appliance);
    expect(fact(explanation, "Delivery")).toMatchObject({
      requiredModules: status.requiredModules,
      actions: status.actions,
      revision: status.revision,
    });
    for (const { source, available, moves, losses, installs } of facts(explanation, "Forecast")) {
      const part = source === "Agent" ? status.forecast?.agentDeactivated : status.forecast?.applianceDeactivated;
      expect(available).toBe(part !== undefined);
      if (part !== undefined) expect(JSON.parse(JSON.stringify({ moves, losses, installs }))).toEqual(part);
    }
    const condition = (type: string) => status.conditions?.find((one) => one.type === type);
    const tied = facts(explanation, "Affinity").filter(({ conflicts = [] }) => (conflicts as string[]).length > 0);
    expect(tied.length > 0).toBe(condition("PolicyConflict") !== undefined);
    for (const { group } of tied) expect(condition("PolicyConflict")?.message).toContain(`${group}: `);
    const licence = condition("LicenseCompliant");
    expect(fact(explanation, "Licence").declared).toBe(licence !== undefined);
    expect((fact(explanation, "Licence").unlicensed as string[]).length === 0).toBe(licence?.status !== "False");
    const health = condition("Healthy");
    expect(fact(explanation, "Health").healthy).toBe(health === undefined ? undefined : health.status === "True");
    expect((fact(explanation, "Health").reports as { counts: boolean }[]).some(({ counts }) => counts)).toBe(
      health !== undefined,
    );
    expect(fact(explanation, "Sources").optOut === "Refused").toBe(condition("ApplianceOptOutRefused") !== undefined);
  });
});

test("one feature is explained as it is among all, and an estate of that VM alone suffices", () => {
  forEachVm((world, vm, status) => {
    const whole = explained(world, vm);
    const { managerVersion } = world;
    expect(explainVm(resolved(world, vm), { vm, managerVersion, all: true })).toEqual(whole);
    for (const { name } of found(status.features)) {
      const one = explainVm(resolved(world, vm), { vm, managerVersion, feature: name });
      expect(facts(one, "Feature")).toEqual(facts(whole, "Feature").filter((row) => row.name === name));
      expect(one.verdict).toHaveLength(1);
      expect(one.verdict[0]).toMatch(new RegExp(`^${name}: `));
    }
  }, 60);
});

interface Told {
  readonly name: string;
  readonly problem?: string;
  readonly failures: readonly { selector: string; key: string; operator: string; values?: string[] }[];
}

function requirements(selector: Selector | null | undefined): { key: string; operator: string; values: string[] }[] {
  return [
    ...Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, operator: "In", values: [value] })),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
  ];
}

function holds({ key, operator, values }: ReturnType<typeof requirements>[number], labels: Map<string, string>) {
  const value = labels.get(key);
  if (operator === "Exists") return value !== undefined;
  if (operator === "DoesNotExist") return value === undefined;
  return (value !== undefined && values.includes(value)) === (operator === "In");
}

test("a policy is said to select exactly where it does, and else just the requirements that fail are named", () => {
  forEachVm((world, vm) => {
    const step = fact(explained(world, vm), "Policies");
    const selecting = (step.selecting as Told[]).map(({ name }) => name);
    expect(selecting).toEqual(naiveSelection(world).get(keyOf(vm)));
    const others = step.notSelecting as Told[];
    expect([...selecting, ...others.map(({ name }) => name)].sort()).toEqual(
      world.policies.map(({ metadata }) => metadata.name).sort(),
    );
    const namespace = vm.metadata.namespace ?? "";
    const labels = {
      vmSelector: new Map(Object.entries(vm.metadata.labels ?? {})),
      namespaceSelector: new Map(
        Object.entries({ ...world.namespaces[namespace], "kubernetes.io/metadata.name": namespace }),
      ),
    };
    for (const { name, problem, failures } of others) {
      const { spec } = found(world.policies.find(({ metadata }) => metadata.name === name));
      if (problem !== undefined) continue;
      expect(failures).not.toEqual([]);
      for (const selector of ["vmSelector", "namespaceSelector"] as const) {
        for (const requirement of requirements(spec[selector])) {
          const named = failures.some(
            (one) =>
              one.selector === selector &&
              one.key === requirement.key &&
              one.operator === requirement.operator &&
              JSON.stringify(one.values ?? []) === JSON.stringify(requirement.values),
          );
          expect(named).toBe(!holds(requirement, labels[selector]));
        }
      }
    }
  });
});

test("each selecting policy has the role in a group that its priority, its name and what it says give it", () => {
  forEachVm((world, vm) => {
    const isConfigurable = world.managerVersion !== "9.6";
    for (const { group, policies } of facts(explained(world, vm), "Affinity")) {
      if (group === undefined) continue;
      const name = group as "antiMalware" | "network" | "integrityMonitoring";
      const selecting = found(naiveSelection(world).get(keyOf(vm))).map((policy) =>
        found(world.policies.find(({ metadata }) => metadata.name === policy)),
      );
      const first = selecting.find(({ spec }) => spec.affinity?.[name] != null);
      const roles = selecting.map((policy) => {
        const says = policy.spec.affinity?.[name];
        if (says == null) return "Silent";
        if (!isConfigurable) return "Ignored";
        if (vm.spec.affinity?.[name] != null) return "Overruled";
        if (policy === first) return "Decides";
        if ((policy.spec.priority ?? 0) !== (first?.spec.priority ?? 0)) return "Shadowed";
        return says === first?.spec.affinity?.[name] ? "Agrees" : "Rival";
      });
      expect((policies as { role: string }[]).map(({ role }) => role)).toEqual(roles);
    }
  });
});

function remedied(world: Estate, vm: ProtectedVM, remedy: Remedy): Estate {
  const withSpec = (spec: Partial<ProtectedVM["spec"]>): Estate => ({
    ...world,
    vms: world.vms.map((one) => (one === vm ? { ...vm, spec: { ...vm.spec, ...spec } } : one)),
  });
  switch (remedy.type) {
    case "ActivateAgent":
      return withSpec({ agent: { state: "Activated", version: "20.0" } });
    case "EnableApplianceProtection":
      return withSpec({ applianceProtection: "Enabled" });
    case "SetAffinity":
      return withSpec({ affinity: { ...vm.spec.affinity, [remedy.group]: remedy.affinity } });
    case "ActivateAppliance":
      return {
        ...world,
        appliances: world.appliances.map((one) =>
          one.metadata.name === remedy.appliance ? { ...one, spec: { ...one.spec, activation: "Activated" } } : one,
        ),
      };
  }
}

test("each remedy by itself gives a source to the feature that has none, and one that has needs none", () => {
  const seen = new Set<string>();
  forEachVm((world, vm) => {
    for (const { name, source, remedies } of facts(explained(world, vm), "Feature")) {
      if (source !== "None") expect(remedies).toEqual([]);
      for (const remedy of remedies as Remedy[]) {
        seen.add(remedy.type);
        const then = found(resolve(remedied(world, vm, remedy)).vms.get(keyOf(vm)));
        expect(then.features?.find((row) => row.name === name)?.source).not.toBe("None");
      }
    }
  });
  expect(seen.size).toBe(4);
});

function explanations(world: Estate): Explanation[] {
  const whole = resolved(world);
  const { managerVersion } = world;
  const byKey = <T extends { metadata: { name: string; namespace?: string } }>(objects: readonly T[]) =>
    objects.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return [
    ...byKey(world.vms).map((vm) => explainVm(whole, { vm, managerVersion })),
    ...byKey(world.policies).map((policy) => explainPolicy(whole, { policy, managerVersion })),
    ...byKey(world.appliances).map((appliance) => explainAppliance(whole, { appliance, managerVersion })),
  ];
}

test("the order of objects does not matter", () => {
  fc.assert(
    fc.property(reported, (world) => {
      const other = {
        ...world,
        appliances: world.appliances.toReversed(),
        policies: world.policies.toReversed(),
        vms: world.vms.toReversed(),
      };
      expect(JSON.stringify(explanations(other))).toBe(JSON.stringify(explanations(world)));
    }),
    { numRuns: 60 },
  );
});

test("every text is there in every form, within the width of the screen; every rule exists", () => {
  const texts = (details: readonly Detail[]): string[] =>
    details.flatMap(({ text, details: below = [] }) => [text, ...texts(below)]);
  const rules = (details: readonly Detail[]): string[] =>
    details.flatMap(({ rule, details: below = [] }) => [...(rule === undefined ? [] : [rule]), ...rules(below)]);
  const squeezed = (text: string) => text.replaceAll(/[\s│├└─]/g, "");
  fc.assert(
    fc.property(reported, fc.integer({ min: 40, max: 140 }), (world, width) => {
      for (const explanation of explanations(world)) {
        const { verdict, hints, steps } = explanation;
        const screen = { colour: false, progress: false, width };
        const lines = [...print(explanation, "tree", screen)];
        const all = squeezed(lines.join(""));
        const said = [
          ...verdict,
          ...hints,
          ...steps.flatMap(({ question, answer, details }) => [question, answer, ...texts(details)]),
        ];
        for (const text of said) expect(all).toContain(squeezed(text));
        for (const line of lines) {
          const text = line.slice(0, -1);
          expect(text.length <= width || !text.replace(/^[│├└─ ]+/, "").includes(" "), text).toBe(true);
        }
        for (const rule of steps.flatMap((step) => [step.rule, ...rules(step.details)])) {
          expect(rule).toMatch(/^R(?:[1-9]|1[0-3])$/);
        }
        expect(JSON.parse([...print(explanation, "json", screen)].join(""))).toMatchObject({ kind: "Explanation" });
      }
    }),
    { numRuns: 60 },
  );
});
