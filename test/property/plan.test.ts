import fc from "fast-check";
import { expect, test } from "vitest";
import type { VmStatus } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { FIGURES, type Figure } from "../../src/cli/plan/counts.ts";
import { refOf } from "../../src/cli/plan/edits.ts";
import { checkGuards, parseGuards } from "../../src/cli/plan/guards.ts";
import { OPPOSITE } from "../../src/cli/plan/kinds.ts";
import { isEmpty, type Plan } from "../../src/cli/plan/plan.ts";
import type { FeatureChange, VmFacts } from "../../src/cli/plan/vm-facts.ts";
import { withStatuses } from "../../src/cli/statuses.ts";
import { estates } from "../cli/estates.ts";
import { estateOf, planOf } from "../cli/plan/read.ts";

type Objects = readonly object[];

const idOf = (object: object): string => {
  const { kind, metadata } = object as { kind: string; metadata: { name: string; namespace?: string } };
  return `${kind} ${metadata.namespace ?? ""} ${metadata.name}`;
};

type Coin = () => boolean;

/** Of two objects of one name one that has each field of its spec, and its labels, from one of them. */
function mixed(one: object, other: object, coin: Coin): object {
  const [a, b] = [one, other] as { spec?: Fields; metadata: Fields }[];
  if (a?.spec === undefined || b?.spec === undefined) return one;
  return {
    ...one,
    metadata: { ...a.metadata, labels: (coin() ? a : b).metadata.labels },
    spec: mixedFields(a.spec, b.spec, coin),
  };
}

type Fields = Readonly<Record<string, unknown>>;

function mixedFields(a: Fields, b: Fields, coin: Coin): Fields {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(
    names.flatMap((name) => {
      const [one, other] = [a[name], b[name]];
      if (name === "agent" && one !== undefined && other !== undefined) {
        return [[name, mixedFields(one as Fields, other as Fields, coin)]];
      }
      const chosen = coin() && coin() ? other : one;
      return chosen === undefined ? [] : [[name, chosen]];
    }),
  );
}

/** Two estates that have much in common: each object of the second is that of the first, another one, gone, new, or half of each. */
const pairs = fc
  .tuple(estates, estates, fc.array(fc.boolean(), { minLength: 100, maxLength: 100 }))
  .map(([from, others, coins]): [Objects, Objects] => {
    const [before, after] = [from, others].map((objects) => new Map(objects.map((object) => [idOf(object), object])));
    const ids = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])];
    let next = 0;
    const coin = () => coins[next++ % coins.length] === true;
    const to = ids.flatMap((id) => {
      const [one, other] = [before?.get(id), after?.get(id)];
      if (one !== undefined && other !== undefined && coin()) return [mixed(one, other, coin)];
      return (coin() && coin() ? other : one) ?? [];
    });
    return [from, to];
  });
const version = fc.constantFrom("20.0", "20.0", "9.6");

const factsOf = ({ vms }: Plan): Record<string, VmFacts> =>
  Object.fromEntries(vms.map((change) => [change.vm, change.facts() as VmFacts]));

test("the plan of an estate to itself is empty, whatever the order of its objects", { timeout: 60_000 }, async () => {
  const shuffled = estates.chain((objects) =>
    fc.tuple(fc.constant(objects), fc.shuffledSubarray(objects, { minLength: objects.length })),
  );
  await fc.assert(
    fc.asyncProperty(shuffled, version, async ([objects, others], managerVersion) => {
      const plan = await planOf(objects, others, managerVersion);
      expect([isEmpty(plan), plan.edits.size, plan.groups, plan.counts.changes]).toEqual([true, 0, [], 0]);
    }),
  );
});

const mirrored = ({ feature, change, from, to }: FeatureChange): FeatureChange => ({
  feature,
  change: OPPOSITE[change],
  ...(to && { from: to }),
  ...(from && { to: from }),
});

test("the plan of A to B and that of B to A mirror each other", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(pairs, version, async ([a, b], managerVersion) => {
      const [there, back] = [await planOf(a, b, managerVersion), await planOf(b, a, managerVersion)];
      const [one, other] = [factsOf(there), factsOf(back)];
      expect(Object.keys(other)).toEqual(Object.keys(one));
      for (const [vm, facts] of Object.entries(one)) {
        expect(other[vm]?.features).toEqual(facts.features.map(mirrored));
        expect(other[vm]?.installs).toEqual(facts.installsEnded);
        expect(other[vm]?.unlicensed).toEqual(facts.unlicensedEnded);
        expect(other[vm]?.exposed).toEqual(facts.exposedEnded);
      }
      const { ended, losses, removals, moves, movesTo, redecided, vms, changes } = there.counts;
      expect(back.counts).toMatchObject({
        ...ended,
        gains: losses,
        additions: removals,
        moves,
        movesTo: { agent: movesTo.appliance, appliance: movesTo.agent, otherAppliance: movesTo.otherAppliance },
        redecided,
        vms,
        changes,
      });
      const swapped = there.conflicts.map(({ appears, ends, ...rest }) => ({ ...rest, appears: ends, ends: appears }));
      expect(back.conflicts).toHaveLength(swapped.length);
      expect(back.conflicts).toEqual(expect.arrayContaining(swapped));
      expect(back.acceptance).toEqual(
        there.acceptance.map(({ kind, name, from, to }) => ({
          kind,
          name,
          ...(to && { from: to }),
          ...(from && { to: from }),
        })),
      );
      expect(there.vms.map((change) => change.reasons().all.map(refOf))).toEqual(
        back.vms.map((change) => change.reasons().all.map(refOf)),
      );
    }),
  );
});

