import { expect, test } from "vitest";
import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import type { TandemObject } from "../../src/api/validate/index.ts";
import { withStatuses } from "../../src/cli/statuses.ts";
import { estateOf, FIFTIETH, NAMESPACES, TENTH } from "./estate-objects.ts";
import { SettledEstate } from "./estate-settled.ts";

const namespaces = new Map(NAMESPACES.map(({ name, labels }) => [name, { ...labels }]));
const size = { vms: 600, appliances: 6, policies: 20 };
const stored = [...new SettledEstate(estateOf(size), namespaces).entries()].map(({ value }): TandemObject => {
  const object: ProtectedVM | AffinityPolicy | Appliance = JSON.parse(value);
  return { kind: object.kind, object } as TandemObject;
});

test("who decides a settled estate again has nothing to write", () => {
  const again = withStatuses({ objects: stored, namespaces }, { managerVersion: "20.0", now: "2026-06-01T00:00:00Z" });
  expect(again).toEqual(stored);
});

test("every policy was delivered", () => {
  const actions = stored.flatMap(({ kind, object }) => (kind === "ProtectedVM" ? (object.status?.actions ?? []) : []));
  expect(actions.length).toBeGreaterThan(0);
  expect(actions.filter(({ type }) => type === "DeliverPolicy")).toEqual([]);
});

test("its times differ as a mass change leaves them", () => {
  const times = stored.map(({ object }) => object.status?.conditions?.[0]?.lastTransitionTime);
  expect(new Set(times).size).toBe(300);
});

test.each([TENTH, FIFTIETH])("the policy $name decides its part of the VMs, and all of their statuses", (policy) => {
  const part = stored.filter(({ object }) => object.metadata.labels?.[policy.label] === `${policy.value}`);
  expect(part).toHaveLength(size.vms / policy.parts);
  for (const { object } of part) {
    const row = (object as ProtectedVM).status?.features?.find(({ name }) => name === "AntiMalware");
    expect(row?.decidedBy).toBe(`Policy/${policy.name}`);
  }
});
