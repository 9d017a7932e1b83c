import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import type { KubeObject } from "../../src/api/object.ts";
import { collectionPath } from "../cluster/kinds.ts";
import { readKubeconfig } from "../cluster/kubeconfig.ts";

/** Milliseconds between two attempts to begin a watch. */
const RETRY_EVERY = 50;
/** Milliseconds until the head of an answer. */
const HEADERS_TIMEOUT = 30_000;

export type ObjectEvent = { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject };

export interface FollowHandlers {
  /** Every object event, in the order of the server. */
  readonly onEvent: (event: ObjectEvent) => void;
  /** All that there was at the beginning has been sent; called again, after all of it once more, where events were lost. */
  readonly onSynced: () => void;
}

/**
 * Requests and watches over plain connections, for those who observe and those who measure: it shares no code with the
 * controller, and nothing stands between the bytes and who reads them.
 */
export class Connection implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;
  readonly #end = new AbortController();
  readonly #follows: Promise<void>[] = [];

  /** `kubeconfig` is a file written by kubeconfig.ts; `connections` limits requests at a time, watches included. */
  constructor(kubeconfig: string, connections: number) {
    const { server, ca, skipTlsVerify, token } = readKubeconfig(kubeconfig);
    this.#headers = {
      accept: "application/json",
      "content-type": "application/json",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    this.#pool = new Pool(server, {
      connections,
      allowH2: false,
      headersTimeout: HEADERS_TIMEOUT,
      // A watch may be silent for as long as nothing happens; a server that dies on this machine resets it.
      bodyTimeout: 0,
      connect: { timeout: 5_000, rejectUnauthorized: skipTlsVerify !== true, ...(ca !== undefined && { ca }) },
    });
  }

  /** Sends a body that is JSON text already, reads the answer without parsing it, and returns the HTTP status. */
  async put(path: string, body: string): Promise<number> {
    const answer = await this.#pool.request({ method: "PUT", path, headers: this.#headers, body });
    await answer.body.dump({ limit: 10_000_000 });
    return answer.statusCode;
  }

  /** Follows a kind until disposal, through restarts of the server: see `FollowHandlers`. */
  follow(kind: string, handlers: FollowHandlers): void {
    this.#follows.push(this.#follow(kind, handlers));
  }

  /** Watches a kind until disposal, and drops what comes: the cost of one more watcher. */
  drain(kind: string): void {
    this.#follows.push(this.#drain(kind));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.allSettled(this.#follows);
    await this.#pool.destroy();
  }

  async #follow(kind: string, { onEvent, onSynced }: FollowHandlers): Promise<void> {
    let resourceVersion: string | undefined;
    while (!this.#end.signal.aborted) {
      try {
        for await (const { type, object } of events(await this.#watch(kind, resourceVersion))) {
          if (type === "ERROR") {
            // Compacted away, or a server that has just begun: only all of it again is sure.
            resourceVersion = undefined;
            break;
          }
          if (type === "BOOKMARK") {
            const isEnd = object.metadata.annotations?.["k8s.io/initial-events-end"] === "true";
            if (isEnd) onSynced();
            if (isEnd || resourceVersion !== undefined) resourceVersion = object.metadata.resourceVersion;
            continue;
          }
          // Among the initial events there is no place to go on from.
          if (resourceVersion !== undefined) resourceVersion = object.metadata.resourceVersion;
          onEvent({ type, object });
        }
      } catch (error) {
        if (error instanceof Gone) resourceVersion = undefined;
        else if (error instanceof TypeError && !("code" in error)) throw error;
      }
      await sleep(RETRY_EVERY, undefined, { signal: this.#end.signal }).catch(() => {});
    }
  }

  async #drain(kind: string): Promise<void> {
    try {
      for await (const _ of await this.#watch(kind, undefined));
    } catch (error) {
      if (!this.#end.signal.aborted) throw error;
    }
  }

  async #watch(kind: string, resourceVersion: string | undefined): Promise<AsyncIterable<Uint8Array>> {
    const from =
      resourceVersion === undefined
        ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" }
        : { resourceVersion };
    const { statusCode, body } = await this.#pool.request({
      method: "GET",
      path: collectionPath(kind),
      query: { watch: true, allowWatchBookmarks: true, timeoutSeconds: 3600, ...from },
      headers: this.#headers,
      signal: this.#end.signal,
    });
    if (statusCode === 200) return body;
    body.on("error", () => {});
    body.destroy();
    if (statusCode === 410 || statusCode === 504) throw new Gone(`watch of ${kind}: ${statusCode}`);
    throw new Error(`watch of ${kind}: ${statusCode}`);
  }
}

/** The events before this place are no more. */
class Gone extends Error {}

interface Line {
  readonly type: ObjectEvent["type"] | "BOOKMARK" | "ERROR";
  readonly object: KubeObject & { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } };
}

/** One JSON value a line; cut at line feeds only. */
async function* events(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}
