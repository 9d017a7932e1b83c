import type { Appliance, ApplianceService, GuestOS } from "../api/kinds.ts";
import { applianceAble, type FeatureSet, NETWORK, setOf } from "./features.ts";
import { isSupported } from "./versions.ts";

/** What the rules read of an Appliance, read once. */
export interface ApplianceEntry {
  readonly name: string;
  readonly host: string;
  readonly activated: boolean;
  readonly version: string | undefined;
  /** SPEC R1: without a version, or 9.6 or later. */
  readonly supported: boolean;
  readonly services: readonly ApplianceService[] | undefined;
  readonly ableWindows: FeatureSet;
  readonly ableOther: FeatureSet;
  /** Whether it declares a licence at all, and what of the network features that licence gives to agents (SPEC R10). */
  readonly licensed: boolean;
  readonly licensedToAgents: FeatureSet;
}

export function applianceEntry({ metadata, spec }: Appliance): ApplianceEntry {
  const services = spec.services ?? undefined;
  const perCpu = spec.license?.metric === "PerCPU";
  return {
    name: metadata.name,
    host: spec.hostName,
    activated: (spec.activation ?? "Activated") === "Activated",
    version: spec.version ?? undefined,
    supported: isSupported(spec.version),
    services,
    ableWindows: applianceAble(services, "Windows"),
    ableOther: applianceAble(services, "Other"),
    licensed: spec.license != null,
    licensedToAgents: perCpu ? setOf(spec.license?.features) & NETWORK : 0,
  };
}

/** SPEC R4. */
export function ableFor(appliance: ApplianceEntry, guestOS: GuestOS): FeatureSet {
  return guestOS === "Windows" ? appliance.ableWindows : appliance.ableOther;
}

/** The appliances of one host. */
export interface HostEntry {
  /** All of them, accepted or not, in order of name. */
  readonly appliances: readonly ApplianceEntry[];
  /** SPEC R1. */
  readonly inCharge: ApplianceEntry | undefined;
  /** What protects instead if the one in charge is deactivated (SPEC R9). */
  readonly successor: ApplianceEntry | undefined;
}

const EMPTY: HostEntry = { appliances: [], inCharge: undefined, successor: undefined };

function hostEntry(unordered: readonly ApplianceEntry[]): HostEntry {
  const appliances = unordered.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const inCharge = inChargeOf(appliances);
  const next = inChargeOf(appliances, inCharge?.name);
  return { appliances, inCharge, successor: next !== inCharge && next?.activated ? next : undefined };
}

/** SPEC R1, given a host's appliances by name. With `deactivated`, as if that one were deactivated (SPEC R9). */
function inChargeOf(appliances: readonly ApplianceEntry[], deactivated?: string): ApplianceEntry | undefined {
  let first: ApplianceEntry | undefined;
  for (const appliance of appliances) {
    if (!appliance.supported) continue;
    if (appliance.activated && appliance.name !== deactivated) return appliance;
    first ??= appliance;
  }
  return first;
}

/** The appliances by host. */
export class Hosts {
  readonly #byName = new Map<string, ApplianceEntry>();
  readonly #byHost = new Map<string, HostEntry>();

  get(name: string): ApplianceEntry | undefined {
    return this.#byName.get(name);
  }

  on(host: string | undefined): HostEntry {
    return (host === undefined ? undefined : this.#byHost.get(host)) ?? EMPTY;
  }

  set(entry: ApplianceEntry): void {
    this.delete(entry.name);
    this.#byName.set(entry.name, entry);
    this.#byHost.set(entry.host, hostEntry([...this.on(entry.host).appliances, entry]));
  }

  delete(name: string): ApplianceEntry | undefined {
    const entry = this.#byName.get(name);
    if (entry === undefined) return undefined;
    this.#byName.delete(name);
    const rest = this.on(entry.host).appliances.filter((other) => other.name !== name);
    if (rest.length > 0) this.#byHost.set(entry.host, hostEntry(rest));
    else this.#byHost.delete(entry.host);
    return entry;
  }
}