/** The statuses that `tandem render` gives, without times and generations. */
async function rendered(objects: Objects, managerVersion: string): Promise<Map<string, VmStatus>> {
  const all = withStatuses(await estateOf(objects), { managerVersion, now: "2026-01-01T00:00:00Z" });
  const bare = (status: unknown) =>
    JSON.parse(JSON.stringify(status), (key, value) => (key === "observedGeneration" ? undefined : value)) as VmStatus;
  return new Map(
    all.flatMap(({ kind, object }) => (kind === "ProtectedVM" ? [[keyOf(object), bare(object.status)]] : [])),
  );
}

const bareRow = (status: VmStatus | undefined, feature: string) => {
  const row = status?.features?.find(({ name }) => name === feature);
  if (row === undefined) return undefined;
  const { name, lastTransitionTime, ...rest } = row;
  return rest;
};

test("every change is one between the statuses that render gives, and nothing else differs between them", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(pairs, version, async ([a, b], managerVersion) => {
      const [before, after] = [await rendered(a, managerVersion), await rendered(b, managerVersion)];
      const facts = factsOf(await planOf(a, b, managerVersion));
      const differing = [...new Set([...before.keys(), ...after.keys()])].filter(
        (vm) => JSON.stringify(before.get(vm)) !== JSON.stringify(after.get(vm)),
      );
      expect(Object.keys(facts)).toEqual(differing.sort());
      for (const vm of differing) {
        const [one, other] = [before.get(vm), after.get(vm)];
        const names = new Set([...(one?.features ?? []), ...(other?.features ?? [])].map(({ name }) => name));
        const changes = facts[vm]?.features ?? [];
        for (const name of names) {
          const [from, to] = [bareRow(one, name), bareRow(other, name)];
          const change = changes.find(({ feature }) => feature === name);
          const moved =
            from?.source === "Appliance" && to?.source === "Appliance" && one?.appliance !== other?.appliance;
          if (JSON.stringify(from) === JSON.stringify(to) && !moved) expect(change).toBeUndefined();
          else expect([change?.from, change?.to]).toEqual([from, to]);
        }
        expect(changes.every(({ feature }) => names.has(feature))).toBe(true);
        const required = (status: VmStatus | undefined) => new Set(status?.requiredModules);
        expect(facts[vm]?.installs).toEqual([...required(other).difference(required(one))]);
        expect(facts[vm]?.mode).toEqual(
          one?.mode === other?.mode ? undefined : { ...(one && { from: one.mode }), ...(other && { to: other.mode }) },
        );
      }
    }),
    { numRuns: 300 },
  );
});

test("the groups add up to the changes, and every change has a cause among the objects that differ", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(pairs, version, async ([a, b], managerVersion) => {
      const plan = await planOf(a, b, managerVersion);
      const changes = plan.vms.flatMap((change) => change.facts()?.features ?? []);
      expect(plan.groups.reduce((sum, { vms }) => sum + vms.count, 0)).toBe(changes.length);
      expect(plan.counts.changes).toBe(changes.length);
      for (const group of plan.groups) expect(group.causes.length).toBeGreaterThan(0);
      for (const change of plan.vms) {
        const { all, of } = change.reasons();
        expect(all.length, change.vm).toBeGreaterThan(0);
        for (const { feature } of change.facts()?.features ?? []) {
          const behind = of(feature);
          expect(behind.length, `${change.vm} ${feature}`).toBeGreaterThan(0);
          for (const edit of behind) expect(all).toContain(edit);
        }
        for (const edit of all) expect(plan.edits.get(edit.kind, edit.name)).toBe(edit);
      }
    }),
  );
});

test("each guard agrees with its figure", { timeout: 60_000 }, async () => {
  const guards = fc.tuple(fc.constantFrom(...(Object.keys(FIGURES) as Figure[])), fc.option(fc.nat({ max: 5 })));
  await fc.assert(
    fc.asyncProperty(pairs, fc.array(guards, { minLength: 1, maxLength: 4 }), async ([a, b], wanted) => {
      const { counts } = await planOf(a, b);
      const text = wanted.map(([figure, limit]) => (limit === null ? figure : `${figure}>${limit}`)).join(",");
      const results = checkGuards(parseGuards([text]), counts);
      expect(results.map(({ failed }) => failed)).toEqual(
        wanted.map(([figure, limit]) => counts[figure] > (limit ?? 0)),
      );
    }),
  );
});
