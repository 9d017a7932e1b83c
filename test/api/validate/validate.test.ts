import { expect, test } from "vitest";
import { checkText, completed, problemsOf } from "./check.ts";

const VM = `apiVersion: tandem.dev/v1alpha1
kind: ProtectedVM
metadata:
  name: web-1
spec:
  guestOS: Windows
  features: [AntiMalware]
`;

test("every problem is told, once, with its place, what is wrong and what is allowed", () => {
  const text = `apiVersion: tandem.dev/v1alpha1
kind: ProtectedVM
metadata:
  name: Web_1
  namespace: a.b
  labels:
    tier: 5
    "a b": x
spec:
  hostname: esx
  hostName: ESX
  guestOS: windows
  features: [AntiMalware, AntiMalware, firewall]
  agent:
    version: v1
    modules: 7
status: {foo: 1, delivered: {revision: ""}}
`;
  expect(problemsOf(text).sort()).toEqual(
    [
      `f.yaml:4:9: metadata.name: "Web_1" is not allowed; allowed: at most 253 lower-case letters, digits, '-' and '.', a letter or digit first and last of each part`,
      `f.yaml:5:14: metadata.namespace: "a.b" is not allowed; allowed: at most 63 lower-case letters, digits and '-', a letter or digit first and last`,
      "f.yaml:7:11: metadata.labels.tier: 5 is not allowed; allowed: a string (put it in quotes)",
      `f.yaml:8:5: metadata.labels["a b"]: the key is not allowed; allowed: [a DNS name and '/'] and at most 63 letters, digits, '-', '_' and '.', a letter or digit first and last`,
      'f.yaml:10:3: spec.hostname: unknown field; did you mean "hostName"?',
      'f.yaml:11:13: spec.hostName: "ESX" is not allowed; allowed: a DNS name in lower case, for example esx-01.lab.example',
      'f.yaml:12:12: spec.guestOS: "windows" is not allowed; allowed: Windows, Linux, Other',
      'f.yaml:13:27: spec.features[1]: "AntiMalware" stands there twice',
      'f.yaml:13:40: spec.features[2]: "firewall" is not allowed; allowed: AntiMalware, WebReputation, Firewall, IntrusionPrevention, IntegrityMonitoring, LogInspection, ApplicationControl',
      "f.yaml:14:3: spec.agent.state: is missing; allowed: NotInstalled, Deactivated, Activated",
      'f.yaml:15:14: spec.agent.version: "v1" is not allowed; allowed: up to 8 numbers with dots between them, for example 20.0.1',
      "f.yaml:16:14: spec.agent.modules: 7 is not allowed; allowed: a list",
      "f.yaml:17:10: status.foo: unknown field; allowed: observedGeneration, mode, coverage, appliance, features, requiredModules, actions, revision, forecast, conditions, reports, delivered",
      'f.yaml:17:40: status.delivered.revision: "" is too short; allowed: a string that is not empty',
    ].sort(),
  );
});

test("what is missing is told at the nearest thing that is there", () => {
  expect(problemsOf("apiVersion: tandem.dev/v1alpha1\nkind: Appliance\n")).toEqual([
    expect.stringContaining("f.yaml:1:1: metadata.name: is missing; allowed: at most 253"),
    "f.yaml:1:1: spec: is missing; allowed: an object",
  ]);
  expect(
    problemsOf("apiVersion: tandem.dev/v1alpha1\nkind: Appliance\nmetadata: {name: a}\nspec:\n  version: '1'\n"),
  ).toEqual([
    "f.yaml:4:1: spec.hostName: is missing; allowed: a DNS name in lower case, for example esx-01.lab.example",
  ]);
  expect(problemsOf(VM.replace("name: web-1", "generateName: web-"))).toEqual([
    expect.stringContaining(
      "f.yaml:3:1: metadata.name: is missing: a name that the server would generate is not known here",
    ),
  ]);
});

