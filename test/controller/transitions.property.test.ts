import fc from "fast-check";
import { expect, test } from "vitest";
import type { VmStatus } from "../../src/api/kinds.ts";
import {
  applianceTransitions,
  policyTransitions,
  type Transition,
  vmTransitions,
} from "../../src/controller/transitions.ts";
import { estate } from "../property/arbitraries.ts";
import { type Estate, LATER, NOW, resolve } from "../resolve/estate.ts";

/** Two states of one world: the same objects, with what another world says of hosts and policies. */
const change = fc.tuple(estate, estate).map(([one, two]) => ({
  before: one,
  after: { ...one, appliances: two.appliances, policies: two.policies, managerVersion: two.managerVersion },
}));

/** Everything that is said when a world becomes another one, by kind and key; no first one: their first statuses. */
function all(before: Estate | undefined, after: Estate, now = NOW): Map<string, Transition[]> {
  const old = before && resolve(before);
  const { vms, policies, appliances } = resolve(after, now);
  return new Map([
    ...[...vms].map(([key, status]) => [`vm ${key}`, vmTransitions(old?.vms.get(key), status)] as const),
    ...[...policies].map(([key, one]) => [`policy ${key}`, policyTransitions(old?.policies.get(key), one)] as const),
    ...[...appliances].map(
      ([key, one]) => [`appliance ${key}`, applianceTransitions(old?.appliances.get(key), one)] as const,
    ),
  ]);
}

/** The fate of each feature, told from the rows alone and one by one. */
function fates(before: VmStatus | undefined, after: VmStatus): string[] {
  const rows = after.features ?? [];
  return rows.flatMap(({ name, source }) => {
    const was = before?.features?.find((row) => row.name === name)?.source;
    if (was === source) return [];
    if (source === "None") return [`${was === undefined ? "NotProtected" : "ProtectionLost"} ${name}`];
    if (was === undefined) return [];
    return [`${was === "None" ? "ProtectionRestored" : "ProtectionMoved"} ${name}`];
  });
}

/** The same, told from what is said. */
function saidOf(transitions: readonly Transition[]): string[] {
  return transitions.flatMap(({ reason, note }) => {
    const names =
      /^Nobody protects (.+?)(?: any more)?: /.exec(note) ??
      /^(?:Appliance|Agent) protects (.+) now$/.exec(note) ??
      /^(.+) moved from (?:Appliance|Agent) to (?:Appliance|Agent): /.exec(note);
    return names?.[1]?.split(", ").map((name) => `${reason} ${name}`) ?? [];
  });
}

test("of what stays as it is nothing is said, whatever the time", () => {
  fc.assert(
    fc.property(estate, (world) => {
      for (const [key, transitions] of all(world, world, LATER)) expect(transitions, key).toEqual([]);
    }),
  );
});

test("each feature's fate is said once, and no other", () => {
  fc.assert(
    fc.property(change, ({ before, after }) => {
      const [old, now] = [resolve(before).vms, resolve(after).vms];
      for (const [key, status] of now) {
        const transitions = vmTransitions(old.get(key), status);
        expect(saidOf(transitions).toSorted(), key).toEqual(fates(old.get(key), status).toSorted());
      }
    }),
  );
});

test("what is said holds no time, and is the same when it is computed again later", () => {
  fc.assert(
    fc.property(change, ({ before, after }) => {
      expect(all(before, after, LATER)).toEqual(all(before, after));
      expect(JSON.stringify([...all(before, after)])).not.toMatch(/\d{2}:\d{2}:\d{2}/);
    }),
  );
});

test("a first status brings warnings only; no one says the same of an object twice", () => {
  fc.assert(
    fc.property(change, ({ before, after }) => {
      for (const transitions of all(undefined, after).values()) {
        expect(transitions.filter(({ type }) => type !== "Warning")).toEqual([]);
      }
      for (const transitions of all(before, after).values()) {
        expect(new Set(transitions.map((one) => JSON.stringify(one))).size).toBe(transitions.length);
      }
    }),
  );
});

test("a reason is a CamelCase word of at most 128 characters, and a note says something", () => {
  fc.assert(
    fc.property(change, ({ before, after }) => {
      for (const { reason, action, note } of [
        ...all(before, after).values(),
        ...all(undefined, after).values(),
      ].flat()) {
        expect(reason).toMatch(/^[A-Z][A-Za-z]{1,127}$/);
        expect(action).toMatch(/^[A-Z][A-Za-z]{1,127}$/);
        expect(note).toMatch(/\S/);
      }
    }),
  );
});
