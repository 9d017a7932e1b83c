import { isDeepStrictEqual } from "node:util";
import { crds } from "../../src/api/generated/schemas.ts";
import { keyOf, type Resource } from "../../src/api/object.ts";
import { defaulted } from "./defaults.ts";

/** An object as it is stored; frozen by convention: a change makes a new one. */
export interface ModelObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: unknown;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** What a client sends; nothing in it is trusted. */
export interface Sent {
  readonly metadata: Partial<ModelObject["metadata"]> & { readonly name: string };
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** One committed version. */
export interface Change {
  readonly revision: bigint;
  /** By the model's clock. */
  readonly at: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly kind: string;
  readonly object: ModelObject;
  /** As a line of a watch. */
  readonly line: string;
}

export interface Page {
  readonly resourceVersion: string;
  readonly items: readonly ModelObject[];
  readonly continueToken: string | undefined;
}

/** The server's refusal of a request: an HTTP status and the reason in its Status. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly reason: string;
  readonly causes: readonly string[];

  constructor(status: number, reason: string, message = reason, causes: readonly string[] = []) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.causes = causes;
  }

  /** The Status object that goes over the wire. */
  get body(): object {
    const details = { causes: this.causes.map((reason) => ({ reason })) };
    return { kind: "Status", apiVersion: "v1", code: this.status, reason: this.reason, message: this.message, details };
  }
}

/**
 * An API server and its etcd in memory, as far as a controller can tell: one revision for all kinds, optimistic
 * concurrency, generations, the status subresource with its defaults, finalizers, watches from a revision, compaction.
 * It knows no latency and no faults: each call takes effect at once.
 */
export class Model {
  readonly now: () => number;
  revision: bigint;
  /** What happened at or before it cannot be watched or listed any more. */
  compacted: bigint;
  readonly history: Change[] = [];
  readonly #objects = new Map<string, Map<string, ModelObject>>();
  /** Their status is not stored, only read as its default: the next write is a change even if it changes nothing. */
  readonly #bare = new WeakSet<ModelObject>();
  readonly #lost = new Set<bigint>();
  #uids = 0;

  /** @param now wall clock, milliseconds; @param revision where to begin: around a new digit, or over 2^53 */
  constructor(now: () => number, revision = 100n) {
    this.now = now;
    this.revision = revision;
    this.compacted = revision;
  }

  all(kind: string): ModelObject[] {
    return [...this.#of(kind)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  get(kind: string, key: string): ModelObject | undefined {
    return this.#of(kind).get(key);
  }

  create(resource: Resource, sent: Sent): ModelObject {
    const { name, namespace, labels, finalizers } = sent.metadata;
    if (this.#find(resource, sent) !== undefined) throw new Refusal(409, "AlreadyExists");
    const isOurs = resource.kind in crds;
    const object = this.#commit("ADDED", {
      apiVersion: resource.group === "" ? resource.version : `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: {
        name,
        ...(namespace !== undefined && { namespace }),
        uid: `uid-${++this.#uids}`,
        resourceVersion: "",
        ...(isOurs && { generation: 1 }),
        creationTimestamp: this.#time(),
        ...(labels !== undefined && { labels }),
        ...(finalizers !== undefined && finalizers.length > 0 && { finalizers }),
      },
      spec: defaulted(resource.kind, "spec", sent.spec),
      ...(isOurs && { status: { observedGeneration: -1 } }),
    });
    if (isOurs) this.#bare.add(object);
    return object;
  }

