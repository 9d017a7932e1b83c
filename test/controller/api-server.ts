import { isDeepStrictEqual } from "node:util";
import type { AffinityPolicy, Appliance, ProtectedVM, VmStatus } from "../../src/api/kinds.ts";
import { keyOf, type Resource } from "../../src/api/object.ts";
import type { StoredAppliance, StoredPolicy, StoredVm } from "../../src/controller/changes.ts";
import { ApiError } from "../../src/kube/errors.ts";
import type { StoredObject } from "../../src/kube/parse-object.ts";
import type { StatusWrite } from "../../src/kube/status.ts";

export type Kind = "ProtectedVM" | "AffinityPolicy" | "Appliance" | "Namespace";

export interface ServerEvent {
  readonly type: "SET" | "DELETED";
  readonly kind: Kind;
  readonly object: StoredObject;
}

/** One PUT of a status, as it came in, and what became of it. */
export interface Attempt {
  readonly kind: string;
  readonly key: string;
  readonly write: StatusWrite;
  /** `noop`: accepted, but it was what was there already. */
  result: "pending" | "written" | "noop" | "refused";
}

/** What goes wrong with a write: an error before it has an effect, or (`lost`) an answer that is lost after it. */
export type Fault = { readonly error: ApiError } | "lost" | undefined;

type WithStatus = StoredObject & { status?: Record<string, unknown> };

