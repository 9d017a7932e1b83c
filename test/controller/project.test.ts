import fc from "fast-check";
import { expect, test } from "vitest";
import { projectVm } from "../../src/controller/project.ts";
import { Shared, SharedRecords } from "../../src/controller/shared.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";

const metadata = { name: "a", namespace: "shop", resourceVersion: "1" };
const copy = <T>(value: T): T => structuredClone(value);

/** A VM as an API server may hold it, or one that no schema would let in. */
const anything = fc.record({
  metadata: fc.constant(metadata),
  spec: fc.oneof(
    fc.jsonValue(),
    fc.record({ hostName: fc.jsonValue(), features: fc.jsonValue(), agent: fc.jsonValue(), guestOS: fc.string() }),
  ),
  status: fc.oneof(
    fc.jsonValue(),
    fc.record({
      mode: fc.jsonValue(),
      forecast: fc.jsonValue(),
      features: fc.array(
        fc.oneof(
          fc.jsonValue(),
          fc.record({
            name: fc.constantFrom("Firewall", "AntiMalware"),
            decidedBy: fc.constantFrom("VM", "Default"),
            lastTransitionTime: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
            message: fc.constantFrom("", "The agent is not installed"),
          }),
        ),
      ),
      conditions: fc.array(
        fc.oneof(
          fc.jsonValue(),
          fc.record(
            {
              type: fc.constantFrom("Ready", "Healthy"),
              lastTransitionTime: fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"),
              message: fc.constantFrom("well", "a condition with a long message"),
              extra: fc.jsonValue(),
            },
            { requiredKeys: ["type"] },
          ),
        ),
      ),
    }),
  ),
});

test("whatever a VM is, spec and status stay what they are, and so does what was shared before", () => {
  const before: { kept: unknown; was: unknown }[] = [];
  fc.assert(
    fc.property(anything, (object) => {
      const { spec, status } = copy(object);
      const kept = projectVm(copy(object) as unknown as StoredObject);
      expect({ spec: kept.spec, status: kept.status }).toEqual({ spec, status });
      before.push({ kept, was: copy(kept) });
    }),
    { numRuns: 2_000 },
  );
  for (const { kept, was } of before) expect(kept).toEqual(was);
});

test("equal parts of VMs are one and the same", () => {
  const row = { name: "Firewall", decidedBy: "Policy/everywhere", lastTransitionTime: "2026-01-01T00:00:00Z" };
  const condition = {
    type: "Ready",
    message: "Every wanted feature is protected",
    lastTransitionTime: "2026-01-01T00:00:00Z",
  };
  const object = {
    metadata: { ...metadata, managedFields: [{}], annotations: { a: "b" }, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { hostName: "esx-1.lab.example", guestOS: "Windows", features: ["Firewall"], agent: { state: "Activated" } },
    status: { features: [row], conditions: [condition], forecast: { agentDeactivated: { moves: [], losses: [] } } },
  };
  const [one, other] = [
    projectVm(copy(object) as unknown as StoredObject),
    projectVm(copy(object) as unknown as StoredObject),
  ];
  expect(one.spec.agent).toBe(other.spec.agent);
  expect(one.spec.features).toBe(other.spec.features);
  expect(one.status?.features?.[0]).toBe(other.status?.features?.[0]);
  expect(one.status?.conditions?.[0]).toBe(other.status?.conditions?.[0]);
  expect(one.status?.forecast).toBe(other.status?.forecast);
  expect(JSON.stringify(one.metadata)).toBe(JSON.stringify(metadata));
});

test("what is remembered is bounded, and what is in use stays shared", () => {
  const shared = new Shared<{ n: number }>(100);
  const used = shared.one("used", { n: -1 });
  for (let n = 0; n < 10_000; n++) {
    shared.one(`${n}`, { n });
    if (n % 50 === 0) expect(shared.one("used", { n: -2 })).toBe(used);
  }
  expect(shared.size).toBeLessThanOrEqual(200);
  const long = "x".repeat(5_000);
  const size = shared.size;
  shared.one(long, { n: 0 });
  expect(shared.size, "what is long is not remembered").toBe(size);
});

test("records that differ in anything stay apart, however many are alike", () => {
  const records = new SharedRecords<{ lastTransitionTime: string; topic: string; n: number }>(new Shared(100), {
    limit: 1_000,
    topicOf: ({ topic }) => topic,
  });
  for (let n = 0; n < 5_000; n++) {
    const record = { lastTransitionTime: "2026-01-01T00:00:00Z", topic: `${n % 7}`, n };
    expect(records.one({ ...record })).toEqual(record);
    expect(records.size).toBeLessThanOrEqual(2_000);
  }
});
