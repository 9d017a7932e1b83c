import fc from "fast-check";
import { expect, test } from "vitest";
import { referenceStatuses } from "../reference/index.ts";
import { type Estate, LATER, NOW, resolve, type Statuses } from "../resolve/estate.ts";
import { estate, withReports } from "./arbitraries.ts";
import { having } from "./having.ts";

/** The world as a list of objects, in an order of its own. */
function objectsOf({ namespaces, appliances, policies, vms }: Estate): object[] {
  return [
    ...vms.map((vm) => ({ kind: "ProtectedVM", ...vm })),
    ...Object.entries(namespaces).map(([name, labels]) => ({ kind: "Namespace", metadata: { name, labels } })),
    ...policies.map((policy) => ({ kind: "AffinityPolicy", ...policy })),
    ...appliances.map((appliance) => ({ kind: "Appliance", ...appliance })),
  ];
}

/** Everything but the wording: of a message, whether there is one. */
function unworded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, field) => (key === "message" && typeof field === "string" ? field !== "" : field)),
  );
}

function ours({ vms, policies, appliances }: Statuses): Map<string, unknown> {
  return new Map<string, unknown>([
    ...[...vms].map(([key, status]) => [`ProtectedVM/${key}`, status] as const),
    ...[...policies].map(([name, status]) => [`AffinityPolicy/${name}`, status] as const),
    ...[...appliances].map(([name, status]) => [`Appliance/${name}`, status] as const),
  ]);
}

function agree(world: Estate, now: string): void {
  const statuses = ours(resolve(world, now));
  const reference = referenceStatuses(objectsOf(world), { managerVersion: world.managerVersion, now });
  expect([...statuses.keys()].sort()).toEqual([...reference.keys()].sort());
  for (const [key, status] of statuses) expect(unworded(status), key).toEqual(unworded(reference.get(key)));
}

test("the rules and an independent reading of the specification agree on every field of every status", () => {
  fc.assert(
    fc.property(
      estate.chain((world) => withReports(world, resolve(world).vms)),
      (world) => agree(world, NOW),
    ),
    { numRuns: 500 },
  );
});

test("they agree on times too, where a world follows another", () => {
  fc.assert(
    fc.property(
      fc
        .tuple(estate, estate)
        .chain(([before, after]) => withReports(having(after, resolve(before)), resolve(after).vms)),
      (world) => agree(world, LATER),
    ),
    { numRuns: 500 },
  );
});
