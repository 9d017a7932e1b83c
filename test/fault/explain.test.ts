import { expect, test } from "vitest";
import type { VmStatus } from "../../src/api/kinds.ts";
import { referenceStatuses } from "../reference/index.ts";
import type { Audited, Version } from "./auditor.ts";
import { appliance, policy, vm } from "./estate.ts";
import { Explainer, type Writer } from "./explain.ts";

const NOW = "2026-01-31T12:00:00Z";
const HOSTS = 1;
const NETWORK = ["AppliancePreferred", "AgentOnly", "ApplianceOnly"] as const;

/** A policy for all VMs in its nth version, which decides otherwise than the one before. */
function everywhere(n: number) {
  const object = policy("everywhere", { priority: 1, affinity: { network: NETWORK[n] ?? "AgentOnly" } });
  return { ...object, metadata: { ...object.metadata, generation: n + 1 } };
}

const HOST = { ...appliance(0), metadata: { name: "dsva-0", generation: 1 } };

function target(n: number) {
  const object = vm("shop", n, HOSTS);
  return { ...object, metadata: { ...object.metadata, uid: `uid-${n}`, generation: 1 } };
}

/** What a VM's status is under a version of the policy. */
function statusUnder(n: number, policyVersion: number): VmStatus {
  const objects = [HOST, everywhere(policyVersion), target(n)];
  return referenceStatuses(objects, { managerVersion: "20.0", now: NOW }).get(`ProtectedVM/shop/vm-${n}`) as VmStatus;
}

function committed(id: string, object: object, at: number): Version {
  return { id, before: undefined, object: object as Audited, revision: `${at}`, isDecision: false };
}

/** One that has seen the policy in its three versions: at revisions 10, 20 and 30. */
function explainer(): Explainer {
  const subject = new Explainer();
  subject.take(committed("Appliance dsva-0", HOST, 1), undefined);
  for (const n of [0, 1, 2]) {
    subject.take(committed("AffinityPolicy everywhere", everywhere(n), 10 + 10 * n), undefined);
  }
  return subject;
}

/** What is wrong with a status that is written to VM `n` at a revision. */
function write(
  subject: Explainer,
  { n, status, at, writer }: { n: number; status: object; at: number; writer?: Writer },
): string[] {
  const before = target(n) as Audited;
  const version = { id: `ProtectedVM shop/vm-${n}`, before, object: { ...before, status }, revision: `${at}` };
  return subject.take({ ...version, isDecision: true }, writer);
}

function writer(process: object, sentAt: number, startedAt = 0): Writer {
  return { process, startedAt, sentAt };
}

test("S1: a status of any earlier state of the inputs is explained, one of a later state or of none is not", () => {
  const subject = explainer();
  for (const n of [0, 1, 2]) expect(write(subject, { n: 1, status: statusUnder(1, n), at: 40 }), `${n}`).toEqual([]);
  const early = new Explainer();
  early.take(committed("Appliance dsva-0", HOST, 1), undefined);
  early.take(committed("AffinityPolicy everywhere", everywhere(0), 10), undefined);
  expect(write(early, { n: 1, status: statusUnder(1, 1), at: 15 })).toEqual([expect.stringMatching(/\(S1\)/)]);
});

test("S1: each single change of a right status is found, but for messages of conditions and times of what changed", () => {
  const right = statusUnder(1, 2);
  const found = (status: object) => write(explainer(), { n: 1, status, at: 40 }).length;
  expect(found(right)).toBe(0);
  for (const key of Object.keys(right)) {
    const { [key]: _, ...less } = right as Record<string, unknown>;
    expect(found(less), `without ${key}`).toBe(1);
  }
  expect(found({ ...right, unknown: 1 })).toBe(1);
  expect(found({ ...right, revision: "00000000" })).toBe(1);
  const [first, ...rest] = right.conditions ?? [];
  expect(found({ ...right, conditions: [{ ...first, reason: "Other" }, ...rest] })).toBe(1);
  expect(found({ ...right, conditions: [...rest, first] })).toBe(1);
  expect(found({ ...right, conditions: [{ ...first, message: "other words" }, ...rest] })).toBe(0);
  expect(found({ ...right, conditions: [{ ...first, lastTransitionTime: "2026-02-01T00:00:00Z" }, ...rest] })).toBe(0);
  const rows = right.features?.map((row) => ({ ...row, message: "other words" }));
  expect(found({ ...right, features: rows })).toBe(1);
});