  /** PUT of the whole object; its status is left out of it. */
  update(resource: Resource, sent: Sent): ModelObject {
    // Of leases a PUT makes one where there is none, whatever its resourceVersion.
    if (resource.kind === "Lease" && this.#find(resource, sent) === undefined) {
      if (sent.metadata.uid) throw new Refusal(409, "Conflict");
      return this.create(resource, sent);
    }
    const before = this.#expect(resource, sent);
    const { labels, finalizers } = sent.metadata;
    const spec = defaulted(resource.kind, "spec", sent.spec);
    const { labels: _, finalizers: __, generation, ...identity } = before.metadata;
    const isChange = generation !== undefined && !isDeepStrictEqual(spec, before.spec);
    const object: ModelObject = {
      ...before,
      metadata: {
        ...identity,
        ...(generation !== undefined && { generation: generation + (isChange ? 1 : 0) }),
        ...(labels !== undefined && { labels }),
        ...(finalizers !== undefined && finalizers.length > 0 && { finalizers }),
      },
      spec,
    };
    if (isDeepStrictEqual(object, before) && !this.#bare.has(before)) return before;
    const isLast = before.metadata.deletionTimestamp !== undefined && (finalizers ?? []).length === 0;
    if (!isLast) return this.#commit("MODIFIED", object);
    // This change itself is not stored: the object goes as it was.
    this.#commit("DELETED", before);
    return object;
  }

  putStatus(resource: Resource, sent: Sent): ModelObject {
    const before = this.#expect(resource, sent);
    const status = defaulted(resource.kind, "status", sent.status ?? {}) as Record<string, unknown>;
    if (isDeepStrictEqual(status, before.status) && !this.#bare.has(before)) return before;
    return this.#commit("MODIFIED", { ...before, status });
  }

  delete(resource: Resource, key: string): void {
    const before = this.get(resource.kind, key);
    if (before === undefined) throw new Refusal(404, "NotFound");
    const { finalizers, deletionTimestamp, generation } = before.metadata;
    if (finalizers === undefined) {
      this.#commit("DELETED", before);
    } else if (deletionTimestamp === undefined) {
      const metadata = {
        ...before.metadata,
        deletionTimestamp: this.#time(),
        ...(generation !== undefined && { generation: generation + 1 }),
      };
      this.#commit("MODIFIED", { ...before, metadata });
    }
  }

  /** A page of all objects as of one moment; `token` is the one before's. */
  list(kind: string, limit: number, token?: string): Page {
    const [at, from] = token === undefined ? [String(this.revision), "0"] : token.split(" ");
    const revision = BigInt(at ?? 0);
    if (token !== undefined && revision < this.compacted) throw new Refusal(410, "Expired");
    const all = this.at(kind, revision);
    const start = Number(from);
    const end = start + limit;
    return {
      resourceVersion: String(revision),
      items: all.slice(start, end),
      continueToken: end < all.length ? `${revision} ${end}` : undefined,
    };
  }

  /** The objects as they were at a revision, by key. */
  at(kind: string, revision: bigint): ModelObject[] {
    const objects = new Map<string, ModelObject>();
    for (const change of this.history) {
      if (change.revision > revision) break;
      if (change.kind !== kind) continue;
      const key = keyOf(change.object);
      if (change.type === "DELETED") objects.delete(key);
      else objects.set(key, change.object);
    }
    return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** The index in `history` from which a watch goes on after a resourceVersion. Throws 410. */
  after(resourceVersion: string): number {
    const revision = BigInt(resourceVersion);
    if (revision < this.compacted) {
      throw new Refusal(410, "Expired", `too old resource version: ${revision} (${this.compacted})`);
    }
    const index = this.history.findIndex((change) => change.revision > revision);
    return index < 0 ? this.history.length : index;
  }

  expectReached(resourceVersion: string): void {
    if (BigInt(resourceVersion) <= this.revision) return;
    throw new Refusal(504, "Timeout", "Too large resource version", ["ResourceVersionTooLarge"]);
  }

  /**
   * As if etcd were restored from a backup: what came after a revision never was. But for leases: who leads is not a
   * matter of status. No revision comes twice: nobody could tell two versions of an object apart then.
   */
  restore(revision: bigint): void {
    const leases = this.all("Lease");
    const lost = this.history.splice(this.history.findLastIndex((change) => change.revision <= revision) + 1);
    for (const change of lost) this.#lost.add(change.revision);
    for (const [kind, objects] of this.#objects) {
      objects.clear();
      for (const object of this.at(kind, revision)) objects.set(keyOf(object), object);
    }
    this.revision = revision;
    for (const lease of leases) this.#commit("MODIFIED", lease);
    this.compact();
  }

  compact(): void {
    this.compacted = this.revision;
  }

  #find({ kind }: Resource, { metadata: { name, namespace } }: Sent): ModelObject | undefined {
    return this.get(kind, keyOf({ metadata: { name, ...(namespace && { namespace }) } }));
  }

  #expect(resource: Resource, sent: Sent): ModelObject {
    const { uid, resourceVersion } = sent.metadata;
    const before = this.#find(resource, sent);
    if (before === undefined) throw new Refusal(404, "NotFound");
    if (uid && uid !== before.metadata.uid) throw new Refusal(409, "Conflict");
    if (!resourceVersion) throw new Refusal(422, "Invalid");
    if (resourceVersion !== before.metadata.resourceVersion) throw new Refusal(409, "Conflict");
    return before;
  }

  #commit(type: Change["type"], object: ModelObject): ModelObject {
    do this.revision += 1n;
    while (this.#lost.has(this.revision));
    const { revision } = this;
    const metadata = { ...object.metadata, resourceVersion: String(revision) };
    const committed = { ...object, metadata };
    const { kind } = object;
    if (type === "DELETED") this.#of(kind).delete(keyOf(object));
    else this.#of(kind).set(keyOf(object), committed);
    const line = JSON.stringify({ type, object: committed });
    this.history.push({ revision, at: this.now(), type, kind, object: committed, line });
    return committed;
  }

  #of(kind: string): Map<string, ModelObject> {
    let objects = this.#objects.get(kind);
    if (objects === undefined) {
      objects = new Map();
      this.#objects.set(kind, objects);
    }
    return objects;
  }

  #time(): string {
    return new Date(this.now()).toISOString().replace(/\.\d+Z$/, "Z");
  }
}
