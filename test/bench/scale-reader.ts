/*
 * The baseline of a start: what nobody can do without who knows every object. Reads the four kinds as WatchList streams,
 * parses each line, drops it, and ends when each kind has been sent. Argument: a kubeconfig of ours. Prints its CPU in
 * milliseconds and the bytes and objects that it read, as JSON.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { collectionPath } from "../cluster/kinds.ts";
import { readKubeconfig } from "../cluster/kubeconfig.ts";

const KINDS = ["Namespace", "Appliance", "AffinityPolicy", "ProtectedVM"];
/** Milliseconds: a server that fills its cache with 100,000 objects is silent for a while. */
const HEADERS_TIMEOUT = 120_000;

/** Milliseconds, as the server asks for. */
const RETRY_AFTER = 1_000;

const [kubeconfig = ""] = process.argv.slice(2);
const { server, ca, token } = readKubeconfig(kubeconfig);
const pool = new Pool(server, {
  connections: KINDS.length,
  allowH2: false,
  headersTimeout: HEADERS_TIMEOUT,
  connect: ca === undefined ? {} : { ca },
});
let bytes = 0;
let objects = 0;

async function read(kind: string): Promise<void> {
  const { statusCode, body } = await pool.request({
    method: "GET",
    path: collectionPath(kind),
    query: { watch: true, sendInitialEvents: true, resourceVersionMatch: "NotOlderThan", allowWatchBookmarks: true },
    headers: { accept: "application/json", authorization: `Bearer ${token}` },
  });
  if (statusCode === 429) {
    // It fills its caches.
    await body.dump();
    await sleep(RETRY_AFTER);
    return await read(kind);
  }
  if (statusCode !== 200) throw new Error(`watch of ${kind}: ${statusCode} ${await body.text()}`);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    bytes += chunk.length;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { type } = JSON.parse(line);
      // The only bookmark within the first minute is the one that ends the initial events.
      if (type === "BOOKMARK") return;
      objects += 1;
    }
  }
  throw new Error(`the watch of ${kind} ended among its initial events`);
}

await Promise.all(KINDS.map(read));
const { user, system } = process.cpuUsage();
process.stdout.write(`${JSON.stringify({ cpuMs: (user + system) / 1000, bytes, objects })}\n`);
process.exit(0);