test("our group with another version or kind is refused, other groups pass unread", () => {
  expect(problemsOf(VM.replace("v1alpha1", "v1"))).toEqual([
    'f.yaml:1:13: apiVersion: "tandem.dev/v1" is not known; allowed: tandem.dev/v1alpha1',
  ]);
  expect(problemsOf(VM.replace("ProtectedVM", "ProtectedVm"))).toEqual([
    'f.yaml:2:7: kind: "ProtectedVm" is not known; did you mean "ProtectedVM"?',
  ]);
  expect(checkText(VM.replace("tandem.dev", "example.dev"))).toEqual({ type: "other" });
  expect(checkText("apiVersion: apps/v1\nkind: Deployment\nspec: 5\n")).toEqual({ type: "other" });
});

test("a namespace on a cluster-scoped kind is dropped, as the API server does: kustomize writes one there", () => {
  const metadata = { name: "p", namespace: "Shop" };
  const policy = { apiVersion: "tandem.dev/v1alpha1", kind: "AffinityPolicy", metadata, spec: { vmSelector: {} } };
  expect(completed(policy)).toMatchObject({ metadata: { name: "p" } });
  expect(completed(policy)).not.toHaveProperty("metadata.namespace");
});

test("defaults are filled in and nulls dropped, as the API server does; the author's order stays", () => {
  const metadata = { name: "a", annotations: null };
  const appliance = { apiVersion: "tandem.dev/v1alpha1", kind: "Appliance", metadata };
  const expected = {
    apiVersion: "tandem.dev/v1alpha1",
    kind: "Appliance",
    metadata: { name: "a" },
    spec: { hostName: "h", activation: "Activated" },
    status: { observedGeneration: -1 },
  };
  expect(completed({ ...appliance, spec: { hostName: "h" } })).toEqual(expected);
  expect(completed({ ...appliance, spec: { hostName: "h", activation: null, version: null }, status: null })).toEqual(
    expected,
  );
  const reported = completed({
    ...appliance,
    status: { vms: null },
    spec: { activation: "Deactivated", hostName: "h" },
  });
  expect(reported).toEqual({ ...expected, spec: { activation: "Deactivated", hostName: "h" } });
  expect(Object.keys(reported)).toEqual(["apiVersion", "kind", "metadata", "status", "spec"]);
  // A default is nobody's to share.
  const [one, other] = [1, 2].map(() => completed({ ...appliance, spec: { hostName: "h" } }) as { status: object });
  expect(one?.status).not.toBe(other?.status);
});

test("null in a list, and null for what is required, are refused", () => {
  expect(problemsOf(VM.replace("[AntiMalware]", "[null]"))).toEqual([
    expect.stringContaining("f.yaml:7:14: spec.features[0]: null is not allowed"),
  ]);
  expect(problemsOf(VM.replace("[AntiMalware]", "null"))).toEqual([
    "f.yaml:7:13: spec.features: is missing; allowed: a list",
  ]);
});

test("selector rules that a schema cannot say", () => {
  const policy = (expression: string) =>
    `apiVersion: tandem.dev/v1alpha1\nkind: AffinityPolicy\nmetadata: {name: p}\nspec:\n  vmSelector:\n    matchExpressions:\n    - ${expression}\n`;
  for (const operator of ["In", "NotIn"]) {
    const message = "f.yaml:7:7: spec.vmSelector.matchExpressions[0]: operators In and NotIn need at least one value";
    expect(problemsOf(policy(`{key: a, operator: ${operator}}`))).toEqual([message]);
    expect(problemsOf(policy(`{key: a, operator: ${operator}, values: []}`))).toEqual([message]);
    expect(problemsOf(policy(`{key: a, operator: ${operator}, values: [b]}`))).toEqual([]);
  }
  for (const operator of ["Exists", "DoesNotExist"]) {
    const message = "f.yaml:7:7: spec.vmSelector.matchExpressions[0]: operators Exists and DoesNotExist take no values";
    expect(problemsOf(policy(`{key: a, operator: ${operator}, values: [b]}`))).toEqual([message]);
    expect(problemsOf(policy(`{key: a, operator: ${operator}}`))).toEqual([]);
  }
});

