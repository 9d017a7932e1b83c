import { crds } from "../../src/api/generated/schemas.ts";
import type { Resource } from "../../src/api/object.ts";
import { resourcePath } from "../../src/kube/path.ts";
import { LEASES } from "../simulation/wire.ts";
import { contentOf, type Kind, type Operation, statusOf } from "./model-operations.ts";
import { ask, refused, type Side, type Verdict, Watching } from "./model-side.ts";

const SENTINEL = "zz-sentinel";

interface Identity {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Does a sequence of operations at one server, and notes all that it says. */
export class Player {
  readonly #side: Side;
  readonly #namespace: string;
  readonly #log: unknown[] = [];
  /** By path: every version that was seen. */
  readonly #seen = new Map<string, Identity[]>();
  /** Versions, newest first, of lists and of objects. */
  readonly #versions: string[] = [];
  readonly #tokens = new Map<Kind, string>();
  readonly #watches: { readonly kind: Kind; readonly watching: Watching }[] = [];

  constructor(side: Side, namespace: string) {
    this.#side = side;
    this.#namespace = namespace;
  }

  /** Returns what was said, with names for uids and resourceVersions that mean the same at any server. */
  async play(operations: readonly Operation[]): Promise<unknown[]> {
    try {
      for (const operation of operations) await this.#do(operation);
      for (const watch of this.#watches) await this.#finish(watch);
    } finally {
      await this.#clear();
    }
    return comparable(this.#log);
  }

  async #do(operation: Operation): Promise<void> {
    switch (operation.type) {
      case "create": {
        const { spec, labels } = contentOf(operation);
        const body = {
          ...typeOf(operation.kind),
          metadata: { ...this.#name(operation), ...finalizers(operation), labels },
          spec,
        };
        return await this.#write("POST", operation, { path: this.#collection(operation.kind), body });
      }
      case "update": {
        const { spec, labels } = contentOf(operation);
        const metadata = { ...this.#name(operation), ...this.#identity(operation), ...finalizers(operation), labels };
        return await this.#write("PUT", operation, { body: { ...typeOf(operation.kind), metadata, spec } });
      }
      case "status": {
        const metadata = { ...this.#name(operation), ...this.#identity(operation) };
        const status = statusOf(operation.content);
        const body = { ...typeOf(operation.kind), metadata, ...(status && { status }) };
        return await this.#write("PUT", operation, { path: `${this.#path(operation)}/status`, body });
      }
      case "delete":
        return await this.#write("DELETE", operation, {});
      case "page":
        return await this.#page(operation.kind);
      case "watch": {
        const resourceVersion = this.#versions[Math.min(operation.back, this.#versions.length - 1)];
        if (resourceVersion === undefined) return;
        return await this.#watch(operation.kind, { resourceVersion });
      }
      case "watch list":
        return await this.#watch(operation.kind, {
          sendInitialEvents: true,
          resourceVersionMatch: "NotOlderThan",
          allowWatchBookmarks: true,
        });
    }
  }

  async #write(
    method: "POST" | "PUT" | "DELETE",
    operation: Operation & { name: number },
    { path, body }: { path?: string; body?: object },
  ): Promise<void> {
    const object = this.#path(operation);
    const answer = await ask(this.#side, { method, path: path ?? object, body });
    const now = await ask(this.#side, { method: "GET", path: object });
    // What the answer to a deletion says is left to the server.
    this.#note(operation, method === "DELETE" ? { status: answer.status, reason: answer.reason } : answer, now);
    if (now.status !== 200) return;
    const { uid, resourceVersion } = (now.body as { metadata: Identity }).metadata;
    const seen = this.#seen.get(object) ?? [];
    this.#seen.set(object, seen);
    if (seen.at(-1)?.resourceVersion !== resourceVersion) seen.push({ uid, resourceVersion });
    this.#versions.unshift(resourceVersion);
  }

  async #page(kind: Kind): Promise<void> {
    const token = this.#tokens.get(kind);
    const query = { limit: 2, ...(token !== undefined && { continue: token }) };
    const page = await ask(this.#side, { method: "GET", path: resourcePath(resourceOf(kind)), query });
    this.#note({ type: "page", kind }, page);
    const { metadata } = page.body as { metadata: { continue?: string; resourceVersion: string } };
    if (metadata.continue) this.#tokens.set(kind, metadata.continue);
    else this.#tokens.delete(kind);
    this.#versions.unshift(metadata.resourceVersion);
  }

  async #watch(kind: Kind, query: Readonly<Record<string, string | boolean>>): Promise<void> {
    try {
      const watching = await Watching.begin(this.#side, resourcePath(resourceOf(kind)), query);
      this.#watches.push({ kind, watching });
    } catch (error) {
      this.#note({ type: "watch", kind }, refused(error));
    }
  }

  /** Everything that a watch says until it tells of an object that is made last. */
  async #finish({ kind, watching }: { kind: Kind; watching: Watching }): Promise<void> {
    const metadata = { name: SENTINEL, ...(resourceOf(kind).namespaced && { namespace: this.#namespace }) };
    const body = { ...typeOf(kind), metadata, spec: contentOf({ kind, content: 0 }).spec };
    await ask(this.#side, { method: "POST", path: this.#collection(kind), body });
    const isLast = (event: unknown) => (event as WatchLine).object.metadata.name === SENTINEL;
    await watching.until(isLast);
    this.#log.push({ watch: kind, events: watching.events.filter((event) => !isLast(event)).flatMap(eventOf) });
  }

  /** Deletes everything that this made. */
  async #clear(): Promise<void> {
    for (const { watching } of this.#watches) await watching.end();
    const paths = new Set(this.#seen.keys());
    for (const { kind } of this.#watches) paths.add(`${this.#collection(kind)}/${SENTINEL}`);
    for (const path of paths) {
      const { status, body } = await ask(this.#side, { method: "GET", path });
      if (status !== 200) continue;
      const { metadata, ...rest } = body as { metadata: { finalizers?: string[] } };
      const { finalizers: held = [], ...free } = metadata;
      if (held.length > 0) await ask(this.#side, { method: "PUT", path, body: { ...rest, metadata: free } });
      await ask(this.#side, { method: "DELETE", path });
    }
  }

  #note(operation: object, ...verdicts: readonly Verdict[]): void {
    const said = verdicts.map(({ status, reason, body }) => ({ status, reason, body: body && bodyOf(body) }));
    this.#log.push({ operation: JSON.stringify(operation), said });
  }

  #name({ kind, name }: { kind: Kind; name: number }): { name: string; namespace?: string } {
    return { name: `thing-${name}`, ...(resourceOf(kind).namespaced && { namespace: this.#namespace }) };
  }

  #collection(kind: Kind): string {
    const resource = resourceOf(kind);
    return resourcePath(resource, resource.namespaced ? { namespace: this.#namespace } : {});
  }

  #path(operation: { kind: Kind; name: number }): string {
    return `${this.#collection(operation.kind)}/${this.#name(operation).name}`;
  }

  #identity(operation: Operation & { type: "update" | "status" }): Partial<Identity> {
    const seen = this.#seen.get(this.#path(operation)) ?? [];
    const current = seen.at(-1);
    const stale = seen.at(-2) ?? current;
    // Where nothing was seen of it, any number will do.
    const versions = {
      current: current?.resourceVersion ?? "1",
      stale: stale?.resourceVersion ?? "1",
      none: undefined,
    };
    const wrong = "00000000-0000-0000-0000-000000000000";
    const uids = { right: current?.uid, wrong, none: undefined };
    const resourceVersion = versions[operation.version];
    const uid = uids[operation.uid];
    return { ...(resourceVersion && { resourceVersion }), ...(uid && { uid }) };
  }
}

interface WatchLine {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name?: string; readonly annotations?: object; readonly resourceVersion: string };
  };
}

/** When a bookmark comes is left to the server, but for the one that ends a WatchList. */
function eventOf(event: unknown): object[] {
  const { type, object } = event as WatchLine;
  if (type !== "BOOKMARK") return [{ type, object: bodyOf(object) }];
  const { annotations, resourceVersion } = object.metadata;
  return annotations === undefined ? [] : [{ type, annotations, listVersion: resourceVersion }];
}

/** Of an object, or of a list, what a controller reads. */
function bodyOf(body: unknown): object {
  const { metadata, spec, status, items } = body as Record<string, unknown> & { metadata: Record<string, unknown> };
  if (Array.isArray(items)) {
    return { listVersion: metadata.resourceVersion, isMore: Boolean(metadata.continue), items: items.map(bodyOf) };
  }
  const { name, namespace, uid, resourceVersion, generation, labels, finalizers: held, deletionTimestamp } = metadata;
  const identity = { name, namespace, uid, resourceVersion, generation, isEnding: deletionTimestamp !== undefined };
  return { ...identity, labels: labels ?? {}, finalizers: held ?? [], spec, status };
}

/**
 * Puts the order of first appearance for each uid, and the place in their order for each resourceVersion of an object; a
 * list's is worth as much as the last version that is in it.
 */
function comparable(log: unknown[]): unknown[] {
  const versions: bigint[] = [];
  const uids: unknown[] = [];
  walk(log, (name, value) => {
    if (name === "resourceVersion") versions.push(BigInt(String(value)));
    if (name === "uid" && !uids.includes(value)) uids.push(value);
    return value;
  });
  const order = [...new Set(versions)].sort((a, b) => (a < b ? -1 : 1));
  return walk(log, (name, value) => {
    if (name === "uid") return uids.indexOf(value);
    if (name !== "resourceVersion" && name !== "listVersion") return value;
    return order.filter((version) => version <= BigInt(String(value))).length;
  }) as unknown[];
}

function walk(value: unknown, change: (name: string, value: unknown) => unknown): unknown {
  return JSON.parse(JSON.stringify(value, (name, field) => change(name, field)));
}

function finalizers({ finalized }: { finalized: boolean }): { finalizers?: string[] } {
  return finalized ? { finalizers: ["tandem.dev/test"] } : {};
}

function resourceOf(kind: Kind): Resource {
  return kind === "Lease" ? LEASES : crds[kind].resource;
}

function typeOf(kind: Kind): { apiVersion: string; kind: string } {
  const { group, version } = resourceOf(kind);
  return { apiVersion: `${group}/${version}`, kind };
}
