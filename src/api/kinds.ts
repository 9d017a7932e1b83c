import type { AffinityPolicy, Appliance, ProtectedVM } from "./generated/types.ts";

export type { AffinityPolicy, Appliance, ProtectedVM };

export type GuestOS = ProtectedVM["spec"]["guestOS"];
export type Feature = ProtectedVM["spec"]["features"][number];
export type AffinitySpec = NonNullable<ProtectedVM["spec"]["affinity"]>;
export type Affinity = NonNullable<AffinitySpec["network"]>;
/** What an affinity is set for. */
export type Group = keyof AffinitySpec;
export type ApplianceService = NonNullable<Appliance["spec"]["services"]>[number];
export type Selector = AffinityPolicy["spec"]["vmSelector"];

export type VmStatus = NonNullable<ProtectedVM["status"]>;
export type Mode = NonNullable<VmStatus["mode"]>;
export type FeatureRow = NonNullable<VmStatus["features"]>[number];
export type Source = FeatureRow["source"];
export type Forecast = NonNullable<VmStatus["forecast"]>;
export type PolicyStatus = NonNullable<AffinityPolicy["status"]>;
export type ConflictRow = NonNullable<PolicyStatus["conflicts"]>["sample"][number];
export type ApplianceStatus = NonNullable<Appliance["status"]>;
/** The three kinds write their conditions alike. */
export type Condition = NonNullable<VmStatus["conditions"]>[number];
