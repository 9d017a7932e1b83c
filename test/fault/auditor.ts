import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Condition } from "../../src/api/kinds.ts";
import { type KubeObject, keyOf } from "../../src/api/object.ts";
import { until } from "../cluster/until.ts";
import { type EtcdChange, watchEtcd } from "./etcd.ts";
import { hygiene } from "./hygiene.ts";

/** What the auditor reads of an object of the three kinds. */
export interface Audited extends KubeObject {
  readonly spec?: object;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly features?: readonly { readonly lastTransitionTime: string }[];
    readonly reports?: unknown;
    readonly delivered?: unknown;
  };
}

/** One committed version of an object, with the one before it; `object` is absent where it was deleted. */
export interface Version {
  /** `Kind namespace/name` or `Kind name`. */
  readonly id: string;
  readonly before: Audited | undefined;
  readonly object: Audited | undefined;
  readonly revision: string;
  /** Whether the decision in its status is another one than before: nobody but the controller writes that. */
  readonly isDecision: boolean;
}

/**
 * Records every committed version of the three kinds, in one order and without a gap, by a watch of etcd itself, so that no
 * restart of the API server hides anything. Checks each: see `faults`.
 */
export class Auditor implements AsyncDisposable {
  /** Since the last `clear`, oldest first. */
  versions: Version[] = [];
  /** Since the last `drain`, oldest first: `clear` leaves them. */
  readonly #undrained: Version[] = [];
  /** What is wrong with any version so far: foreign data changed (S4), hygiene (S5), another uid's times (S3). */
  readonly faults: string[] = [];
  readonly #current = new Map<string, { object: Audited; revision: string }>();
  readonly #end = new AbortController();
  readonly #reading: Promise<void>;
  #began = false;

  private constructor(endpoint: string) {
    this.#reading = this.#read(endpoint);
  }

  /** Begins before there are objects. `endpoint` is etcd's. */
  static async start(endpoint: string): Promise<Auditor> {
    const auditor = new Auditor(endpoint);
    await until(() => auditor.#began, { what: "the auditor watches" });
    return auditor;
  }

  clear(): void {
    this.versions = [];
  }

  /** All versions since the last call, oldest first. */
  drain(): Version[] {
    return this.#undrained.splice(0);
  }

  /** Versions in which the controller's decision on an object of this kind changed. */
  decisions(kind?: string): Version[] {
    return this.versions.filter(
      ({ id, isDecision }) => isDecision && (kind === undefined || id.startsWith(`${kind} `)),
    );
  }

  /** Every object that is there now. */
  objects(): Audited[] {
    return [...this.#current.values()].map(({ object }) => object);
  }

  /** Resolves when what the API has answered, with its resourceVersions, has been seen here too. */
  async caughtUp(objects: readonly KubeObject[]): Promise<void> {
    const isSeen = (object: KubeObject): boolean => {
      const seen = this.#current.get(idOf(object));
      return seen !== undefined && BigInt(seen.revision) >= BigInt(object.metadata.resourceVersion ?? 0);
    };
    await until(() => objects.every(isSeen), { what: "the auditor has seen everything" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await this.#reading;
  }

  /** Reads on from the last revision when etcd was restarted: it keeps its history, so nothing is missed. */
  async #read(endpoint: string): Promise<void> {
    const { signal } = this.#end;
    let after: string | undefined;
    let attempts = 0;
    while (!signal.aborted) {
      try {
        const changes = await watchEtcd(endpoint, { after, signal });
        this.#began = true;
        attempts = 0;
        for await (const batch of changes) {
          for (const change of batch) {
            this.#take(change);
            after = change.revision;
          }
        }
      } catch (error) {
        attempts += 1;
        if (attempts > 100 && !signal.aborted) {
          this.faults.push(`the auditor's own watch ended: ${error}`);
          return;
        }
        await sleep(100);
      }
    }
  }

  #take({ path, value, revision }: EtcdChange): void {
    const object = value as Audited | undefined;
    const before = this.#current.get(pathId(path))?.object;
    const id = pathId(path);
    if (object === undefined) this.#current.delete(id);
    else this.#current.set(id, { object, revision });
    const isDecision = object !== undefined && !isDeepStrictEqual(decisionOf(object), decisionOf(before));
    const version = { id, before, object, revision, isDecision: isDecision && before !== undefined };
    this.versions.push(version);
    this.#undrained.push(version);
    if (version.isDecision) this.faults.push(...faultsOf(version).map((fault) => `${id} at ${revision}: ${fault}`));
  }
}

export function idOf(object: KubeObject): string {
  return `${object.kind} ${keyOf(object)}`;
}

const KINDS: Readonly<Record<string, string>> = {
  protectedvms: "ProtectedVM",
  affinitypolicies: "AffinityPolicy",
  appliances: "Appliance",
};

function pathId(path: string): string {
  const [plural = "", ...key] = path.split("/");
  return `${KINDS[plural] ?? plural} ${key.join("/")}`;
}

/** The status without what others report into it; without conditions it is nobody's decision but the schema's defaults. */
function decisionOf(object: Audited | undefined): object {
  const { reports: _, delivered: __, ...decision } = object?.status ?? {};
  return decision.conditions === undefined ? {} : decision;
}

function faultsOf({ before, object }: Version): string[] {
  if (before === undefined || object === undefined) return [];
  const faults: string[] = [];
  const foreign = (audited: Audited): object => {
    const { managedFields: _, resourceVersion: __, ...metadata } = { managedFields: undefined, ...audited.metadata };
    const { reports, delivered } = audited.status ?? {};
    return { metadata, spec: audited.spec, reports, delivered };
  };
  if (!isDeepStrictEqual(foreign(before), foreign(object))) faults.push("foreign data changed with a decision (S4)");
  const { conditions = [], features = [] } = object.status ?? {};
  const { creationTimestamp = "" } = object.metadata;
  if ([...conditions, ...features].some(({ lastTransitionTime }) => lastTransitionTime < creationTimestamp)) {
    faults.push("a time from before the object's creation: another object's status (S3)");
  }
  return [...faults, ...hygiene(object)];
}
