import type { AffinityPolicy, Appliance, ProtectedVM } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/api/object.ts";
import { applianceStatus } from "../reference/appliance.ts";
import { policyStatus } from "../reference/policy.ts";
import { resolveVm, vmStatus } from "../reference/vm.ts";
import { type World, worldOf } from "../reference/world.ts";
import type { Version } from "./auditor.ts";
import { isSameStatus, NOW } from "./same-status.ts";
import { Timeline } from "./timeline.ts";

/** Who wrote a version; absent where it did not come through a proxy of ours. */
export interface Writer {
  /** Distinguishes processes. */
  readonly process: object;
  /** When the process began, and when this write's request came. Monotonic milliseconds. */
  readonly startedAt: number;
  readonly sentAt: number;
}

/** Two requests that a process sends at nearly the same time may come in another order than they were decided in. */
const SAME_TIME = 500;
/** States of the inputs that are tried for one write. */
const MOST_TRIES = 2_000;

/** The oldest state of each input kind that a write can be based on: revisions. */
interface Base {
  readonly policies: bigint;
  readonly appliances: bigint;
}

interface Written {
  readonly base: Base;
  /** The host that the base's appliances are of. */
  readonly host: string | undefined;
  readonly writer: Writer | undefined;
}

const NOTHING: Base = { policies: 0n, appliances: 0n };

/**
 * S1: finds for every status written a state of the inputs (object as of the version written to; policies as of one
 * revision, appliances as of another, neither later than the write) from which the reference resolver gives just that
 * status. S2: within a process these revisions never go back (of appliances: for one host, for the rig may swallow an
 * event of one appliance and let that of another pass), and a new process does not write from an older state than the
 * status that it overwrites was written from. Counts of policies and appliances are left out: they are sums over VMs
 * at different moments, and checked at rest.
 */
export class Explainer {
  /** Writes looked at, and those that a state explains. */
  written = 0;
  explained = 0;
  readonly #policies = new Timeline<AffinityPolicy>();
  readonly #appliances = new Timeline<Appliance>();
  /** By uid: what the last decision on an object was based on. */
  readonly #last = new Map<string, Written>();
  readonly #processes = new Map<object, Written[]>();
  /** Each set of labels that namespaces have had: any may have been seen. */
  readonly #namespaces: (readonly KubeObject[])[] = [[]];

  /** Namespaces have these labels, too, from now on. */
  addNamespaces(namespaces: readonly KubeObject[]): void {
    this.#namespaces.unshift(namespaces);
  }

  /** Takes all committed versions, in order. Answers what is wrong with this one. */
  take(version: Version, writer: Writer | undefined): string[] {
    const { id, before, object } = version;
    const revision = BigInt(version.revision);
    const faults = version.isDecision && before !== undefined ? this.#check(version, writer) : [];
    const [kind = ""] = id.split(" ");
    if (kind === "AffinityPolicy") this.#policies.set(revision, id, normal<AffinityPolicy>(object));
    if (kind === "Appliance") this.#appliances.set(revision, id, normal<Appliance>(object));
    return faults;
  }

