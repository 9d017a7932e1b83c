import type { KindName } from "../../../src/api/crd.ts";

/** Whether a value may stand at a place; `null` is absent in a field, and no item of a list. */
export type Bound = (value: unknown) => boolean;

const FEATURES = [
  "AntiMalware",
  "WebReputation",
  "Firewall",
  "IntrusionPrevention",
  "IntegrityMonitoring",
  "LogInspection",
  "ApplicationControl",
];
const SERVICES = ["GuestIntrospection", "NetworkIntrospection"];

const never: Bound = () => false;
const empty: Bound = (value) => isObject(value) && Object.keys(value).length === 0;
const optional =
  (bound: Bound): Bound =>
  (value) =>
    value === undefined || value === null || bound(value);
const text =
  (min: number, max: number, pattern = /^/): Bound =>
  (value) =>
    typeof value === "string" && [...value].length >= min && [...value].length <= max && pattern.test(value);
const oneOf =
  (...words: string[]): Bound =>
  (value) =>
    typeof value === "string" && words.includes(value);
const list =
  (min: number, max: number, item: Bound): Bound =>
  (value) =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every(item);
const set =
  (min: number, words: string[]): Bound =>
  (value) =>
    list(min, words.length, oneOf(...words))(value) && new Set(value as unknown[]).size === (value as unknown[]).length;
const whole =
  (min: number, max: number): Bound =>
  (value) =>
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
/** A null in a map is a field that is absent. */
const map =
  (max: number, item: Bound): Bound =>
  (value) =>
    isObject(value) && Object.keys(value).length <= max && Object.values(value).every(optional(item));

const hostName = text(1, 253, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
const version = text(1, 79, /^[0-9]{1,9}(\.[0-9]{1,9}){0,7}$/);
const affinity = optional(oneOf("AppliancePreferred", "AgentPreferred", "ApplianceOnly", "AgentOnly"));
const features = optional(set(0, FEATURES));
const feature = oneOf(...FEATURES);
const time = optional(
  (value) => text(1, 64, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[-+]\d\d:\d\d)$/)(value) && isDay(value),
);

const labelKey = text(1, 317);
const labelValue = text(0, 63);
const expression: Bound = (value) =>
  isObject(value) &&
  labelKey(value.key) &&
  ["In", "NotIn", "Exists", "DoesNotExist"].includes(String(value.operator)) &&
  (String(value.operator).endsWith("In")
    ? list(1, 32, labelValue)(value.values)
    : optional(list(0, 0, never))(value.values));

const selector = (path: string, itself: Bound): Record<string, Bound> => ({
  [path]: itself,
  [`${path}.matchLabels`]: optional(map(32, labelValue)),
  [`${path}.matchLabels.*`]: optional(labelValue),
  [`${path}.matchExpressions`]: optional(list(0, 32, expression)),
  [`${path}.matchExpressions[]`]: never,
  [`${path}.matchExpressions[].key`]: labelKey,
  // The operator stands with values, the values with In.
  [`${path}.matchExpressions[].operator`]: oneOf("In", "NotIn"),
  [`${path}.matchExpressions[].values`]: list(1, 32, labelValue),
  [`${path}.matchExpressions[].values[]`]: labelValue,
});

const affinities = {
  "spec.affinity": optional(empty),
  "spec.affinity.antiMalware": affinity,
  "spec.affinity.network": affinity,
  "spec.affinity.integrityMonitoring": affinity,
};

/** What SPEC allows at each place that others write, by kind and path. */
export const BOUNDS: Record<KindName, Record<string, Bound>> = {
  ProtectedVM: {
    spec: never,
    "spec.hostName": optional(hostName),
    "spec.guestOS": oneOf("Windows", "Linux", "Other"),
    "spec.features": set(1, FEATURES),
    "spec.features[]": feature,
    "spec.agent": optional(never),
    "spec.agent.state": oneOf("NotInstalled", "Deactivated", "Activated"),
    "spec.agent.version": optional(version),
    "spec.agent.modules": features,
    "spec.agent.modules[]": feature,
    "spec.agent.licensedFeatures": features,
    "spec.agent.licensedFeatures[]": feature,
    ...affinities,
    "spec.applianceProtection": optional(oneOf("Enabled", "Disabled")),
    "status.reports": optional(
      (value) =>
        list(0, 16, isObject)(value) &&
        new Set((value as Record<string, unknown>[]).map(({ source, feature: of }) => `${source}/${of}`)).size ===
          (value as unknown[]).length,
    ),
    "status.reports[]": never,
    "status.reports[].source": oneOf("Appliance", "Agent"),
    "status.reports[].feature": oneOf("All", ...FEATURES),
    "status.reports[].health": oneOf("Healthy", "Warning", "Error", "Offline"),
    "status.reports[].message": optional(text(0, 1024)),
    "status.reports[].observedTime": time,
    "status.delivered": optional(never),
    "status.delivered.revision": text(1, 64),
    "status.delivered.time": time,
  },
  AffinityPolicy: {
    spec: never,
    "spec.priority": optional(whole(0, 1000)),
    ...selector("spec.vmSelector", empty),
    ...selector("spec.namespaceSelector", optional(empty)),
    ...affinities,
  },
  Appliance: {
    spec: never,
    "spec.hostName": hostName,
    "spec.activation": optional(oneOf("Activated", "Deactivated")),
    "spec.version": optional(version),
    "spec.services": optional(set(0, SERVICES)),
    "spec.services[]": oneOf(...SERVICES),
    "spec.license": optional(never),
    "spec.license.metric": oneOf("PerCPU", "PerInstance"),
    "spec.license.features": features,
    "spec.license.features[]": feature,
  },
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The 30th of February is none. */
function isDay(value: unknown): boolean {
  const day = String(value).slice(0, 10);
  const date = new Date(String(value));
  return !Number.isNaN(date.getTime()) && new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
