import { type Consequence, consequencesOf } from "../../resolve/explain/consequences.ts";
import type { Decided } from "../../resolve/index.ts";
import { decide, type VmEntry, World } from "../../resolve/index.ts";
import type { Estate } from "../input/estate.ts";
import { resolve } from "../statuses.ts";

/** What becomes of one VM: one with a consequence. */
export interface VmImpact {
  readonly namespace: string;
  readonly name: string;
  /** Where it is now. */
  readonly host: string;
  /** In charge of its host now, activated or not; then, only if it is activated. */
  readonly appliance?: string;
  readonly newAppliance?: string;
  readonly features: readonly Consequence[];
}

/** An estate, resolved once, of which one asks what would be if. Nothing of it is changed by asking. */
export class WhatIf {
  readonly world: World;
  readonly #objects: Pick<Estate, "objects" | "namespaces">;
  readonly #managerVersion: string;
  readonly #decisions: ReadonlyMap<string, Decided>;

  constructor(estate: Pick<Estate, "objects" | "namespaces">, managerVersion: string) {
    this.#objects = estate;
    this.#managerVersion = managerVersion;
    const { world, decisions } = resolve(estate, managerVersion);
    this.world = world;
    this.#decisions = decisions;
  }

  /** All of these appliances deactivated at the same time (SPEC R1, R9). In byte order of keys. */
  deactivated(names: ReadonlySet<string>): VmImpact[] {
    const then = new World(this.#managerVersion);
    for (const [name, labels] of this.#objects.namespaces) then.setNamespace(name, labels);
    const hosts = new Set<string>();
    for (const { kind, object } of this.#objects.objects) {
      if (kind === "AffinityPolicy") then.setPolicy(object);
      if (kind !== "Appliance") continue;
      const down = names.has(object.metadata.name);
      if (down) hosts.add(object.spec.hostName);
      then.setAppliance(down ? { ...object, spec: { ...object.spec, activation: "Deactivated" } } : object);
    }
    return this.#impacts(hosts, then, (entry) => entry);
  }

  /** The VMs of these hosts as if they were placed on another one. */
  evacuated(hosts: ReadonlySet<string>, target: string): VmImpact[] {
    return this.#impacts(hosts, this.world, (entry) => ({ ...entry, host: target }));
  }

  #impacts(hosts: Iterable<string>, world: World, moved: (entry: VmEntry) => VmEntry): VmImpact[] {
    const impacts: { key: string; impact: VmImpact }[] = [];
    for (const host of hosts) {
      for (const now of this.world.vms.on(host)) {
        const before = this.#decisions.get(now.key)?.decision;
        if (before === undefined) throw new Error(`no decision on ${now.key}`);
        const entry = moved(now);
        const decision = decide(world, entry);
        const features = consequencesOf(before, { entry, decision });
        if (features.length === 0) continue;
        const { inCharge } = decision;
        const { namespace, key } = now;
        const name = key.slice(namespace.length + 1);
        const appliances = {
          ...(before.inCharge && { appliance: before.inCharge.name }),
          ...(inCharge?.activated && { newAppliance: inCharge.name }),
        };
        impacts.push({ key, impact: { namespace, name, host, ...appliances, features } });
      }
    }
    return impacts.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ impact }) => impact);
  }
}
