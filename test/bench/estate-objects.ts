import type { AffinityPolicy, Appliance, Feature, ProtectedVM } from "../../src/api/kinds.ts";

export interface EstateSize {
  readonly vms: number;
  readonly appliances: number;
  /** At least `BROAD`. */
  readonly policies: number;
}

/** What `estateOf` makes: declared objects, no statuses. The same size gives the same objects. */
export interface Estate {
  readonly appliances: readonly Appliance[];
  readonly policies: readonly AffinityPolicy[];
  readonly vms: readonly ProtectedVM[];
}

const API_VERSION = "tandem.dev/v1alpha1";
const FEATURES: Feature[] = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
];
const AFFINITIES = ["AppliancePreferred", "AgentPreferred", "ApplianceOnly", "AgentOnly"] as const;
const TIERS = ["web", "app", "db", "pci"] as const;
const TEAMS = 20;

/** Policies that select a share of all VMs, whatever the size; each of the others selects one application. */
export const BROAD = 10;

/** A policy that wins over all others for the VMs that it selects; of them each wants the feature of its group. */
export interface MassPolicy {
  readonly name: string;
  /** The label and the value that it selects; VM number `n` has the value `n % parts`. */
  readonly label: string;
  readonly value: number;
  readonly parts: number;
}

/** For a tenth of the VMs, and for a fiftieth; no VM is in both. */
export const TENTH: MassPolicy = { name: "ring", label: "ring", value: 0, parts: 10 };
export const FIFTIETH: MassPolicy = { name: "cell", label: "cell", value: 49, parts: 50 };

/** The namespaces of the VMs, to be created before them. */
export const NAMESPACES: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[] =
  Array.from({ length: 50 }, (_, n) => ({ name: `ns-${n}`, labels: { env: n % 2 === 0 ? "prod" : "test" } }));

export function estateOf({ vms, appliances, policies }: EstateSize): Estate {
  const random = new Random(20260301);
  const apps = Math.max(policies - BROAD, Math.ceil(vms / 100));
  const range = (length: number) => Array.from({ length }, (_, n) => n);
  return {
    appliances: range(appliances).map(applianceAt),
    policies: range(policies).map((n) => policyAt(n, random)),
    vms: range(vms).map((n) => vmAt(n, { hosts: appliances, apps, random })),
  };
}

/** Whether a VM of the estate has an activated agent: nine in ten do. */
export function hasAgent(n: number): boolean {
  return n % 10 !== 3;
}

export function vmKey(n: number): { readonly namespace: string; readonly name: string } {
  return { namespace: `ns-${n % NAMESPACES.length}`, name: `vm-${n}` };
}

function vmAt(n: number, { hosts, apps, random }: { hosts: number; apps: number; random: Random }): ProtectedVM {
  const labels: Record<string, string> = {
    app: `app-${n % apps}`,
    tier: random.pick(TIERS),
    owner: `team-${random.below(TEAMS)}`,
    [TENTH.label]: `${n % TENTH.parts}`,
    [FIFTIETH.label]: `${n % FIFTIETH.parts}`,
  };
  const features = FEATURES.filter((name) => name === "AntiMalware" || random.chance(0.5));
  const agent = {
    state: "Activated",
    version: "20.0.0.8137",
    modules: FEATURES.filter(() => random.chance(0.7)),
  } as const;
  return {
    apiVersion: API_VERSION,
    kind: "ProtectedVM",
    metadata: { ...vmKey(n), generation: 1, labels },
    spec: {
      hostName: hostName(n % hosts),
      guestOS: random.chance(0.6) ? "Windows" : "Linux",
      features,
      ...(hasAgent(n) && { agent }),
      ...(random.chance(0.05) && { affinity: { network: random.pick(AFFINITIES) } }),
    },
  };
}

function applianceAt(n: number): Appliance {
  return {
    apiVersion: API_VERSION,
    kind: "Appliance",
    metadata: { name: `dsva-${n}`, generation: 1 },
    spec: {
      hostName: hostName(n),
      activation: "Activated",
      version: "20.0.1",
      services: ["GuestIntrospection", "NetworkIntrospection"],
      license: { metric: "PerCPU", features: FEATURES },
    },
  };
}

/** Two for mass changes, by team, by tier in the namespaces of an environment, for everything there; the rest by application. */
function policyAt(n: number, random: Random): AffinityPolicy {
  const affinity = { antiMalware: random.pick(AFFINITIES), ...(n % 2 === 0 && { network: random.pick(AFFINITIES) }) };
  const of = (name: string, spec: Omit<AffinityPolicy["spec"], "affinity">): AffinityPolicy => ({
    apiVersion: API_VERSION,
    kind: "AffinityPolicy",
    metadata: { name, generation: 1 },
    spec: { ...spec, affinity },
  });
  const priority = n % 10;
  const namespaceSelector = { matchLabels: { env: n % 2 === 0 ? "prod" : "test" } };
  if (n < 2) {
    const { name, label, value } = n === 0 ? TENTH : FIFTIETH;
    return of(name, { priority: 1000, vmSelector: { matchLabels: { [label]: `${value}` } } });
  }
  if (n < 5) return of(`team-${n}`, { priority, vmSelector: { matchLabels: { owner: `team-${n}` } } });
  if (n < 8) {
    const matchExpressions = [{ key: "tier", operator: "In" as const, values: [TIERS[n - 5] ?? "web", "pci"].sort() }];
    return of(`tier-${n}`, { priority, vmSelector: { matchExpressions }, namespaceSelector });
  }
  if (n < BROAD) return of(`environment-${n}`, { priority, vmSelector: {}, namespaceSelector });
  return of(`app-${n - BROAD}`, { priority, vmSelector: { matchLabels: { app: `app-${n - BROAD}` } } });
}

function hostName(n: number): string {
  return `esx-${n}.lab.example`;
}

/** Mulberry32: the same numbers from the same seed. */
class Random {
  #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  chance(share: number): boolean {
    return this.#next() < share;
  }

  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  #next(): number {
    this.#seed = (this.#seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#seed ^ (this.#seed >>> 15), 1 | this.#seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
}
