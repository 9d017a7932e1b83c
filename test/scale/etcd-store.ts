import type { Entry } from "../bench/estate-stored.ts";

/** Every object below a prefix that ends in a slash; few enough for one answer. */
export async function readStored(endpoint: string, prefix: string): Promise<Entry[]> {
  const { kvs = [] } = await ask<{ kvs?: Entry[] }>(`${endpoint}/v3/kv/range`, {
    key: base64(prefix),
    range_end: base64(`${prefix.slice(0, -1)}0`),
  });
  return kvs.map(({ key, value }) => ({ key: text(key), value: text(value) }));
}

/** Bytes of etcd's database, history included, without pages that are free to be written again. */
export async function bytesInUse(endpoint: string): Promise<number> {
  const { dbSizeInUse } = await ask<{ dbSizeInUse: string }>(`${endpoint}/v3/maintenance/status`, {});
  return Number(dbSizeInUse);
}

async function ask<T>(url: string, body: object): Promise<T> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

function base64(value: string): string {
  return Buffer.from(value, "utf8").toString("base64");
}

function text(value: string): string {
  return Buffer.from(value, "base64").toString("utf8");
}
