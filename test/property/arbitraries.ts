import fc from "fast-check";
import type {
  Affinity,
  AffinityPolicy,
  AffinitySpec,
  Appliance,
  Feature,
  ProtectedVM,
  Selector,
  VmStatus,
} from "../../src/api/kinds.ts";
import { type Estate, raw } from "../resolve/estate.ts";

/*
 * Whole worlds of objects as the API server may give them. Few names, labels, priorities and versions, so that ties,
 * conflicts, several appliances of a host and dangling references are the rule and not the exception.
 */
const HOSTS = ["esx-1", "esx-2"];
export const APPLIANCES = ["a", "b", "c", "d"];
export const POLICIES = ["p1", "p10", "p2", "p3", "p4"];
export const NAMESPACES = ["shop", "bank", "lab"];
const VMS = ["v1", "v2", "v3", "v4"];
const AFFINITIES: Affinity[] = ["AppliancePreferred", "AgentPreferred", "ApplianceOnly", "AgentOnly"];
export const FEATURES: Feature[] = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
];

const KEYS = ["tier", "zone", "constructor"];
const VALUES = ["pci", "web", ""];
/** The label that every namespace has. */
const NAME_LABEL = "kubernetes.io/metadata.name";

const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values);
/** Some of them, in any order. */
const some = <T>(values: readonly T[], minLength = 0) =>
  fc.shuffledSubarray([...values], { minLength, maxLength: values.length });
/** A record of which each field can be absent, or null, which is to mean the same (SPEC section 2). */
function optional<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<Partial<T>> {
  const entries = Object.entries<fc.Arbitrary<unknown>>(fields).map(([key, value]) =>
    fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.constant([[key, null]]) },
      { weight: 6, arbitrary: value.map((present) => [[key, present]]) },
    ),
  );
  return fc.tuple(...entries).map((chosen) => raw<Partial<T>>(Object.fromEntries(chosen.flat())));
}

const version = oneOf(["9.5", "9.6", "9.6.0", "10", "20.0.1", "20.0.10", "20.0.10"]);
export const managerVersion = oneOf(["9.6", "10.0", "20.0", "20.0", "20.0", "20.0"]);
const affinitySpec: fc.Arbitrary<AffinitySpec> = optional<Required<AffinitySpec>>({
  antiMalware: oneOf(AFFINITIES),
  network: oneOf(AFFINITIES),
  integrityMonitoring: oneOf(AFFINITIES),
});

/** Of a VM or a namespace. */
export const labels = fc.dictionary(oneOf(KEYS), oneOf(VALUES), { maxKeys: 3, noNullPrototype: true });

function expressionOf(keys: string[], values: string[]) {
  return fc.oneof(
    fc.record({
      key: oneOf(keys),
      operator: oneOf(["In", "NotIn"]),
      values: fc.array(oneOf(values), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ key: oneOf(keys), operator: oneOf(["Exists", "DoesNotExist"]) }),
    fc.record({ key: oneOf(keys), operator: oneOf(["Exists", "DoesNotExist"]), values: oneOf([null, []]) }),
  );
}

/** Valid ones mostly, and {} often; some that no label can meet, some that are invalid. */
function selectorOf(keys: string[], values: string[]): fc.Arbitrary<Selector> {
  const valid = optional({
    matchLabels: fc.dictionary(oneOf(keys), oneOf(values), { maxKeys: 2, noNullPrototype: true }),
    matchExpressions: fc.array(expressionOf(keys, values), { maxLength: 2 }),
  });
  const invalid = oneOf<unknown>([
    { matchLabels: { "-x": "pci" } },
    { matchLabels: { tier: "not a value" } },
    { matchExpressions: [{ key: "tier", operator: "In", values: [] }] },
    { matchLabels: { tier: "pci" }, matchExpressions: [{ key: "tier", operator: "Exists", values: ["pci"] }] },
  ]);
  return fc
    .oneof(
      { weight: 5, arbitrary: fc.constant({}) },
      { weight: 8, arbitrary: valid },
      { weight: 1, arbitrary: invalid },
    )
    .map((selector) => raw<Selector>(selector));
}

const generation = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined });

function metadata(name: string, more: object = {}): fc.Arbitrary<ProtectedVM["metadata"]> {
  return generation.map((value) => ({ name, ...more, ...(value === undefined ? {} : { generation: value }) }));
}

