import type { Appliance } from "../../api/kinds.ts";
import { printable } from "../../api/manifest/index.ts";
import { closest } from "../../api/validate/index.ts";
import { compareVersions, isVersion, type World } from "../../resolve/index.ts";
import { UsageError } from "../exit.ts";
import type { Estate } from "../input/estate.ts";

/** What one step of a maintenance takes down: an appliance, or all appliances of a host. */
export interface Subject {
  readonly name: string;
  readonly host: string;
  /** Names, in byte order; a host can have none. */
  readonly appliances: readonly string[];
}

export interface Selection {
  readonly kind: "appliance" | "host";
  readonly names: readonly string[];
  readonly all?: boolean;
  readonly versionBelow?: string;
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Everything that can be named. */
class Inventory {
  readonly appliances = new Map<string, Appliance>();
  /** Names of their appliances; hosts without one are those that VMs are on. */
  readonly hosts = new Map<string, string[]>();

  constructor({ objects }: Pick<Estate, "objects">) {
    for (const { kind, object } of objects) {
      if (kind === "AffinityPolicy") continue;
      const host = object.spec.hostName ?? undefined;
      if (kind === "Appliance") this.appliances.set(object.metadata.name, object);
      if (host === undefined) continue;
      const names = this.hosts.get(host) ?? [];
      if (kind === "Appliance") names.push(object.metadata.name);
      this.hosts.set(host, names);
    }
    for (const names of this.hosts.values()) names.sort(byName);
  }
}

/**
 * What is to be taken down, in byte order of names, each once.
 * @throws {UsageError} for a name that is not there (with names that are near), or a selection that makes no sense
 */
export function subjectsOf(estate: Pick<Estate, "objects">, selection: Selection): Subject[] {
  const { kind, names, all = false, versionBelow } = selection;
  const inventory = new Inventory(estate);
  checkSelection(selection);
  if (all || versionBelow !== undefined) return chosen(inventory, { kind, versionBelow });
  const own: ReadonlyMap<string, unknown> = kind === "host" ? inventory.hosts : inventory.appliances;
  const problems = names.filter((name) => !own.has(name)).map((name) => unknown(inventory, kind, name));
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return [...new Set(names)].sort(byName).map((name) => subject(inventory, kind, name));
}

/** @throws {UsageError} if the host is in no object of the estate */
export function checkHost(estate: Pick<Estate, "objects">, host: string): void {
  const inventory = new Inventory(estate);
  if (!inventory.hosts.has(host)) throw new UsageError(`--evacuate-to: ${unknown(inventory, "host", host)}`);
}

function checkSelection({ kind, names, all = false, versionBelow }: Selection): void {
  const ways = [names.length > 0, all, versionBelow !== undefined].filter(Boolean).length;
  if (ways > 1) throw new UsageError("give names, or --all, or --version-below: one of them");
  if (ways === 0) {
    throw new UsageError(`which ${kind}? Give names, or --all${kind === "host" ? "" : ", or --version-below"}`);
  }
  if (versionBelow === undefined) return;
  if (kind === "host") throw new UsageError("--version-below is for appliances: a host has no version here");
  if (!isVersion(versionBelow)) {
    throw new UsageError("--version-below: dotted numbers are needed, for example 20.0.1");
  }
}

function chosen(
  inventory: Inventory,
  { kind, versionBelow }: { kind: Selection["kind"]; versionBelow: string | undefined },
): Subject[] {
  if (kind === "host") {
    const hosts = [...inventory.hosts].filter(([, appliances]) => appliances.length > 0);
    return hosts.map(([name]) => subject(inventory, kind, name)).sort((a, b) => byName(a.name, b.name));
  }
  const below = ({ spec }: Appliance) =>
    versionBelow === undefined || (spec.version != null && compareVersions(spec.version, versionBelow) < 0);
  const appliances = [...inventory.appliances.values()].filter(below).map(({ metadata }) => metadata.name);
  return appliances.sort(byName).map((name) => subject(inventory, kind, name));
}

function subject(inventory: Inventory, kind: Selection["kind"], name: string): Subject {
  if (kind === "host") return { name, host: name, appliances: inventory.hosts.get(name) ?? [] };
  return { name, host: inventory.appliances.get(name)?.spec.hostName ?? "", appliances: [name] };
}

function unknown({ appliances, hosts }: Inventory, kind: Selection["kind"], name: string): string {
  const [own, others, other] = kind === "host" ? [hosts, appliances, "appliance"] : [appliances, hosts, "host"];
  const there = own.size === 0 ? `; there is no ${kind} in the input` : "";
  const none = `there is no ${kind} ${printable(name)}`;
  if (others.has(name)) return `${none}, but ${other === "host" ? "a" : "an"} ${other} of that name`;
  const names = [...own.keys()].sort(byName);
  // Hosts are called by the first part of their name, too.
  const meant = names.find((one) => one.startsWith(`${name}.`)) ?? closest(name, names);
  return `${none}${there}${meant === undefined ? "" : `; did you mean ${meant}?`}`;
}

/** What an appliance does for its host now. */
export interface Role {
  readonly state: "InCharge" | "NotInCharge" | "Deactivated" | "UnsupportedVersion";
  /** Who is in charge instead: now, or (of one in charge) while only this one is deactivated. */
  readonly other?: string;
}

/** SPEC R1. */
export function roleOf({ hosts }: World, name: string): Role {
  const entry = hosts.get(name);
  const { inCharge, successor } = hosts.on(entry?.host);
  if (entry?.supported === false) return { state: "UnsupportedVersion" };
  if (entry?.activated === false) return { state: "Deactivated" };
  if (inCharge !== entry) return { state: "NotInCharge", ...(inCharge && { other: inCharge.name }) };
  return { state: "InCharge", ...(successor && { other: successor.name }) };
}
