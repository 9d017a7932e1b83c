import fc from "fast-check";
import type { AffinityPolicy, AffinitySpec, Appliance, ProtectedVM, Selector } from "../../../src/api/kinds.ts";
import { appliance, policy, type Tandem, vm } from "./support.ts";

const FEATURES = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
] as const;
const AFFINITIES = ["AppliancePreferred", "AgentPreferred", "ApplianceOnly", "AgentOnly"] as const;
const HOSTS = ["esx-1.lab", "esx-2.lab", "esx-3.lab", "esx-4.lab"] as const;
const VMS = 42;
const POLICIES = 10;
const APPLIANCES = 8;

/** Everything on a server; what has no object is to be absent. */
export interface World {
  /** The labels of the two namespaces. */
  readonly namespaces: readonly [Record<string, string>, Record<string, string>];
  readonly objects: ReadonlyMap<string, Tandem | undefined>;
  /** What other programs report of each VM. */
  readonly reports: ReadonlyMap<string, Report>;
}

interface Report {
  readonly reports: NonNullable<NonNullable<ProtectedVM["status"]>["reports"]>;
  /** `current`: the revision that is there at that moment. */
  readonly delivered: "current" | "old" | "never";
}

const some = <T>(words: readonly T[], minLength = 0): fc.Arbitrary<T[]> =>
  fc.subarray([...words], { minLength }).chain((chosen) => fc.shuffledSubarray(chosen, { minLength: chosen.length }));
const maybe = { requiredKeys: [] as [] };
const labels = fc.record(
  {
    tier: fc.constantFrom("web", "db", ""),
    os: fc.constantFrom("debian", "rhel"),
    "example.com/pci": fc.constant("yes"),
  },
  maybe,
);
const version = fc.constantFrom("9.5", "9.6", "9.10", "10", "20.0.0.8137");

const affinity: fc.Arbitrary<AffinitySpec> = fc.record(
  {
    antiMalware: fc.constantFrom(...AFFINITIES),
    network: fc.constantFrom(...AFFINITIES),
    integrityMonitoring: fc.constantFrom(...AFFINITIES),
  },
  maybe,
);

/** One in many has a key that can be no label. */
const key = fc.constantFrom("tier", "os", "tier", "os", "example.com/pci", "tier", "os", "tier", "os", "no label");
const expression = fc.oneof(
  fc.record({
    key,
    operator: fc.constantFrom("In" as const, "NotIn" as const),
    values: some(["web", "db", "debian", ""], 1),
  }),
  fc.record({ key, operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const) }),
);
const selector: fc.Arbitrary<Selector> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.record({ matchLabels: labels }) },
  { weight: 3, arbitrary: fc.record({ matchExpressions: fc.array(expression, { minLength: 1, maxLength: 2 }) }) },
);

const policySpec = fc.record(
  {
    priority: fc.constantFrom(0, 5, 1000),
    vmSelector: selector,
    namespaceSelector: fc.oneof(
      fc.record({ matchLabels: fc.record({ stage: fc.constantFrom("prod", "lab") }) }),
      fc.constant({ matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "Exists" as const }] }),
    ),
    affinity,
  },
  { requiredKeys: ["vmSelector"] },
);

const applianceSpec: fc.Arbitrary<Appliance["spec"]> = fc.record(
  {
    hostName: fc.constantFrom(...HOSTS),
    activation: fc.constantFrom("Activated" as const, "Activated" as const, "Deactivated" as const),
    version,
    services: some(["GuestIntrospection", "NetworkIntrospection"] as const),
    license: fc.record({
      metric: fc.constantFrom("PerCPU" as const, "PerInstance" as const),
      features: some(FEATURES),
    }),
  },
  { requiredKeys: ["hostName"] },
);

const vmSpec: fc.Arbitrary<ProtectedVM["spec"]> = fc.record(
  {
    hostName: fc.constantFrom(...HOSTS, "esx-without.lab"),
    guestOS: fc.constantFrom("Windows" as const, "Windows" as const, "Linux" as const, "Other" as const),
    features: some(FEATURES, 1),
    agent: fc.record(
      {
        state: fc.constantFrom(
          "Activated" as const,
          "Activated" as const,
          "Deactivated" as const,
          "NotInstalled" as const,
        ),
        version,
        modules: some(FEATURES),
        licensedFeatures: some(FEATURES),
      },
      { requiredKeys: ["state"] },
    ),
    affinity,
    applianceProtection: fc.constantFrom("Enabled" as const, "Disabled" as const),
  },
  { requiredKeys: ["guestOS", "features"] },
);

const report: fc.Arbitrary<Report> = fc.record({
  reports: fc.uniqueArray(
    fc.record({
      source: fc.constantFrom("Agent" as const, "Appliance" as const),
      feature: fc.constantFrom("All" as const, ...FEATURES),
      health: fc.constantFrom("Healthy" as const, "Warning" as const, "Error" as const, "Offline" as const),
    }),
    { maxLength: 3, selector: ({ source, feature }) => `${source}/${feature}` },
  ),
  delivered: fc.constantFrom("current" as const, "current" as const, "old" as const, "never" as const),
});

/** Objects of about sixty, one in ten of them missing; `namespaces` are the two that VMs live in. */
function worldIn(namespaces: readonly [string, string]): fc.Arbitrary<World> {
  const present = fc.integer({ min: 0, max: 9 }).map((die) => die > 0);
  const many = <T>(arbitrary: fc.Arbitrary<T>, length: number) =>
    fc.array(fc.tuple(present, arbitrary), { minLength: length, maxLength: length });
  return fc
    .record({
      stages: fc.tuple(fc.constantFrom("prod", "lab"), fc.constantFrom("prod", "lab", "")),
      appliances: many(applianceSpec, APPLIANCES),
      policies: many(policySpec, POLICIES),
      vms: many(fc.tuple(vmSpec, labels), VMS),
      reports: fc.array(report, { minLength: VMS, maxLength: VMS }),
    })
    .map(({ stages, appliances, policies, vms, reports }) => {
      const objects = new Map<string, Tandem | undefined>();
      const put = (isThere: boolean, object: Tandem) =>
        objects.set(`${object.kind}/${object.metadata.name}`, isThere ? object : undefined);
      appliances.forEach(([isThere, spec], index) => {
        put(isThere, appliance(`dsva-${index}`, spec));
      });
      policies.forEach(([isThere, spec], index) => {
        put(isThere, policy(`policy-${index}`, spec as AffinityPolicy["spec"]));
      });
      vms.forEach(([isThere, [spec, own]], index) => {
        put(isThere, vm(namespaces[index % 2] ?? "", `vm-${index}`, spec, own));
      });
      const byName = new Map(reports.map((one, index) => [`ProtectedVM/vm-${index}`, one] as const));
      return { namespaces: [{ stage: stages[0] }, { stage: stages[1] }], objects, reports: byName };
    });
}

/** Some worlds, always the same for a seed. */
export function sampleWorlds(namespaces: readonly [string, string], seed: number, count: number): World[] {
  return fc.sample(worldIn(namespaces), { seed, numRuns: count });
}

/** The first world with every third object, report and namespace taken from the second: some change, come or go. */
export function edited(world: World, other: World): World {
  const objects = new Map(
    [...world.objects].map(([name, one], index) => [name, index % 3 === 0 ? other.objects.get(name) : one]),
  );
  const reports = new Map(
    [...world.reports].map(([name, one], index) => [name, index % 3 === 1 ? (other.reports.get(name) ?? one) : one]),
  );
  return { namespaces: [world.namespaces[0], other.namespaces[1]], objects, reports };
}
