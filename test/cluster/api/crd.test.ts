import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Condition, ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { useCluster } from "../fixture.ts";
import { readFolder } from "../install.ts";
import { collectionPath, objectPath, refOf } from "../kinds.ts";
import type { Table } from "../table.ts";
import { appliance, dryApply, policy, type Tandem, vm } from "./support.ts";

const { admin, namespace } = useCluster();
const CRDS = join(import.meta.dirname, "..", "..", "..", "crds");
const GROUP = "/apis/tandem.dev/v1alpha1";
const KINDS = ["ProtectedVM", "AffinityPolicy", "Appliance"] as const;

interface Crd extends KubeObject {
  spec: { names: { plural: string } };
  status: { conditions: Condition[] };
}

/** The part of a published schema that is looked at. */
interface Published {
  description?: string;
  properties?: Record<string, Published>;
  items?: Published;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-validations"?: { rule: string; message?: string }[];
}

async function published(kind: string): Promise<Published> {
  const { body } = await admin.request({ method: "GET", path: `/openapi/v3${GROUP}` });
  const { components } = body as { components: { schemas: Record<string, Published> } };
  const schema = components.schemas[`dev.tandem.v1alpha1.${kind}`];
  if (schema === undefined) throw new Error(`no ${kind} in ${Object.keys(components.schemas)}`);
  return schema;
}

/** Every field below a schema, by its path. */
function* fieldsOf(schema: Published, path: string): Generator<[string, Published]> {
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    yield [`${path}.${name}`, child];
    yield* fieldsOf(child, `${path}.${name}`);
  }
  if (schema.items !== undefined) {
    yield [`${path}[]`, schema.items];
    yield* fieldsOf(schema.items, `${path}[]`);
  }
}

const simpleVm = (name: string): ProtectedVM => vm(namespace, name, { guestOS: "Linux", features: ["Firewall"] });

describe("the CRDs", () => {
  test.each(readFolder(CRDS).map((crd) => [crd.metadata.name, crd] as const))("%s is taken whole", async (_, crd) => {
    const path = objectPath(refOf(crd));
    expect(await dryApply(path, crd)).toEqual({ status: 200, warnings: [] });
    const { conditions } = (await admin.get<Crd>(refOf(crd))).status;
    const states = Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
    expect(states).toMatchObject({ NamesAccepted: "True", Established: "True" });
    expect(states).not.toHaveProperty("NonStructuralSchema");
  });

  test("have the names that SPEC section 2 gives them, and the category tandem", async () => {
    const { body } = await admin.request({ method: "GET", path: GROUP });
    const { resources } = body as { resources: Record<string, unknown>[] };
    const own = resources.filter(({ name }) => !String(name).includes("/"));
    const common = { categories: ["tandem"] };
    expect(own.toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1))).toMatchObject([
      { kind: "AffinityPolicy", name: "affinitypolicies", shortNames: ["afp"], namespaced: false, ...common },
      { kind: "Appliance", name: "appliances", shortNames: ["appl"], namespaced: false, ...common },
      { kind: "ProtectedVM", name: "protectedvms", shortNames: ["pvm"], namespaced: true, ...common },
    ]);
    expect(resources.map(({ name }) => name).filter((name) => String(name).includes("/"))).toHaveLength(3);
  });

  test.each([
    ["ProtectedVM", "Mode, Coverage, Ready, Reason, Healthy", "Host, Appliance, Agent, Modules, Licence"],
    ["AffinityPolicy", "Priority, Anti-Malware, Network, Integrity, Accepted, Matched, Effective, Conflicts", "Reason"],
    ["Appliance", "Host, Activation, Accepted, VMs, Protects, Losses", "Version, Moves, Installs, Reason"],
  ])("the columns of %s, narrow and wide", async (kind, narrow, wide) => {
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { body } = await admin.request({ method: "GET", path: collectionPath(kind), accept });
    const columns = (body as Table).columnDefinitions;
    const titles = (priorities: (priority: number) => boolean) =>
      columns.filter(({ priority }) => priorities(priority)).map(({ name }) => name);
    expect(titles((priority) => priority === 0)).toEqual(["Name", ...narrow.split(", "), "Age"]);
    expect(titles(() => true)).toEqual(["Name", ...narrow.split(", "), ...wide.split(", "), "Age"]);
  });

  test.each([
    ["ProtectedVM", ["spec.hostName", "spec.guestOS", "status.mode", "status.appliance"]],
    ["Appliance", ["spec.hostName", "spec.activation"]],
    ["AffinityPolicy", []],
  ])("the selectable fields of %s, and no other", async (kind, fields) => {
    const status = async (field: string) => {
      const query = { fieldSelector: `${field}=x` };
      return (await admin.request({ method: "GET", path: collectionPath(kind), query })).status;
    };
    for (const field of fields) expect(await status(field), field).toBe(200);
    const schema = await published(kind);
    for (const [path, { properties, items }] of fieldsOf(schema, "")) {
      const field = path.slice(1);
      if (properties !== undefined || items !== undefined || field.startsWith("metadata") || field.includes("[]")) {
        continue;
      }
      expect(await status(field), field).toBe(fields.includes(field) ? 200 : 400);
    }
  });

  test("every list and map of a VM's status is atomic but reports; sets and selectors are what they say", async () => {
    const odd: string[] = [];
    for (const [path, field] of fieldsOf(await published("ProtectedVM"), "")) {
      if (!path.startsWith(".status.") || path.startsWith(".status.reports") || path.endsWith("[]")) continue;
      const type = field.items !== undefined ? field["x-kubernetes-list-type"] : field["x-kubernetes-map-type"];
      const isContainer = field.items !== undefined || field.properties !== undefined;
      if (isContainer && type !== "atomic") odd.push(`${path}: ${type}`);
    }
    expect(odd).toEqual([]);
    const { status, spec } = (await published("ProtectedVM")).properties ?? {};
    expect(status?.properties?.reports).toMatchObject({
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["source", "feature"],
    });
    expect(spec?.properties?.features).toMatchObject({ "x-kubernetes-list-type": "set" });
    const { vmSelector } = (await published("AffinityPolicy")).properties?.spec?.properties ?? {};
    expect(vmSelector).toMatchObject({ "x-kubernetes-map-type": "atomic" });
  });

  test.each(KINDS)("explain every field of the spec of %s", async (kind) => {
    const schema = await published(kind);
    const fields = [...fieldsOf(schema, "")].filter(([path]) => path.startsWith(".spec"));
    expect(fields.length).toBeGreaterThan(5);
    const unexplained = fields.filter(
      ([path, { description = "" }]) => !path.endsWith("[]") && description.length < 10,
    );
    expect(unexplained.map(([path]) => path)).toEqual([]);
    expect(schema.description?.length).toBeGreaterThan(50);
    const rules = fields.flatMap(([, field]) => field["x-kubernetes-validations"] ?? []);
    expect(rules.length).toBe(kind === "AffinityPolicy" ? 4 : 0);
    for (const { rule, message } of rules) expect(message, rule).toMatch(/^[a-z].{20,}/i);
  });
});

