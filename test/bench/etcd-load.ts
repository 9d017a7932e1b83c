import { Pool } from "undici";
import type { Entry } from "./estate-stored.ts";

/** etcd takes 128 operations and 1.5 MB in a transaction. */
const PUTS = 100;
/** Transactions at a time: etcd does one after the other, and the next ones are made meanwhile. */
const PARALLEL = 4;

/**
 * Puts keys straight into etcd, through its JSON gateway. The API server must be down: it would not see the past of what
 * its cache has. Throws at the first refusal.
 */
export async function putAll(endpoint: string, entries: Iterable<Entry>, onPut: (keys: number) => void): Promise<void> {
  const pool = new Pool(endpoint, { connections: PARALLEL });
  const rest = batches(entries);
  const worker = async (): Promise<void> => {
    for (const batch of rest) {
      const success = batch.map(({ key, value }) => ({ request_put: { key: base64(key), value: base64(value) } }));
      const body = JSON.stringify({ success });
      const answer = await pool.request({ method: "POST", path: "/v3/kv/txn", body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`etcd refused ${batch.length} puts: ${answer.statusCode} ${text}`);
      onPut(batch.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  } finally {
    await pool.destroy();
  }
}

/** A generator serves several readers, each of whom takes the next batch; it is not closed by the first that ends. */
function* batches(entries: Iterable<Entry>): Generator<Entry[], void, undefined> {
  let batch: Entry[] = [];
  for (const entry of entries) {
    batch.push(entry);
    if (batch.length < PUTS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}
