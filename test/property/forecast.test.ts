import fc from "fast-check";
import { expect, test } from "vitest";
import type { Forecast, VmStatus } from "../../src/api/kinds.ts";
import { keyOf } from "../../src/api/object.ts";
import { type Estate, found, resolve } from "../resolve/estate.ts";
import { estate } from "./arbitraries.ts";

/** What is different between two statuses of a VM, in the words of a forecast. */
function difference(before: VmStatus, after: VmStatus): Required<Forecast>["applianceDeactivated"] {
  const changed = found(before.features).map(({ name, source }) => ({
    name,
    source,
    next: found(after.features?.find((row) => row.name === name)).source,
  }));
  const moves = changed.filter(({ source, next }) => source !== next && source !== "None" && next !== "None");
  const losses = changed.filter(({ source, next }) => source !== "None" && next === "None");
  const names = (rows: typeof changed) => rows.map(({ name }) => name);
  const installs = names(moves).filter(
    (name) => after.requiredModules?.includes(name) && !before.requiredModules?.includes(name),
  );
  return { moves: names(moves), installs, losses: names(losses) };
}

test("a forecast is what really happens when that source is deactivated", () => {
  fc.assert(
    fc.property(estate, (world: Estate) => {
      const statuses = resolve(world).vms;
      for (const vm of world.vms) {
        const key = keyOf(vm);
        const before = found(statuses.get(key));

        if (before.mode === "Combined" || before.mode === "AgentBased") {
          const agent = { ...found(vm.spec.agent), state: "Deactivated" as const };
          const vms = world.vms.map((one) => (one === vm ? { ...vm, spec: { ...vm.spec, agent } } : one));
          const { moves, losses } = difference(before, found(resolve({ ...world, vms }).vms.get(key)));
          expect(before.forecast?.agentDeactivated).toEqual({ moves, losses });
        } else {
          expect(before.forecast ?? {}).not.toHaveProperty("agentDeactivated");
        }

        if (before.mode === "Combined" || before.mode === "Agentless") {
          const appliances = world.appliances.map((one) =>
            one.metadata.name === before.appliance
              ? { ...one, spec: { ...one.spec, activation: "Deactivated" as const } }
              : one,
          );
          const after = found(resolve({ ...world, appliances }).vms.get(key));
          expect(before.forecast?.applianceDeactivated).toEqual(difference(before, after));
        } else {
          expect(before.forecast ?? {}).not.toHaveProperty("applianceDeactivated");
        }
      }
    }),
    { numRuns: 500 },
  );
});
