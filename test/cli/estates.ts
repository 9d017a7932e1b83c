import fc from "fast-check";

const FEATURES = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
];
const AFFINITIES = ["AppliancePreferred", "AgentPreferred", "ApplianceOnly", "AgentOnly"];

const optional = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model, { requiredKeys: [] });
const features = (minLength: number) => fc.uniqueArray(fc.constantFrom(...FEATURES), { minLength, maxLength: 7 });
const host = fc.constantFrom("esx-1", "esx-2");
const version = fc.constantFrom("9.5", "9.6", "20.0.1");
const labels = optional({ tier: fc.constantFrom("web", "db"), constructor: fc.constantFrom("a", "") });
const affinity = optional({
  antiMalware: fc.constantFrom(...AFFINITIES),
  network: fc.constantFrom(...AFFINITIES),
  integrityMonitoring: fc.constantFrom(...AFFINITIES),
});
const selector = fc.constantFrom(
  {},
  { matchLabels: { tier: "web" } },
  { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["web"] }] },
);

const vm = fc.record(
  {
    hostName: host,
    guestOS: fc.constantFrom("Windows", "Linux", "Other"),
    features: features(1),
    agent: fc.record(
      {
        state: fc.constantFrom("NotInstalled", "Deactivated", "Activated"),
        version,
        modules: features(0),
        licensedFeatures: features(0),
      },
      { requiredKeys: ["state"] },
    ),
    affinity,
    applianceProtection: fc.constantFrom("Enabled", "Disabled"),
  },
  { requiredKeys: ["guestOS", "features"] },
);
const appliance = fc.record(
  {
    hostName: host,
    activation: fc.constantFrom("Activated", "Deactivated"),
    version,
    services: fc.constantFrom([], ["GuestIntrospection"]),
  },
  { requiredKeys: ["hostName"] },
);
const policy = fc.record(
  { priority: fc.integer({ min: 0, max: 2 }), vmSelector: selector, namespaceSelector: selector, affinity },
  { requiredKeys: ["vmSelector"] },
);

function named(kind: string, spec: fc.Arbitrary<unknown>, namespaces: readonly string[]): fc.Arbitrary<object[]> {
  const one = fc.record({
    name: fc.constantFrom("a", "b", "c", "constructor"),
    namespace: fc.constantFrom(...namespaces),
    labels,
    spec,
  });
  return fc.uniqueArray(one, { selector: ({ name, namespace }) => `${namespace}/${name}`, maxLength: 6 }).map((all) =>
    all.map(({ name, namespace, labels, spec }) => ({
      apiVersion: "tandem.dev/v1alpha1",
      kind,
      metadata: {
        name,
        ...(namespace === "" ? {} : { namespace }),
        labels,
        ...(name === "a" ? {} : { generation: 1 }),
      },
      spec,
    })),
  );
}

const namespaces = fc.constantFrom(
  [],
  [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { tier: "web" } } }],
);

/** Small worlds full of ties: two hosts, few names, valid objects of every kind in any order, at least one of ours. */
export const estates = fc
  .tuple(
    named("ProtectedVM", vm, ["shop", "lab"]),
    named("AffinityPolicy", policy, [""]),
    named("Appliance", appliance, [""]),
    namespaces,
  )
  .filter(([vms, policies, appliances]) => vms.length + policies.length + appliances.length > 0)
  .map((groups) => groups.flat() as object[]);

export function stream(objects: readonly object[]): string {
  return objects.map((object) => JSON.stringify(object)).join("\n---\n");
}