describe("what the server fills in", () => {
  test("observedGeneration -1 until somebody decides, whoever writes a status first", async () => {
    const objects: Tandem[] = [
      simpleVm("fresh"),
      policy("fresh", { vmSelector: {} }),
      appliance("fresh", { hostName: "esx-1" }),
    ];
    for (const object of objects) {
      const created = await admin.create(object);
      expect(created.status, object.kind).toEqual({ observedGeneration: -1 });
      const { apiVersion, kind, metadata } = object;
      const identity = { name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
      const first = { apiVersion, kind, metadata: identity, status: { conditions: [] } } as KubeObject;
      const applied = await admin.apply<Tandem>(first, { fieldManager: "another", subresource: "status" });
      expect(applied.status, object.kind).toEqual({ conditions: [], observedGeneration: -1 });
      // A PUT replaces the whole status, the default of the object that was created too.
      const put = await admin.replace({ ...applied, status: { conditions: [] } } as Tandem, "status");
      expect(put.status, object.kind).toEqual({ conditions: [], observedGeneration: -1 });
    }
  });

  test("activation and priority, also for null; any other null is an absent field", async () => {
    const withNulls = (object: Tandem, nulls: object) => ({ ...object, spec: { ...object.spec, ...nulls } }) as Tandem;
    const nulls = { activation: null, version: null, services: null, license: null };
    const anAppliance = await admin.create(withNulls(appliance("nulls", { hostName: "esx-1" }), nulls));
    expect(anAppliance.spec).toEqual({ hostName: "esx-1", activation: "Activated" });
    const aPolicy = await admin.create(
      withNulls(policy("nulls", { vmSelector: {} }), { priority: null, namespaceSelector: null, affinity: null }),
    );
    expect(aPolicy.spec).toEqual({ vmSelector: {}, priority: 0 });
    const more = { hostName: null, agent: null, affinity: { network: null }, applianceProtection: null };
    const aVm = await admin.create(withNulls(simpleVm("nulls"), more));
    expect(aVm.spec).toEqual({ guestOS: "Linux", features: ["Firewall"], affinity: {} });
  });

  test("two programs that apply reports keep each other's rows, and nobody else's delivery", async () => {
    const report = async (fieldManager: string, status: object) => {
      const { apiVersion, kind, metadata } = await admin.get<ProtectedVM>({
        kind: "ProtectedVM",
        namespace,
        name: "reported",
      });
      const object = { apiVersion, kind, metadata: { name: metadata.name, namespace }, status } as KubeObject;
      return (await admin.apply<ProtectedVM>(object, { fieldManager, force: false, subresource: "status" })).status;
    };
    await admin.create(simpleVm("reported"));
    const agent = { source: "Agent", feature: "All", health: "Healthy" };
    const firewall = { source: "Agent", feature: "Firewall", health: "Error" };
    const other = { source: "Appliance", feature: "All", health: "Offline" };
    await report("agents", { reports: [agent, firewall] });
    await report("deliverer", { delivered: { revision: "12345678" } });
    await report("appliances", { reports: [other] });
    const status = await report("agents", { reports: [{ ...agent, health: "Warning" }] });
    expect(status?.reports).toHaveLength(2);
    expect(status?.reports).toEqual(expect.arrayContaining([{ ...agent, health: "Warning" }, other]));
    expect(status?.delivered).toEqual({ revision: "12345678" });
    await expect(report("appliances", { reports: [other, { ...agent, health: "Error" }] })).rejects.toMatchObject({
      code: "Conflict",
    });
  });
});