test("S2: a process that has written from a state does not write from an older one", () => {
  const subject = explainer();
  const process = {};
  const newest = { n: 1, status: statusUnder(1, 2), at: 40, writer: writer(process, 1_000) };
  expect(write(subject, newest)).toEqual([]);
  const older = { n: 5, status: statusUnder(5, 1), at: 41, writer: writer(process, 9_000) };
  expect(write(subject, older)).toEqual([expect.stringMatching(/\(S2\)/)]);
  const another = { ...older, at: 42, writer: writer({}, 9_000) };
  expect(write(subject, another), "another process may lag").toEqual([]);
});

test("S2: a process that started later does not overwrite from an older state", () => {
  const subject = explainer();
  expect(write(subject, { n: 1, status: statusUnder(1, 2), at: 40, writer: writer({}, 1_000) })).toEqual([]);
  const older = { n: 1, status: statusUnder(1, 0), at: 50 };
  expect(write(subject, { ...older, writer: writer({}, 9_000, 500) }), "it ran beside the other").toEqual([]);
  expect(write(subject, { n: 1, status: statusUnder(1, 2), at: 60, writer: writer({}, 9_500) })).toEqual([]);
  expect(write(subject, { ...older, at: 70, writer: writer({}, 20_000, 15_000) })).toEqual([
    expect.stringMatching(/\(S2\)/),
  ]);
});

test("S2: what a status does not depend on says nothing of what its writer knew", () => {
  const subject = explainer();
  const process = {};
  const before: Audited = { ...HOST, metadata: { ...HOST.metadata, uid: "a" }, status: {} };
  const statuses = referenceStatuses([before], { managerVersion: "20.0", now: NOW });
  const object: Audited = { ...before, status: statuses.get("Appliance/dsva-0") as object };
  const written = { id: "Appliance dsva-0", before, object, revision: "40", isDecision: true };
  expect(subject.take(written, writer(process, 1_000))).toEqual([]);
  const late = { n: 1, status: statusUnder(1, 0), at: 50, writer: writer(process, 9_000) };
  expect(write(subject, late), "its watch of policies may lag far behind").toEqual([]);
});

test("S2: what a process knows of one host says nothing of another; of one host it never goes back", () => {
  const subject = new Explainer();
  const process = {};
  const on = (n: number) => ({ ...appliance(n), metadata: { name: `dsva-${n}`, generation: 1 } });
  const off = (n: number) => {
    const object = on(n);
    return {
      ...object,
      metadata: { ...object.metadata, generation: 2 },
      spec: { ...object.spec, activation: "Deactivated" },
    };
  };
  for (const n of [0, 1]) subject.take(committed(`Appliance dsva-${n}`, on(n), 1 + n), undefined);
  for (const n of [0, 1]) subject.take(committed(`Appliance dsva-${n}`, off(n), 11 + n), undefined);
  const writes = (n: number, host: object, at: number) => {
    const object = vm("shop", n, 2);
    const before = { ...object, metadata: { ...object.metadata, uid: `uid-${n}`, generation: 1 } };
    const statuses = referenceStatuses([before, host], { managerVersion: "20.0", now: NOW });
    const status = statuses.get(`ProtectedVM/shop/vm-${n}`);
    const version = { id: `ProtectedVM shop/vm-${n}`, before, object: { ...before, status }, revision: `${at}` };
    return subject.take({ ...version, isDecision: true } as Version, writer(process, at * 1_000));
  };
  expect(writes(1, off(1), 20)).toEqual([]);
  expect(writes(0, on(0), 21), "its event was swallowed").toEqual([]);
  expect(writes(2, off(0), 22)).toEqual([]);
  expect(writes(4, on(0), 23)).toEqual([expect.stringMatching(/\(S2\)/)]);
});
