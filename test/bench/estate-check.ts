import { isDeepStrictEqual } from "node:util";
import type { ProtectedVM } from "../../src/api/kinds.ts";
import type { Admin } from "../cluster/admin.ts";
import { kindOf, type Ref, refOf } from "../cluster/kinds.ts";
import { until } from "../cluster/until.ts";
import { BROAD, estateOf, NAMESPACES } from "./estate-objects.ts";
import { type Namespaces, SettledEstate } from "./estate-settled.ts";
import type { Entry } from "./estate-stored.ts";

/** As estate-stored.ts calls who reports deliveries. */
const DELIVERER = "deliverer";

/**
 * Whether what we would put into etcd is what the API server puts there: creates a few objects through it, lets the
 * running controller decide them and delivers what it decided, and compares what is stored then with our own making of
 * it, but for uids and times. Removes them again. Throws with both forms of the first that differs.
 */
export async function checkForm(admin: Admin, endpoint: string, namespaces: Namespaces): Promise<void> {
  const estate = estateOf({ vms: 1, appliances: 1, policies: BROAD });
  const objects = [...estate.appliances, ...estate.policies, ...estate.vms];
  for (const object of objects) {
    const { generation: _, ...metadata } = object.metadata;
    await admin.create({ ...object, metadata });
  }
  for (const { metadata } of estate.vms) await deliver(admin, { kind: "ProtectedVM", ...metadata });
  const expected = [...new SettledEstate(estate, namespaces).entries()];
  for (const entry of expected) await check(endpoint, entry);
  for (const object of objects) await admin.delete(refOf(object));
}

interface Manager {
  readonly manager: string;
}

async function deliver(admin: Admin, ref: Ref): Promise<void> {
  const status = await until(
    async () => {
      const { status } = await admin.get<ProtectedVM>(ref);
      return status?.observedGeneration === 1 && status;
    },
    { what: "the controller decides a VM" },
  );
  const { name, namespace } = ref;
  const { apiVersion } = kindOf(ref.kind);
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  const delivered = { revision: status.revision, time: new Date().toISOString() };
  const object = { apiVersion, kind: ref.kind, metadata, status: { delivered } };
  await admin.apply(object, { subresource: "status", fieldManager: DELIVERER });
}

/** Counts follow a second after the VMs. */
async function check(endpoint: string, { key, value }: Entry): Promise<void> {
  let stored = "";
  const isSame = async () => {
    stored = await read(endpoint, key);
    return isDeepStrictEqual(comparable(stored), comparable(value));
  };
  await until(isSame, {
    what: `the API server stores ${key} as the benchmark would`,
    state: () => ({ stored, value }),
  });
}

async function read(endpoint: string, key: string): Promise<string> {
  const body = JSON.stringify({ key: Buffer.from(key).toString("base64") });
  const answer = await fetch(`${endpoint}/v3/kv/range`, { method: "POST", body });
  const { kvs } = (await answer.json()) as { kvs?: { value: string }[] };
  return Buffer.from(kvs?.[0]?.value ?? "", "base64").toString("utf8");
}

/** Without what is as random as the moment: uids, times, and the order of who did something in the same second. */
function comparable(value: string): unknown {
  return JSON.parse(value, (name, child) => {
    if (name === "uid") return "uid";
    if (name === "managedFields") {
      return child.toSorted((a: Manager, b: Manager) => a.manager.localeCompare(b.manager));
    }
    return typeof child === "string" && /^\d{4}-\d\d-\d\dT/.test(child) ? "time" : child;
  });
}

/** The labels of the namespaces, with those that the server adds. */
export async function createNamespaces(admin: Admin): Promise<Namespaces> {
  for (const metadata of NAMESPACES) {
    await admin.create({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { ...metadata, labels: { ...metadata.labels } },
    });
  }
  const all = await admin.list("Namespace");
  return new Map(all.map(({ metadata: { name, labels = {} } }) => [name, labels]));
}