/** An API server as far as it matters here: uids, resourceVersions, generations, conflicts, events. It keeps no secrets. */
export class ApiServer {
  readonly attempts: Attempt[] = [];
  /** What must never happen, and did. */
  readonly violations: string[] = [];
  /** Every event, in order. */
  onEvent: (event: ServerEvent) => void = () => {};
  fault: (attempt: Attempt) => Fault = () => undefined;
  /** Before a write takes effect, and before its answer is there. */
  latency: (which: "request" | "answer") => Promise<void> = () => Promise.resolve();
  readonly #objects: Record<Kind, Map<string, WithStatus>> = {
    ProtectedVM: new Map(),
    AffinityPolicy: new Map(),
    Appliance: new Map(),
    Namespace: new Map(),
  };
  #version = 0;

  get vms(): StoredVm[] {
    return this.all("ProtectedVM") as StoredVm[];
  }

  get policies(): StoredPolicy[] {
    return this.all("AffinityPolicy") as StoredPolicy[];
  }

  get appliances(): StoredAppliance[] {
    return this.all("Appliance") as StoredAppliance[];
  }

  all(kind: Kind): StoredObject[] {
    return [...this.#objects[kind].values()];
  }

  get(kind: Kind, key: string): WithStatus | undefined {
    return this.#objects[kind].get(key);
  }

  /** Writes that changed something. */
  get written(): Attempt[] {
    return this.attempts.filter(({ result }) => result === "written");
  }

  /** `kubectl apply`: creates, or changes spec and labels. */
  apply(kind: Kind, object: ProtectedVM | AffinityPolicy | Appliance | { metadata: StoredObject["metadata"] }): void {
    const { metadata } = object;
    const spec = "spec" in object ? object.spec : undefined;
    const before = this.#objects[kind].get(keyOf(object));
    const labels = metadata.labels === undefined ? {} : { labels: metadata.labels };
    if (before === undefined) {
      const { name, namespace } = metadata;
      const identity = { name, ...(namespace === undefined ? {} : { namespace }), uid: `uid-${this.#version + 1}` };
      const status = kind === "Namespace" ? {} : { status: { observedGeneration: -1 } };
      this.#commit(kind, { metadata: { ...identity, ...labels, generation: 1, resourceVersion: "" }, spec, ...status });
      return;
    }
    const old = "spec" in before ? before.spec : undefined;
    const { labels: oldLabels, ...rest } = before.metadata;
    const sameSpec = isDeepStrictEqual(spec, old);
    if (sameSpec && isDeepStrictEqual(metadata.labels, oldLabels)) return;
    const generation = (rest.generation ?? 0) + (sameSpec ? 0 : 1);
    this.#commit(kind, { ...before, spec, metadata: { ...rest, ...labels, generation } });
  }

  delete(kind: Kind, key: string): void {
    const before = this.#objects[kind].get(key);
    if (before === undefined) return;
    this.#objects[kind].delete(key);
    const metadata = { ...before.metadata, resourceVersion: String(++this.#version) };
    this.onEvent({ type: "DELETED", kind, object: freeze({ ...before, metadata }) });
  }

  /** Somebody else writes into the status of a VM, or of an owner. */
  report(kind: Kind, key: string, change: (status: VmStatus) => object): void {
    const before = this.#objects[kind].get(key);
    if (before === undefined) return;
    const status = { ...before.status, ...change((before.status ?? {}) as VmStatus) };
    if (!isDeepStrictEqual(status, before.status)) this.#commit(kind, { ...before, status });
  }

  /** `PUT …/status`; the engine's `put`. */
  async putStatus(resource: Resource, write: StatusWrite): Promise<StoredObject> {
    const attempt: Attempt = { kind: resource.kind, key: keyOf(write), write, result: "pending" };
    this.attempts.push(attempt);
    const fields = Object.keys(write.metadata).toSorted().join();
    const expected = `name,${resource.namespaced ? "namespace," : ""}resourceVersion,uid`;
    if (fields !== expected) this.violations.push(`${attempt.key}: metadata {${fields}} is sent`);
    await this.latency("request");
    const fault = this.fault(attempt);
    try {
      if (typeof fault === "object") throw fault.error;
      this.#put(attempt);
    } catch (error) {
      attempt.result = "refused";
      await this.latency("answer");
      throw error;
    }
    const answer = { ...this.#objects[attempt.kind as Kind].get(attempt.key) } as StoredObject;
    await this.latency("answer");
    if (fault === "lost") throw new ApiError("Network", "the connection broke before the answer");
    return answer;
  }

  #put(attempt: Attempt): void {
    const { key, write } = attempt;
    const kind = attempt.kind as Kind;
    const before = this.#objects[kind].get(key);
    const { uid, resourceVersion } = write.metadata;
    if (before === undefined) throw refusal(404, "NotFound");
    if (uid === "" || resourceVersion === "") throw refusal(422, "Invalid");
    if (uid !== before.metadata.uid || resourceVersion !== before.metadata.resourceVersion) {
      throw refusal(409, "Conflict");
    }
    const status = structuredClone(write.status) as Record<string, unknown>;
    for (const field of ["reports", "delivered"]) {
      if (!isDeepStrictEqual(status[field], before.status?.[field]))
        this.violations.push(`${key}: ${field} is changed`);
    }
    const generations = [before.status?.observedGeneration, status.observedGeneration].map(Number);
    if ((generations[0] ?? 0) > (generations[1] ?? 0)) this.violations.push(`${key}: observedGeneration goes back`);
    if (generations[1] !== before.metadata.generation) this.violations.push(`${key}: not the generation written to`);
    attempt.result = isDeepStrictEqual(status, before.status) ? "noop" : "written";
    if (attempt.result === "written") this.#commit(kind, { ...before, status });
  }

  #commit(kind: Kind, object: WithStatus & { spec?: unknown }): void {
    const metadata = { ...object.metadata, resourceVersion: String(++this.#version) };
    const committed = freeze({ ...object, metadata });
    this.#objects[kind].set(keyOf(committed), committed);
    this.onEvent({ type: "SET", kind, object: committed });
  }
}

export function refusal(httpStatus: number, reason: string, retryAfterMs?: number): ApiError {
  return new ApiError("Status", `${httpStatus} ${reason}`, { httpStatus, reason, retryAfterMs });
}

/** What is shared between stores and server must not be changed by anybody: here it cannot be. */
function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