test("reports are a map by source and feature", () => {
  const report = "{source: Agent, feature: All, health: Error}";
  expect(problemsOf(`${VM}status: {reports: [${report}, ${report}]}\n`)).toEqual([
    'f.yaml:8:66: status.reports[1]: "Agent/All" stands there twice',
  ]);
  expect(problemsOf(`${VM}status: {reports: [${report}, ${report.replace("All", "Firewall")}]}\n`)).toEqual([]);
});

const OWNER = "apiVersion: apps/v1, kind: Deployment, name: web, uid: u";

test("metadata: what the API server takes", () => {
  const withMetadata = (text: string) => VM.replace("name: web-1", `name: web-1\n  ${text}`);
  for (const good of [
    "generation: 3",
    "creationTimestamp: null",
    "creationTimestamp: 2026-01-31T12:00:00Z",
    "labels: {'example.com/a_b': 'X-1.y', empty: '', none: null}",
    "annotations: {'Example.com/A': anything at all}",
    "managedFields: [{manager: kubectl, operation: Update, time: 2026-01-31T12:00:00Z, fieldsV1: {'f:spec': {}}}]",
    "finalizers: [a/b, orphan]",
    "generateName: web-",
    `ownerReferences: [{${OWNER}, controller: true}, {${OWNER}, blockOwnerDeletion: false}]`,
  ]) {
    expect(problemsOf(withMetadata(good)), good).toEqual([]);
  }
  for (const bad of [
    "generation: '3'",
    "creationTimestamp: yesterday",
    "creationTimestamp: 2026-02-30T12:00:00Z",
    "creationTimestamp: 2026-01-31t12:00:00z",
    "creationTimestamp: 2026-01-31T12:00:00+25:00",
    "labels: [a]",
    "labels: {a: b c}",
    `labels: {a: ${"x".repeat(64)}}`,
    `labels: {${"x".repeat(64)}: a}`,
    "labels: {constructor/: a}",
    "labels: {__proto__: a}",
    "annotations: {a: 1}",
    `annotations: {a: ${"x".repeat(256 * 1024)}}`,
    "uid: 5",
    "generateName: Web-",
    "finalizers: [a/b/c]",
    "finalizers: [null]",
    "finalizers: [orphan, foregroundDeletion]",
    `ownerReferences: [{${OWNER.replace("apps/v1", "a/b/c")}}]`,
    `ownerReferences: [{${OWNER.replace("name: web, ", "")}}]`,
    `ownerReferences: [{${OWNER.replace("apps/v1", "v1").replace("Deployment", "Event")}}]`,
    `ownerReferences: [{${OWNER}, controller: true}, {${OWNER}, controller: true}]`,
    `ownerReferences: [{${OWNER}, namespace: shop}]`,
    "managedFields: [{when: now}]",
    "managedFields: [5]",
  ]) {
    expect(problemsOf(withMetadata(bad)), bad.slice(0, 80)).toHaveLength(1);
  }
  expect(problemsOf(withMetadata("Labels: {tier: web}"))).toEqual([
    'f.yaml:5:3: metadata.Labels: unknown field; did you mean "labels"?',
  ]);
  expect(problemsOf(withMetadata(`ownerReferences: [{${OWNER}}, {controller: 'no'}]`))).toHaveLength(5);
});

test("metadata arrives as the API server reads it: nulls dropped, in a map the empty text", () => {
  const metadata = { name: "a", labels: { tier: "web", none: null }, annotations: null, finalizers: ["a/b"] };
  const appliance = { apiVersion: "tandem.dev/v1alpha1", kind: "Appliance", metadata, spec: { hostName: "h" } };
  expect(completed(appliance)).toMatchObject({ metadata: { labels: { tier: "web", none: "" }, finalizers: ["a/b"] } });
  expect(completed(appliance)).not.toHaveProperty("metadata.annotations");
});

test("a Namespace gives its labels, and must be one", () => {
  expect(checkText("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: b}}\n")).toEqual({
    type: "namespace",
    name: "shop",
    labels: { a: "b" },
  });
  expect(problemsOf("apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}\n")).toHaveLength(1);
});
