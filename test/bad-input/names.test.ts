import { once } from "node:events";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import type { KindName } from "../../src/api/crd.ts";
import type { AffinityPolicy, ProtectedVM } from "../../src/api/kinds.ts";
import { appliance, condition, policy, type Tandem, vm } from "../cluster/api/support.ts";
import { collectionPath } from "../cluster/kinds.ts";
import { readKubeconfig } from "../cluster/kubeconfig.ts";
import { deleteAndWait } from "../cluster/until.ts";
import { useBadInputCluster } from "./controller.ts";

const cluster = useBadInputCluster();
const { admin, namespace } = cluster;
/** Names that a plain object, a number or a YAML reader would take for something else. */
const NAMES = ["constructor", "1e3", "null", "true", "tostring", "0", "hasownproperty"];
const KINDS: readonly KindName[] = ["ProtectedVM", "AffinityPolicy", "Appliance"];

const vmCalled = (name: string, of = namespace): ProtectedVM =>
  vm(of, name, { hostName: name, guestOS: "Linux", features: ["Firewall"] }, { [name]: name });

test.each(NAMES)("a VM, a policy, an appliance, a host, a label's key and value, all called %s", async (name) => {
  const objects: Tandem[] = [
    appliance(name, { hostName: name, services: ["NetworkIntrospection"] }),
    policy(name, { vmSelector: { matchLabels: { [name]: name } }, affinity: { network: "ApplianceOnly" } }),
    vmCalled(name),
  ];
  for (const object of objects) await admin.create(object);
  await cluster.right();
  const { status } = await admin.get<ProtectedVM>({ kind: "ProtectedVM", namespace, name });
  expect(status).toMatchObject({ mode: "Agentless", appliance: name, coverage: "1/1" });
  expect(status?.features?.[0]?.decidedBy).toBe(`Policy/${name}`);
  const one = await admin.get<AffinityPolicy>({ kind: "AffinityPolicy", name });
  expect(one.status?.vms).toEqual({ matched: 1, effective: 1 });
});

test.each(["constructor", "1e3", "null", "true"])("a namespace called %s", async (name) => {
  const labels = { stage: name };
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels } });
  await admin.create(vmCalled("inside", name));
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": name } };
  await admin.create(policy(`of-${name}`, { vmSelector: {}, namespaceSelector, affinity: { network: "AgentOnly" } }));
  await cluster.right();
  const { status } = await admin.get<ProtectedVM>({ kind: "ProtectedVM", namespace: name, name: "inside" });
  expect(status?.features?.[0]?.decidedBy).toBe(`Policy/of-${name}`);
  await admin.delete({ kind: "AffinityPolicy", name: `of-${name}` });
  await deleteAndWait(admin, { kind: "Namespace", name });
});

test.each(["__proto__", "../..", "A", "a".repeat(254), "a\u0000", "a\r\n", "$" + "{}"])(
  "%j is no name of an object",
  async (name) => {
    const objects = [vmCalled("x"), policy("x", { vmSelector: {} }), appliance("x", { hostName: "x" })];
    for (const object of objects) {
      const body = { ...object, metadata: { ...object.metadata, name, labels: {} } };
      await expect(admin.create(body), object.kind).rejects.toMatchObject({ status: 422 });
    }
  },
);

test("B24: names of 253 that differ in the last character, labels and namespaces of 63: all told apart", async () => {
  const long = (length: number, last: string): string => `${"n".repeat(length - 1)}${last}`;
  const space = long(63, "s");
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: space } });
  for (const last of ["a", "b"]) {
    const name = long(253, last);
    // The longest key of a label: a prefix of 253, a slash, 63 more.
    const key = `${long(253, "p")}/${long(63, last)}`;
    const value = long(63, last);
    const affinity = { network: last === "a" ? ("AgentOnly" as const) : ("ApplianceOnly" as const) };
    await admin.create(appliance(name, { hostName: name, services: ["NetworkIntrospection"] }));
    await admin.create(policy(name, { vmSelector: { matchLabels: { [key]: value } }, affinity }));
    const object = vm(space, name, { hostName: name, guestOS: "Linux", features: ["Firewall"] }, { [key]: value });
    await admin.create(object);
  }
  await cluster.right();
  for (const last of ["a", "b"]) {
    const name = long(253, last);
    const { status } = await admin.get<ProtectedVM>({ kind: "ProtectedVM", namespace: space, name });
    expect(status).toMatchObject({ appliance: name, features: [{ decidedBy: `Policy/${name}` }] });
    const one = await admin.get<AffinityPolicy>({ kind: "AffinityPolicy", name });
    expect(one.status?.vms).toEqual({ matched: 1, effective: 1 });
    expect(condition(one, "Accepted")).toBe("True/Accepted");
  }
  await deleteAndWait(admin, { kind: "Namespace", name: space });
});

/** Sends bytes as they are; answers the HTTP status. */
async function post(kind: KindName, body: Buffer): Promise<number> {
  const { server, ca, token, skipTlsVerify } = readKubeconfig(admin.kubeconfig);
  const sent = request(`${server}${collectionPath(kind, namespace)}?fieldValidation=Strict`, {
    method: "POST",
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: skipTlsVerify !== true,
    headers: { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });
  sent.end(body);
  const [response] = await once(sent, "response");
  await text(response);
  return response.statusCode;
}

test.each<[string, (json: string) => Buffer, number]>([
  ["bytes that are no UTF-8", (json) => Buffer.from(json.replace('"MARK"', '"a\xff\xfe"'), "latin1"), 0],
  ["half a surrogate pair in UTF-8", (json) => Buffer.from(json.replace('"MARK"', '"a\xed\xa0\x80"'), "latin1"), 0],
  ["a bare NUL", (json) => Buffer.from(json.replace("MARK", "a\u0000")), 400],
  ["a bare line feed", (json) => Buffer.from(json.replace("MARK", "a\nb")), 400],
  ["a key twice", (json) => Buffer.from(json.replace('"spec":{', '"spec":{"mark":1,"mark":2,')), 400],
  ["an end too early", (json) => Buffer.from(json.slice(0, -3)), 400],
  ["UTF-16", (json) => Buffer.from(json, "utf16le"), 400],
  ["NaN", (json) => Buffer.from(json.replace('"MARK"', "NaN")), 400],
])("what no JSON writer sends: %s", async (what, encode, refusal) => {
  for (const kind of KINDS) {
    const name = `raw-${what.replace(/\W+/g, "-").toLowerCase()}`;
    const objects = [vmCalled(name), policy(name, { vmSelector: {} }), appliance(name, { hostName: name })];
    const object = objects.find((one) => one.kind === kind);
    const annotated = { ...object, metadata: { ...object?.metadata, annotations: { mark: "MARK" } } };
    const status = await post(kind, encode(JSON.stringify(annotated)));
    expect(refusal === 0 ? [201, 400, 422] : [refusal], `${kind}: ${status}`).toContain(status);
  }
  await cluster.right();
});
