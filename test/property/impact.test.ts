import fc from "fast-check";
import { expect, test } from "vitest";
import type { Appliance, VmStatus } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { answer, type Impact, type Question } from "../../src/cli/impact/answer.ts";
import { type Subject, subjectsOf } from "../../src/cli/impact/subjects.ts";
import type { Sums } from "../../src/cli/impact/sums.ts";
import { WhatIf } from "../../src/cli/impact/what-if.ts";
import { remediesFor } from "../../src/resolve/explain/remedies.ts";
import { decide } from "../../src/resolve/index.ts";
import { type Estate, found, resolve, type Statuses } from "../resolve/estate.ts";
import { estate } from "./arbitraries.ts";

/** As the command line reads it. */
function read({ appliances, policies, vms, namespaces }: Estate) {
  return {
    objects: [
      ...appliances.map((object) => ({ kind: "Appliance", object }) as const),
      ...policies.map((object) => ({ kind: "AffinityPolicy", object }) as const),
      ...vms.map((object) => ({ kind: "ProtectedVM", object }) as const),
    ],
    namespaces: new Map(Object.entries(namespaces)),
  };
}

function ask(world: Estate, question: Partial<Question> & Pick<Question, "subjects">): Impact {
  const whole: Question = { scenario: "AtOnce", kind: "Appliance", batch: 1, ...question };
  return answer(new WhatIf(read(world), world.managerVersion), whole, world.managerVersion);
}

const subjects = (world: Estate, kind: "appliance" | "host", names: readonly string[]): Subject[] =>
  subjectsOf(read(world), { kind, names });
const every = (world: Estate, kind: "appliance" | "host"): Subject[] =>
  subjectsOf(read(world), { kind, names: [], all: true });

/** The estate's files, edited by hand: these appliances deactivated. */
function deactivated(world: Estate, names: readonly string[]): Estate {
  const off = (one: Appliance): Appliance => ({ ...one, spec: { ...one.spec, activation: "Deactivated" } });
  const appliances = world.appliances.map((one) => (names.includes(one.metadata.name) ? off(one) : one));
  return { ...world, appliances };
}

/** What is different between two renders, in the words of an impact, by key of VM. */
function differences(before: Statuses, after: Statuses): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [key, now] of before.vms) {
    const then = found(after.vms.get(key));
    const changes = (now.features ?? []).flatMap((row) => {
      const next = found(then.features?.find(({ name }) => name === row.name));
      const taken = row.source === "Appliance" && next.source === "Appliance" && now.appliance !== then.appliance;
      if (row.source === next.source && !taken) return [];
      const change = next.source === "None" ? "Loss" : row.source === "None" ? "Gain" : taken ? "Takeover" : "Move";
      const install = change === "Move" && missing(then, row.name) && !missing(now, row.name);
      return [`${row.name} ${change} ${row.source} ${next.source} ${install} ${next.message}`];
    });
    if (changes.length > 0) all.set(key, changes);
  }
  return all;
}

const missing = ({ requiredModules }: VmStatus, name: string) => requiredModules?.some((one) => one === name) ?? false;

function said({ vmImpacts }: Impact): Map<string, string[]> {
  return new Map(
    vmImpacts.map(({ namespace, name, features }) => [
      `${namespace}/${name}`,
      features.map((one) => `${one.feature} ${one.change} ${one.from} ${one.to} ${one.install} ${one.message}`),
    ]),
  );
}

const figures = ({ vms, losses, moves, installs, takeovers, gains }: Sums): Sums => ({
  vms,
  losses,
  moves,
  installs,
  takeovers,
  gains,
});

function total(rows: readonly Sums[], field: keyof Sums): number {
  return rows.reduce((sum, row) => sum + row[field], 0);
}

/** An estate, and some of its appliances, at least one. */
const withAppliances = estate
  .filter(({ appliances }) => appliances.length > 0)
  .chain((world) => {
    const names = world.appliances.map(({ metadata }) => metadata.name);
    return fc.tuple(fc.constant(world), fc.subarray(names, { minLength: 1 }));
  });

test("of one appliance: what its status says, and nothing for one that is not in charge", () => {
  fc.assert(
    fc.property(estate, (world) => {
      const statuses = resolve(world);
      for (const subject of every(world, "appliance")) {
        const impact = ask(world, { subjects: [subject] });
        const { vms, moves, installs, losses } = impact;
        expect({ vms, moves, installs, losses }).toEqual(statuses.appliances.get(subject.name)?.impact);
        if (impact.appliances[0]?.state !== "InCharge") expect(impact.vmImpacts).toEqual([]);
      }
    }),
    { numRuns: 300 },
  );
});

