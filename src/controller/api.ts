import type { Resource } from "../api/object.ts";
import type { Clock } from "../kube/clock.ts";
import { type ListWatch, listWatch } from "../kube/list-watch.ts";
import { putStatus } from "../kube/status.ts";
import type { Transport } from "../kube/transport.ts";
import type { PutStatus } from "./status-writer.ts";

/** What the controller needs of an API server, so that a model of one can take its place. */
export interface Api {
  listWatch(resource: Resource): ListWatch;
  readonly put: PutStatus;
}

export interface ApiOptions {
  readonly clock: Clock;
  /** Milliseconds without a line after which a watch is renewed; up to a quarter longer, at random. */
  readonly watchSilenceMs: number;
}

/** A real API server. */
export function apiAt(transport: Transport, { clock, watchSilenceMs }: ApiOptions): Api {
  return {
    listWatch: (resource) => listWatch(transport, resource, { clock, silenceMs: watchSilenceMs }),
    put: (resource, write) => putStatus(transport, resource, write),
  };
}
