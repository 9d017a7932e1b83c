import { Pool } from "undici";
import { collectionPath } from "../cluster/kinds.ts";
import { readKubeconfig } from "../cluster/kubeconfig.ts";

const VMS = collectionPath("ProtectedVM");
const PAGE = 500;
/** The bookmark that ends the initial events of a watch names this annotation. */
const END = Buffer.from("k8s.io/initial-events-end");
/** Milliseconds: a server that has just started fills its cache before it answers. */
const PATIENCE = 180_000;

export interface Read {
  readonly ms: number;
  readonly bytes: number;
}

/** Reads all VMs and drops what it reads, as fast as the server sends it: nothing is parsed but the name of the next page. */
export class RawList implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #headers: Record<string, string>;

  constructor(kubeconfig: string) {
    const { server, ca, token = "" } = readKubeconfig(kubeconfig);
    this.#headers = { authorization: `Bearer ${token}`, accept: "application/json" };
    this.#pool = new Pool(server, {
      connections: 1,
      allowH2: false,
      headersTimeout: PATIENCE,
      bodyTimeout: PATIENCE,
      connect: { ...(ca !== undefined && { ca }) },
    });
  }

  /** A watch that begins with all there is, until it has sent all of it. */
  async watchList(): Promise<Read> {
    const startedAt = performance.now();
    const query = {
      watch: true,
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: true,
      timeoutSeconds: 300,
    };
    const body = await this.#get(query);
    let bytes = 0;
    let tail = Buffer.alloc(0);
    for await (const chunk of body) {
      bytes += chunk.length;
      const joined = Buffer.concat([tail, chunk]);
      // Leaving the loop ends the watch.
      if (joined.includes(END)) break;
      tail = joined.subarray(-END.length);
    }
    return { ms: performance.now() - startedAt, bytes };
  }

  /** Pages of 500, as clients of older servers read. */
  async pages(): Promise<Read> {
    const startedAt = performance.now();
    let bytes = 0;
    let next = "";
    do {
      const chunks: Buffer[] = [];
      for await (const chunk of await this.#get({ limit: PAGE, ...(next !== "" && { continue: next }) }))
        chunks.push(chunk);
      const page = Buffer.concat(chunks);
      bytes += page.length;
      // Of a list of custom resources the metadata comes after the items.
      next =
        /"metadata":\{"continue":"([^"]*)"[^{}]*\}\}\s*$/.exec(page.toString("utf8", page.length - 2_000))?.[1] ?? "";
    } while (next !== "");
    return { ms: performance.now() - startedAt, bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }

  async #get(query: Record<string, string | number | boolean>): Promise<AsyncIterable<Buffer>> {
    const { statusCode, body } = await this.#pool.request({ method: "GET", path: VMS, query, headers: this.#headers });
    if (statusCode !== 200) throw new Error(`list of VMs: ${statusCode} ${await body.text()}`);
    return body;
  }
}