test("of several at the same time: the difference of two renders, before and with all of them deactivated", () => {
  fc.assert(
    fc.property(withAppliances, ([world, names]) => {
      const impact = ask(world, { subjects: subjects(world, "appliance", names) });
      expect(said(impact)).toEqual(differences(resolve(world), resolve(deactivated(world, names))));
      expect(impact.vmImpacts.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(
        [...said(impact).keys()].sort(),
      );
    }),
    { numRuns: 300 },
  );
});

test("of a host: that of all its appliances", () => {
  fc.assert(
    fc.property(estate, (world) => {
      for (const host of every(world, "host")) {
        const {
          names: _,
          of: __,
          rolling: ___,
          sharing: ____,
          appliances,
          ...impact
        } = ask(world, {
          kind: "Host",
          subjects: [host],
        });
        const same = ask(world, { subjects: subjects(world, "appliance", host.appliances) });
        expect(same).toMatchObject(impact);
        expect(same.appliances).toEqual(appliances);
      }
    }),
    { numRuns: 200 },
  );
});

test("of an evacuation: the difference of two renders, before and with the VMs on the other host", () => {
  const worlds = estate.chain((world) =>
    fc.tuple(fc.constant(world), fc.constantFrom(["esx-1", "esx-2"], ["esx-2", "esx-1"])),
  );
  fc.assert(
    fc.property(worlds, ([world, [from = "", to = ""]]) => {
      const subject = { name: from, host: from, appliances: [] };
      const impact = ask(world, { scenario: "Evacuation", kind: "Host", subjects: [subject], evacuateTo: to });
      const vms = world.vms.map((vm) =>
        vm.spec.hostName === from ? { ...vm, spec: { ...vm.spec, hostName: to } } : vm,
      );
      expect(said(impact)).toEqual(differences(resolve(world), resolve({ ...world, vms })));
    }),
    { numRuns: 300 },
  );
});

test("the parts add up to the whole: by feature, by namespace, modules to install, reasons", () => {
  const scenarios = fc.constantFrom<Question["scenario"]>("AtOnce", "Rolling");
  fc.assert(
    fc.property(withAppliances, scenarios, ([world, names], scenario) => {
      const impact = ask(world, { scenario, subjects: subjects(world, "appliance", names) });
      for (const field of ["losses", "moves", "installs", "takeovers", "gains"] as const) {
        expect(total(impact.byFeature, field)).toBe(impact[field]);
        expect(total(impact.byNamespace, field)).toBe(impact[field]);
      }
      expect(total(impact.byNamespace, "vms")).toBe(impact.vms);
      const modules = impact.installBefore.reduce((sum, { modules, vms }) => sum + modules.length * vms.length, 0);
      expect(modules).toBe(impact.installs);
      expect(impact.lossReasons.reduce((sum, { losses }) => sum + losses, 0)).toBe(impact.losses);
    }),
    { numRuns: 300 },
  );
});

test("the steps: each is what its appliances do alone, whatever the batches, and hits no VM that another one hits", () => {
  fc.assert(
    fc.property(withAppliances, fc.integer({ min: 1, max: 3 }), ([world, names], batch) => {
      const impact = ask(world, { scenario: "Rolling", batch, subjects: subjects(world, "appliance", names) });
      const rolling = found(impact.rolling);
      expect(rolling.steps.flatMap(({ names }) => names).sort()).toEqual([...names].sort());
      const hit: string[] = [];
      for (const step of rolling.steps) {
        const alone = step.names.map((name) => ask(world, { subjects: subjects(world, "appliance", [name]) }));
        for (const field of Object.keys(figures(step)) as (keyof Sums)[]) expect(step[field]).toBe(total(alone, field));
        const both = ask(world, { subjects: subjects(world, "appliance", step.names) });
        expect(figures(both)).toEqual(figures(step));
        hit.push(...said(both).keys());
      }
      expect(hit.sort()).toEqual([...said(impact).keys()]);
      expect(figures(impact)).toEqual(figures(rolling));
    }),
    { numRuns: 200 },
  );
});

test("with its modules installed before, nothing waits: the same moves, and no installs", () => {
  fc.assert(
    fc.property(withAppliances, ([world, names]) => {
      const impact = ask(world, { subjects: subjects(world, "appliance", names) });
      const modules = new Map(
        impact.installBefore.flatMap(({ namespace, modules, vms }) => vms.map((vm) => [`${namespace}/${vm}`, modules])),
      );
      const vms = world.vms.map((vm) => {
        const more = modules.get(keyOf(vm));
        if (more === undefined || vm.spec.agent == null) return vm;
        const agent = { ...vm.spec.agent, modules: [...(vm.spec.agent.modules ?? []), ...more] };
        return { ...vm, spec: { ...vm.spec, agent } };
      });
      const prepared = ask({ ...world, vms }, { subjects: subjects(world, "appliance", names) });
      expect(figures(prepared)).toEqual({ ...figures(impact), installs: 0 });
    }),
    { numRuns: 200 },
  );
});

test("why a feature is lost: what it names is what gives the feature a source again, while the appliance is down", () => {
  fc.assert(
    fc.property(withAppliances, ([world, names]) => {
      const impact = ask(world, { subjects: subjects(world, "appliance", names) });
      const { world: then } = new WhatIf(read(deactivated(world, names)), world.managerVersion);
      for (const { namespace, name, features } of impact.vmImpacts) {
        const vm = found(then.vms.get(`${namespace}/${name}`));
        for (const { feature, change, cause } of features) {
          if (change !== "Loss") continue;
          const remedies = remediesFor(vm, decide(then, vm), feature).map(({ type }) => type);
          const { applianceOnly, agent } = found(cause);
          expect(remedies.includes("ActivateAgent")).toBe(applianceOnly === undefined && agent !== undefined);
          expect(remedies.includes("SetAffinity")).toBe(applianceOnly !== undefined && agent === undefined);
          expect(applianceOnly ?? agent).toBeDefined();
        }
      }
    }),
    { numRuns: 200 },
  );
});
