import { isWatch, type KubeRequest } from "./kube-request.ts";
import type { WatchLine } from "./lines.ts";

/** One request of a controller. Times are monotonic milliseconds (`performance.now`). */
export interface RequestRecord {
  readonly request: KubeRequest;
  readonly start: number;
  /** Of a status write, until it is one of many. */
  body?: string;
  /** The resourceVersion that a status write is based on. */
  base?: string;
  /** When the client had the whole answer, or the connection was gone. */
  end?: number;
  /** HTTP status of the API server's answer, or of the one in its place. */
  status?: number;
  /** The resourceVersion that a status write made. */
  written?: string;
  /** When a list, or the initial events of a WatchList, were over. */
  listedAt?: number;
  /** Faults that struck it, by type. */
  readonly faults: string[];
}

/** One event that was passed on to a controller. */
export interface EventRecord {
  readonly at: number;
  readonly resource: string;
  readonly type: string;
  readonly key: string;
  readonly resourceVersion: string;
}

/** Records that are kept, the newest of each: requests, events, bodies. */
const MOST_REQUESTS = 100_000;
const MOST_EVENTS = 200_000;
const MOST_BODIES = 1_000;

/** What one controller has asked and been told, in order. Bounded; the counts are not. */
export class History {
  readonly requests: RequestRecord[] = [];
  readonly events: EventRecord[] = [];
  /** Status writes that the API server has taken, by `resource key resourceVersion`. */
  readonly writes = new Map<string, RequestRecord>();
  requestCount = 0;
  eventCount = 0;
  readonly #withBody: RequestRecord[] = [];

  begin(request: KubeRequest, body: Buffer): RequestRecord {
    const record: RequestRecord = { request, start: performance.now(), faults: [] };
    this.requestCount += 1;
    this.requests.push(record);
    if (this.requests.length > MOST_REQUESTS) this.requests.splice(0, MOST_REQUESTS / 10);
    if (request.subresource === "status") {
      record.body = body.toString("utf8");
      const base = /"resourceVersion":"(\d+)"/.exec(record.body)?.[1];
      if (base !== undefined) record.base = base;
      this.#withBody.push(record);
      if (this.#withBody.length > MOST_BODIES) delete this.#withBody.shift()?.body;
    }
    return record;
  }

  /** The API server has answered. */
  answered(record: RequestRecord, status: number, body: Buffer): void {
    record.status = status;
    const { resource, namespace, name = "", subresource } = record.request;
    if (status !== 200 || subresource !== "status") return;
    const { metadata } = JSON.parse(body.toString("utf8")) as { metadata: { resourceVersion: string } };
    record.written = metadata.resourceVersion;
    this.writes.set(writeId(resource, keyOf(namespace, name), metadata.resourceVersion), record);
  }

  passed(record: RequestRecord, { type, namespace, name = "", resourceVersion = "", isInitialEnd }: WatchLine): void {
    const at = performance.now();
    if (isInitialEnd) record.listedAt ??= at;
    const { resource } = record.request;
    this.eventCount += 1;
    this.events.push({ at, resource, type, key: keyOf(namespace, name), resourceVersion });
    if (this.events.length > MOST_EVENTS) this.events.splice(0, MOST_EVENTS / 10);
  }

  ended(record: RequestRecord): void {
    record.end = performance.now();
    if (!isWatch(record.request)) record.listedAt = record.end;
  }

  /** Status writes since a moment, by how they ended. */
  budget(since: number): { sent: number; committed: number; wasted: number; conflicts: number; refused: number } {
    const budget = { sent: 0, committed: 0, wasted: 0, conflicts: 0, refused: 0 };
    for (const { request, start, status, written, base } of this.requests) {
      if (start < since || request.subresource !== "status") continue;
      budget.sent += 1;
      if (written !== undefined) budget.committed += 1;
      // An identical write is answered with the resourceVersion that was sent.
      if (written !== undefined && written === base) budget.wasted += 1;
      if (status === 409) budget.conflicts += 1;
      else if (status !== undefined && status >= 400) budget.refused += 1;
    }
    return budget;
  }
}

/** Names one write in `History.writes`. */
export function writeId(resource: string, key: string, resourceVersion: string): string {
  return `${resource} ${key} ${resourceVersion}`;
}

function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

const WRITABLE: readonly [resource: string, verbs: readonly string[]][] = [
  ["leases", ["create", "update", "patch"]],
  ["events", ["create", "patch"]],
  ["tokenreviews", ["create"]],
  ["subjectaccessreviews", ["create"]],
];

/** What no controller may ask for, whatever happens: other writes than of a status, two lists of one kind at a time. */
export function requestFaults({ requests }: History): string[] {
  const faults: string[] = [];
  const listing = new Map<string, RequestRecord>();
  for (const record of requests) {
    const { verb, resource, subresource, path, isSelective } = record.request;
    const isRead = ["get", "list", "watch", "watchlist"].includes(verb);
    const isStatus = verb === "update" && subresource === "status";
    const isAllowed = WRITABLE.some(([other, verbs]) => other === resource && verbs.includes(verb));
    if (!isRead && !isStatus && !isAllowed) faults.push(`${verb} ${path} (R)`);
    if (isSelective || (verb !== "list" && verb !== "watchlist")) continue;
    const before = listing.get(resource);
    const until = before && (before.listedAt ?? before.end ?? Number.POSITIVE_INFINITY);
    if (until !== undefined && until > record.start) faults.push(`two lists of ${resource} at a time (R)`);
    listing.set(resource, record);
  }
  return faults;
}
