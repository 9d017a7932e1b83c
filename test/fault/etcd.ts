import { collectionPath } from "../cluster/kinds.ts";

/** Where kube-apiserver keeps the objects of our three kinds. */
const PREFIX = "/registry/tandem.dev/";

/** One committed change of one key, as etcd tells it: nothing is lost or merged, whatever happens to the API server. */
export interface EtcdChange {
  /** `protectedvms/NAMESPACE/NAME` and the like. */
  readonly path: string;
  /** The object as it is stored, without its resourceVersion; absent: deleted. */
  readonly value: unknown;
  /** etcd's revision, which is the resourceVersion of the API. */
  readonly revision: string;
}

/**
 * Watches the storage of the three kinds from now on, or after a revision, through etcd's gRPC gateway. Resolves when the watch has begun; the
 * changes end when the signal is aborted. Throws if etcd ends it.
 */
export async function watchEtcd(
  endpoint: string,
  { after, signal }: { readonly after?: string | undefined; readonly signal: AbortSignal },
): Promise<AsyncGenerator<EtcdChange[]>> {
  const start = after === undefined ? {} : { start_revision: `${BigInt(after) + 1n}` };
  const body = { create_request: { key: base64(PREFIX), range_end: base64(prefixEnd(PREFIX)), ...start } };
  const answers = messages<WatchAnswer>(await post(`${endpoint}/v3/watch`, body, signal));
  const { value } = await answers.next();
  if (value?.result?.created !== true) throw new Error(`etcd did not begin a watch: ${JSON.stringify(value)}`);
  return changes(answers);
}

/** Forgets all history before now: whoever reads or watches from an older revision is refused (410 at the API). */
export async function compact(endpoint: string): Promise<void> {
  const read = await post(`${endpoint}/v3/kv/range`, { key: base64(collectionPath("Namespace")), count_only: true });
  const { header } = (await read.json()) as { header: { revision: string } };
  await post(`${endpoint}/v3/kv/compaction`, { revision: header.revision, physical: true });
}

/** Lets etcd refuse all writes, as when its disk quota is used up, or takes them again. */
export async function setFull(endpoint: string, isFull: boolean): Promise<void> {
  const members = await post(`${endpoint}/v3/cluster/member/list`, {});
  const { members: all } = (await members.json()) as { members: { ID: string }[] };
  for (const { ID } of all) {
    const action = isFull ? "ACTIVATE" : "DEACTIVATE";
    await post(`${endpoint}/v3/maintenance/alarm`, { action, memberID: ID, alarm: "NOSPACE" });
  }
}

interface WatchAnswer {
  readonly result?: {
    readonly created?: boolean;
    readonly canceled?: boolean;
    readonly events?: readonly {
      readonly type?: "DELETE";
      readonly kv: { readonly key: string; readonly value?: string; readonly mod_revision: string };
    }[];
  };
}

async function* changes(answers: AsyncGenerator<WatchAnswer>): AsyncGenerator<EtcdChange[]> {
  for await (const answer of answers) {
    if (answer.result === undefined || answer.result.canceled) throw new Error(`etcd: ${JSON.stringify(answer)}`);
    yield (answer.result.events ?? []).map(({ type, kv }) => ({
      path: text(kv.key).slice(PREFIX.length),
      value: type === "DELETE" || kv.value === undefined ? undefined : JSON.parse(text(kv.value)),
      revision: kv.mod_revision,
    }));
  }
}

async function* messages<T>(response: Response): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

async function post(url: string, body: object, signal?: AbortSignal): Promise<Response> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(body), ...(signal && { signal }) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return response;
}

/** The first key after all that begin with the prefix. */
function prefixEnd(prefix: string): string {
  return `${prefix.slice(0, -1)}${String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)}`;
}

function base64(value: string): string {
  return Buffer.from(value, "utf8").toString("base64");
}

function text(value: string): string {
  return Buffer.from(value, "base64").toString("utf8");
}