export function applianceNamed(name: string): fc.Arbitrary<Appliance> {
  const spec = optional<Required<Omit<Appliance["spec"], "hostName">>>({
    activation: oneOf(["Activated", "Activated", "Deactivated"]),
    version,
    services: some(["GuestIntrospection", "NetworkIntrospection"] as const),
    license: fc
      .tuple(oneOf(["PerCPU", "PerInstance"]), optional({ features: some(FEATURES) }))
      .map(([metric, rest]) => raw<NonNullable<Appliance["spec"]["license"]>>({ metric, ...rest })),
  });
  return fc
    .tuple(metadata(name), oneOf(HOSTS), spec)
    .map(([metadata, hostName, rest]) => ({ metadata, spec: { hostName, ...rest } }));
}

export function policyNamed(name: string): fc.Arbitrary<AffinityPolicy> {
  const spec = optional<Required<Omit<AffinityPolicy["spec"], "vmSelector">>>({
    priority: oneOf([0, 0, 0, 1, 1000]),
    namespaceSelector: selectorOf([...KEYS, NAME_LABEL], [...VALUES, ...NAMESPACES]),
    affinity: affinitySpec,
  });
  return fc
    .tuple(metadata(name), selectorOf(KEYS, VALUES), spec)
    .map(([metadata, vmSelector, rest]) => ({ metadata, spec: { vmSelector, ...rest } }));
}

const agent = fc
  .tuple(
    oneOf(["Activated", "Activated", "Activated", "Deactivated", "NotInstalled"]),
    optional({ version, modules: some(FEATURES), licensedFeatures: some(FEATURES) }),
  )
  .map(([state, rest]) => raw<NonNullable<ProtectedVM["spec"]["agent"]>>({ state, ...rest }));

export function vmNamed(namespace: string, name: string): fc.Arbitrary<ProtectedVM> {
  const spec = optional<Required<Omit<ProtectedVM["spec"], "guestOS" | "features">>>({
    hostName: oneOf(HOSTS),
    agent,
    affinity: affinitySpec,
    applianceProtection: oneOf(["Enabled", "Disabled"]),
  });
  const wanted = some(FEATURES, 1);
  return fc
    .tuple(
      metadata(name, { namespace }),
      optional({ labels }),
      oneOf(["Windows", "Windows", "Linux", "Other"] as const),
      wanted,
      spec,
    )
    .map(([metadata, labelled, guestOS, features, rest]) => ({
      metadata: { ...metadata, ...labelled },
      spec: { guestOS, features, ...rest },
    }));
}

/** What others report of a VM; `revision` is what they can have delivered besides rubbish. */
export function reportsOf(revision = "00000000"): fc.Arbitrary<Pick<VmStatus, "reports" | "delivered">> {
  const report = fc.record({
    source: oneOf(["Appliance", "Agent"] as const),
    feature: oneOf(["All", ...FEATURES] as const),
    health: oneOf(["Healthy", "Warning", "Error", "Offline"] as const),
  });
  return optional<Required<Pick<VmStatus, "reports" | "delivered">>>({
    reports: fc.uniqueArray(report, { maxLength: 4, selector: ({ source, feature }) => `${source} ${feature}` }),
    delivered: fc.record({ revision: oneOf([revision, revision, "deadbeef"]) }),
  });
}

/** Some of the names, each as an object. */
function objects<N, T>(names: readonly N[], of: (name: N) => fc.Arbitrary<T>, minLength = 0): fc.Arbitrary<T[]> {
  return some(names, minLength).chain((chosen) => fc.tuple(...chosen.map(of)));
}

export const VM_KEYS = NAMESPACES.flatMap((namespace) => VMS.map((name) => [namespace, name] as const));

/** A whole world; some namespaces are not there. */
export const estate: fc.Arbitrary<Estate> = fc.record({
  managerVersion,
  namespaces: fc.dictionary(oneOf(NAMESPACES), labels, { noNullPrototype: true }),
  appliances: objects(APPLIANCES, applianceNamed),
  policies: objects(POLICIES, policyNamed),
  vms: objects(VM_KEYS.slice(0, 8), ([namespace, name]) => vmNamed(namespace, name), 1),
});

/** The same world with reports and deliveries, of the revisions that `revisions` names by key. */
export function withReports(world: Estate, revisions: ReadonlyMap<string, VmStatus>): fc.Arbitrary<Estate> {
  const vms = world.vms.map((vm) => {
    const key = `${vm.metadata.namespace}/${vm.metadata.name}`;
    return reportsOf(revisions.get(key)?.revision).map((status) => ({ ...vm, status: { ...vm.status, ...status } }));
  });
  return fc.tuple(...vms).map((reported) => ({ ...world, vms: reported }));
}
