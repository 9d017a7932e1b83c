import { expect, test } from "vitest";
import type { AffinityPolicy, Appliance, ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import {
  applianceTransitions,
  policyTransitions,
  type Transition,
  vmTransitions,
} from "../../src/controller/transitions.ts";
import { appliance, type Estate, found, policy, resolve, statusOf, vm } from "../resolve/estate.ts";

const AGENT = { state: "Activated" as const, modules: ["AntiMalware" as const] };
const A = appliance("a");
const OFF = appliance("a", { activation: "Deactivated" });

const said = (transitions: readonly Transition[]) =>
  transitions.map(({ type, reason, note }) => `${type} ${reason}: ${note}`);

/** What is said when a VM with this spec goes from one estate to another; without a first one, of its first status. */
function vmSaid(spec: Partial<ProtectedVM["spec"]>, before: Partial<Estate> | undefined, after: Partial<Estate>) {
  return said(vmTransitions(before && statusOf(vm("v", spec), before), statusOf(vm("v", spec), after)));
}

function policySaid(before: AffinityPolicy[] | undefined, after: AffinityPolicy[]) {
  const status = (policies: AffinityPolicy[]) => resolve({ policies, vms: [vm("v")] }).policies.get("p");
  return policyTransitions(before && status(before), found(status(after)));
}

function applianceSaid(before: Appliance[] | undefined, after: Appliance[]) {
  const status = (appliances: Appliance[]) => resolve({ appliances }).appliances.get("b");
  return said(applianceTransitions(before && status(before), found(status(after))));
}

test("a move says what, from where to where, and why", () => {
  const spec = { agent: AGENT };
  expect(vmSaid(spec, { appliances: [A] }, { appliances: [OFF] })).toEqual([
    "Normal ProtectionMoved: AntiMalware moved from Appliance to Agent: Appliance a is deactivated",
  ]);
  expect(vmSaid(spec, { appliances: [OFF] }, { appliances: [A] })).toEqual([
    "Normal ProtectionMoved: AntiMalware moved from Agent to Appliance: Appliance is preferred, and available now",
  ]);
});

test("features that move together for the same reason are one Event", () => {
  const features = ["WebReputation", "Firewall", "IntegrityMonitoring"] as const;
  const spec = { features: [...features], agent: { state: "Activated" as const, modules: [...features] } };
  const policies = [policy("p", { affinity: { network: "AppliancePreferred" } })];
  expect(vmSaid(spec, { policies, appliances: [A] }, { policies, appliances: [OFF] })).toEqual([
    "Normal ProtectionMoved: WebReputation, Firewall, IntegrityMonitoring moved from Appliance to Agent: Appliance a is deactivated",
  ]);
});

test("a feature that nobody protects any more is a warning, with the obstacles to remove; its return is none", () => {
  expect(vmSaid({}, { appliances: [A] }, { appliances: [OFF] })).toEqual([
    "Warning ProtectionLost: Nobody protects AntiMalware any more: Appliance a is deactivated; The agent is not installed",
  ]);
  expect(vmSaid({}, { appliances: [OFF] }, { appliances: [A] })).toEqual([
    "Normal ProtectionRestored: Appliance protects AntiMalware now",
  ]);
});

test("what is lost for different reasons is an Event for each reason", () => {
  const wanted = { features: ["AntiMalware" as const, "LogInspection" as const] };
  const world = { appliances: [OFF] };
  const before = statusOf(vm("v", { ...wanted, agent: { state: "Activated" } }), world);
  expect(said(vmTransitions(before, statusOf(vm("v", wanted), world)))).toEqual([
    "Warning ProtectionLost: Nobody protects AntiMalware any more: Appliance a is deactivated; The agent is not installed",
    "Warning ProtectionLost: Nobody protects LogInspection any more: The agent is not installed; AgentOnly (Fixed) allows no other source",
  ]);
});

test("where an affinity is what forbids the other source, it says which and whose", () => {
  const only = { antiMalware: "ApplianceOnly" as const };
  const lost =
    "Warning ProtectionLost: Nobody protects AntiMalware any more: Appliance a is deactivated; ApplianceOnly";
  const policies = [policy("p", { affinity: only })];
  expect(vmSaid({ agent: AGENT }, { policies, appliances: [A] }, { policies, appliances: [OFF] })).toEqual([
    `${lost} (Policy/p) allows no other source`,
  ]);
  expect(vmSaid({ agent: AGENT, affinity: only }, { appliances: [A] }, { appliances: [OFF] })).toEqual([
    `${lost} (VM) allows no other source`,
  ]);
});

test("modules are asked for once, when they are newly required", () => {
  const spec = { agent: { state: "Activated" as const } };
  const install =
    "Warning InstallNeeded: Install on the agent: AntiMalware (it is to protect with them, and lacks them)";
  expect(vmSaid(spec, { appliances: [A] }, { appliances: [OFF] })).toEqual([
    "Normal ProtectionMoved: AntiMalware moved from Appliance to Agent: Appliance a is deactivated",
    install,
  ]);
  expect(vmSaid(spec, { appliances: [OFF] }, { appliances: [] }), "still required").toEqual([]);
  expect(vmSaid(spec, undefined, { appliances: [OFF] })).toEqual([install]);
});

test.each([
  ["ApplianceOptOutRefused", { agent: AGENT }, { applianceProtection: "Disabled" as const }, "20.0"],
  ["AgentUnsupported", {}, { agent: { ...AGENT, version: "9.5" } }, "20.0"],
  ["AffinityIgnored", {}, { affinity: { antiMalware: "AgentOnly" as const } }, "9.6"],
])("%s is said when it becomes true, and not again", (reason, fine, refused, managerVersion) => {
  const world = { appliances: [A], managerVersion };
  const status = (spec: Partial<ProtectedVM["spec"]>) => statusOf(vm("v", { ...fine, ...spec }), world);
  const news = (before: VmStatus | undefined, after: VmStatus) =>
    vmTransitions(before, after).filter((transition) => transition.reason === reason);
  const first = news(status({}), status(refused));
  expect(first).toMatchObject([{ type: "Warning", action: "Validate" }]);
  expect(first[0]?.note).toBe(status(refused).conditions?.find(({ type }) => type === reason)?.message);
  expect(news(undefined, status(refused))).toEqual(first);
  expect(news(status(refused), status(refused))).toEqual([]);
  expect(news(status(refused), status({}))).toEqual([]);
});

test("a condition that somebody wrote as False is not there yet: its going True is said", () => {
  const after = statusOf(vm("v", { agent: { ...AGENT, version: "9.5" } }), { appliances: [A] });
  const conditions = (after.conditions ?? []).map((one) => ({ ...one, status: "False" as const }));
  expect(vmTransitions({ ...after, conditions }, after)).toMatchObject([{ reason: "AgentUnsupported" }]);
  expect(vmTransitions(after, { ...after, conditions })).toEqual([]);
});

test("the first status of a VM says what a person must act on, and calls nothing moved", () => {
  expect(vmSaid({ agent: AGENT }, undefined, { appliances: [A] })).toEqual([]);
  expect(vmSaid({}, undefined, {})).toEqual([
    "Warning NotProtected: Nobody protects AntiMalware: Host esx-1 has no accepted appliance; The agent is not installed",
  ]);
  const after = statusOf(vm("v"), {});
  for (const before of [null, {}, { observedGeneration: -1 }]) {
    expect(vmTransitions(before, after)).toEqual(vmTransitions(undefined, after));
  }
});

test("a feature that is newly wanted has not moved", () => {
  const before = statusOf(vm("v", { agent: AGENT }), { appliances: [A] });
  const after = statusOf(vm("v", { agent: AGENT, features: ["AntiMalware", "IntegrityMonitoring"] }), {
    appliances: [A],
  });
  expect(vmTransitions(before, after)).toEqual([]);
});

test("SPEC R5: the Event of a conflict is on the policy, one for each new pair and group, related to the other", () => {
  const p = policy("p", { affinity: { antiMalware: "AgentOnly", network: "AgentOnly" } });
  const q = (affinity: AffinityPolicy["spec"]["affinity"] & {}) => policy("q", { affinity });
  const one = policySaid([p], [p, q({ antiMalware: "ApplianceOnly" })]);
  expect(said(one)).toEqual([
    "Warning PolicyConflict: Policy q of the same priority sets antiMalware of 1 VM(s) differently, and the name decides: give one of the two another priority",
  ]);
  expect(one[0]?.relatedPolicy).toBe("q");
  const both = [p, q({ antiMalware: "ApplianceOnly", network: "ApplianceOnly" })];
  expect(policySaid(undefined, both).map(({ relatedPolicy }) => relatedPolicy)).toEqual(["q", "q"]);
  expect(said(policySaid([p, q({ antiMalware: "ApplianceOnly" })], both))).toEqual([
    expect.stringContaining("sets network of"),
  ]);
  expect(policySaid(both, both)).toEqual([]);
  expect(policySaid(both, [p])).toEqual([]);
  const withVms = (count: number) =>
    found(resolve({ policies: both, vms: Array.from({ length: count }, (_, n) => vm(`v${n}`)) }).policies.get("p"));
  expect(policyTransitions(withVms(1), withVms(3)), "only its count moved").toEqual([]);
});

test("a policy that is not accepted says why, once, and again for another reason", () => {
  const bad = policy("p", { vmSelector: { matchLabels: { "-x": "pci" } } });
  const first = policySaid([policy("p")], [bad]);
  expect(first).toMatchObject([{ type: "Warning", reason: "InvalidSelector", action: "Validate" }]);
  expect(policySaid(undefined, [bad])).toEqual(first);
  expect(policySaid([bad], [bad])).toEqual([]);
  expect(policySaid([bad], [policy("p")])).toEqual([]);
  const old = resolve({ managerVersion: "9.6", policies: [policy("p")] }).policies.get("p");
  expect(policyTransitions(resolve({ policies: [bad] }).policies.get("p"), found(old))).toMatchObject([
    { reason: "AffinityNotConfigurable" },
  ]);
});

test("an appliance that is not accepted says why", () => {
  const b = appliance("b");
  expect(applianceSaid([b], [A, b])).toEqual([
    "Warning HostConflict: Host esx-1 is protected by the activated appliance a, the first by name; this one protects nothing",
  ]);
  expect(applianceSaid(undefined, [appliance("b", { version: "9.5" })])).toEqual([
    "Warning UnsupportedVersion: Version 9.5 is below 9.6; the appliance does not count",
  ]);
  expect(applianceSaid([A, b], [A, b])).toEqual([]);
  expect(applianceSaid([A, b], [b])).toEqual([]);
  expect(applianceSaid([A, b], [A, appliance("b", { version: "9.5" })])).toEqual([
    "Warning UnsupportedVersion: Version 9.5 is below 9.6; the appliance does not count",
  ]);
});
