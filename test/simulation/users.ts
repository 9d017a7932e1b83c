import { crds } from "../../src/api/generated/schemas.ts";
import type { VmStatus } from "../../src/api/kinds.ts";
import { keyOf, type Resource } from "../../src/api/object.ts";
import type { Kind } from "../controller/api-server.ts";
import type { Model, ModelObject, Sent } from "./model.ts";
import { NAMESPACES } from "./wire.ts";

/** What people and programs besides the controller do, with no delay and no fault: they see the newest state. */
export class Users {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  get vms(): ModelObject[] {
    return this.all("ProtectedVM");
  }

  all(kind: Kind): ModelObject[] {
    return this.#model.all(kind);
  }

  /** `kubectl apply`: creates, or changes spec and labels. */
  apply(kind: Kind, object: Sent): void {
    const { name, namespace, labels } = object.metadata;
    const before = this.#model.get(kind, keyOf({ metadata: { name, ...(namespace && { namespace }) } }));
    const metadata = { name, ...(namespace && { namespace }), ...(labels && { labels }) };
    if (before === undefined) {
      this.#model.create(resourceOf(kind), { metadata, spec: object.spec });
      return;
    }
    const { uid, resourceVersion, finalizers } = before.metadata;
    const identity = { ...metadata, uid, resourceVersion, ...(finalizers && { finalizers }) };
    this.#model.update(resourceOf(kind), { metadata: identity, spec: object.spec });
  }

  delete(kind: Kind, key: string): void {
    if (this.#model.get(kind, key) !== undefined) this.#model.delete(resourceOf(kind), key);
  }

  /** Somebody gives an object a finalizer, or takes it away. */
  hold(number: number): void {
    const kind = (["Appliance", "AffinityPolicy", "ProtectedVM"] as const)[number % 3] ?? "ProtectedVM";
    const all = this.all(kind);
    const object = all[number % Math.max(1, all.length)];
    if (object === undefined) return;
    const { finalizers, ...identity } = object.metadata;
    const metadata = { ...identity, ...(finalizers === undefined && { finalizers: ["tandem.dev/test"] }) };
    this.#model.update(resourceOf(kind), { metadata, spec: object.spec });
  }

  /** Somebody else writes into a status. */
  report(kind: Kind, key: string, change: (status: VmStatus) => object): void {
    const before = this.#model.get(kind, key);
    if (before === undefined) return;
    const status = { ...before.status, ...change((before.status ?? {}) as VmStatus) };
    this.#model.putStatus(resourceOf(kind), { metadata: before.metadata, status });
  }
}

function resourceOf(kind: Kind): Resource {
  return kind === "Namespace" ? NAMESPACES : crds[kind].resource;
}