  #check(version: Version, writer: Writer | undefined): string[] {
    const { id, revision, object } = version;
    const uid = object?.metadata.uid ?? "";
    this.written += 1;
    const host = hostOf(version);
    const floor = this.#floor({ uid, host }, writer);
    let base = this.#search(version, floor);
    let fault: string | undefined;
    if (base === undefined && floor !== NOTHING) {
      base = this.#search(version, NOTHING);
      if (base !== undefined) fault = `from an older state than was known: ${shown(base)} before ${shown(floor)} (S2)`;
    }
    if (base === undefined) {
      const newest = this.#expected(version, { policies: BigInt(revision), appliances: BigInt(revision) });
      fault = `no state of the inputs gives this status: ${JSON.stringify(object?.status)}; the newest ${JSON.stringify(newest)} (S1)`;
    }
    if (base !== undefined) {
      const written = { base, host, writer };
      this.#last.set(uid, written);
      if (writer !== undefined) this.#of(writer.process).push(written);
    }
    if (fault === undefined) this.explained += 1;
    return fault === undefined ? [] : [`${id} at ${revision}: ${fault}`];
  }

  /** What the writer has known for sure. */
  #floor({ uid, host }: { uid: string; host: string | undefined }, writer: Writer | undefined): Base {
    if (writer === undefined) return NOTHING;
    const [recent, known]: [Written[], Written[]] = [[], []];
    for (const written of this.#of(writer.process)) {
      const isKnown = written.writer !== undefined && written.writer.sentAt + SAME_TIME <= writer.sentAt;
      (isKnown ? known : recent).push(written);
    }
    // One entry a host says the same as all that it covers.
    const covered = [...Map.groupBy(known, (written) => written.host)].map(([of, all]) => {
      const base = all.map((written) => written.base).reduce(newer, NOTHING);
      return { base, host: of, writer: { ...writer, sentAt: Number.NEGATIVE_INFINITY } };
    });
    this.#processes.set(writer.process, [...covered, ...recent]);
    const last = this.#last.get(uid);
    const isOlder = last?.writer !== undefined && last.writer.sentAt < writer.startedAt;
    return (isOlder ? [...covered, last] : covered)
      .map((written) => (written.host === host ? written.base : { ...written.base, appliances: 0n }))
      .reduce(newer, NOTHING);
  }

  #of(process: object): Written[] {
    const known = this.#processes.get(process) ?? [];
    this.#processes.set(process, known);
    return known;
  }

  /** The oldest state of each kind, of those that explain a version; undefined: none does. */
  #search(version: Version, floor: Base): Base | undefined {
    const until = BigInt(version.revision);
    const host = hostOf(version);
    const kind = kindOf(version);
    // What a status does not depend on says nothing of what its writer knew.
    const policies = kind === "ProtectedVM" ? this.#policies.between(floor.policies, until) : [floor.policies];
    const appliances =
      kind === "AffinityPolicy" ? [floor.appliances] : this.#appliances.between(floor.appliances, until, host);
    let found: Base | undefined;
    let tries = 0;
    // Newest first: most writes are based on that.
    for (const policy of policies) {
      for (const appliance of appliances) {
        tries += 1;
        if (tries > MOST_TRIES) return found && floor;
        const base = { policies: policy, appliances: appliance };
        if (!this.#explains(version, base)) continue;
        found = found === undefined ? base : older(found, base);
      }
    }
    return found;
  }

  #explains(version: Version, base: Base): boolean {
    return this.#namespaces.some((namespaces) => {
      return isSameStatus(this.#expected(version, base, namespaces), version.object?.status, kindOf(version));
    });
  }

  #expected(version: Version, base: Base, namespaces = this.#namespaces[0] ?? []): unknown {
    const { before } = version;
    const world: World = {
      vms: [],
      policies: [],
      appliances: this.#appliances.at(base.appliances, hostOf(version)),
      ...{ namespaces, managerVersion: "20.0", now: NOW },
    };
    switch (kindOf(version)) {
      case "ProtectedVM": {
        const full = { ...world, policies: this.#policies.at(base.policies) };
        const vm = normal<ProtectedVM>(before);
        return vm && vmStatus(full, resolveVm(full, vm));
      }
      case "AffinityPolicy": {
        const policy = normal<AffinityPolicy>(before);
        return policy && policyStatus(world, policy, []);
      }
      case "Appliance": {
        const appliance = normal<Appliance>(before);
        if (appliance === undefined) return undefined;
        const others = world.appliances.filter(({ metadata }) => metadata.name !== appliance.metadata.name);
        return applianceStatus({ ...world, appliances: [...others, appliance] }, appliance, []);
      }
      default:
        return undefined;
    }
  }
}

function kindOf({ id }: Version): string {
  return id.split(" ")[0] ?? "";
}

/** Of a VM or an appliance, as of the version that was written to: the state of other hosts does not matter to it. */
function hostOf({ before }: Version): string | undefined {
  return (before?.spec as { hostName?: string } | undefined)?.hostName;
}

/** As the reference takes it. */
function normal<T>(object: object | undefined): T | undefined {
  if (object === undefined) return undefined;
  const { vms, policies, appliances } = worldOf([object], { managerVersion: "20.0", now: NOW });
  return [...vms, ...policies, ...appliances][0] as T | undefined;
}

function newer(a: Base, b: Base): Base {
  return {
    policies: a.policies > b.policies ? a.policies : b.policies,
    appliances: a.appliances > b.appliances ? a.appliances : b.appliances,
  };
}

function older(a: Base, b: Base): Base {
  return {
    policies: a.policies < b.policies ? a.policies : b.policies,
    appliances: a.appliances < b.appliances ? a.appliances : b.appliances,
  };
}

function shown({ policies, appliances }: Base): string {
  return `policies as of ${policies}, appliances as of ${appliances}`;
}
