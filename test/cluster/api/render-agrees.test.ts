import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProtectedVM } from "../../../src/api/kinds.ts";
import { type KubeObject, keyOf } from "../../../src/api/object.ts";
import { objectPath, refOf } from "../kinds.ts";
import { untilSettled } from "../settled.ts";
import { eightAtATime, everything, type Tandem, untilQuiet, useController } from "./support.ts";
import { edited, sampleWorlds, type World } from "./worlds.ts";

const { admin, namespace } = useController();
const NAMESPACES = [namespace, `${namespace}-b`] as const;
const SEEDS = [11, 22, 33, 44];
const TANDEM = join(import.meta.dirname, "..", "..", "..", "bin", "tandem");
const KINDS = ["ProtectedVM", "AffinityPolicy", "Appliance"] as const;

/** What the command line prints for objects on its standard input. */
function render(objects: readonly KubeObject[], ...flags: string[]): string {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const options = { input, encoding: "utf8", maxBuffer: 64 * 2 ** 20 } as const;
  const { status, stdout, stderr } = spawnSync(TANDEM, ["render", "-f", "-", ...flags], options);
  expect(status, stderr.slice(0, 2_000)).toBe(0);
  return stdout;
}

/** Creates an object, or gives the one that is there its spec and labels. */
async function put(object: Tandem, isThere: boolean): Promise<void> {
  if (!isThere) {
    await admin.create(object);
    return;
  }
  const { status, body } = await admin.request({
    method: "PATCH",
    path: objectPath(refOf(object)),
    contentType: "application/json-patch+json",
    body: [
      { op: "replace", path: "/spec", value: object.spec },
      { op: "add", path: "/metadata/labels", value: object.metadata.labels ?? {} },
    ],
  });
  expect(status, JSON.stringify(body)).toBe(200);
}

/** Brings the server to a world: every object there or deleted, then the reports that others make of the VMs there. */
async function enact(world: World): Promise<void> {
  const there = new Set((await everything(admin)).map((one) => `${one.kind}/${one.metadata.name}`));
  await eightAtATime([0, 1] as const, async (index) => {
    await admin.mergePatch(
      { kind: "Namespace", name: NAMESPACES[index] },
      { metadata: { labels: world.namespaces[index] } },
    );
  });
  await eightAtATime([...world.objects], async ([name, object]) => {
    if (object !== undefined) {
      await put(object, there.has(name));
      return;
    }
    const [kind = "", own = ""] = name.split("/");
    for (const one of NAMESPACES) await admin.delete({ kind, name: own, namespace: one });
  });
  const { vms } = await untilSettled(admin);
  await eightAtATime(vms, async ({ apiVersion, kind, metadata: { name, namespace: own }, status }) => {
    const report = world.reports.get(`ProtectedVM/${name}`);
    if (report === undefined || own === undefined) return;
    const revision = report.delivered === "current" ? status?.revision : "00000000";
    const object = {
      apiVersion,
      kind,
      metadata: { name, namespace: own },
      status: { reports: report.reports, ...(report.delivered !== "never" && { delivered: { revision } }) },
    };
    await admin.apply(object as KubeObject, { fieldManager: "reporter", force: false, subresource: "status" });
  });
}

/** JSON with sorted keys, so that only the order of lists counts. */
function canonical(value: unknown, withTimes: boolean): string {
  const sort = (key: string, one: unknown): unknown => {
    if (key === "lastTransitionTime" && !withTimes) return "";
    if (typeof one !== "object" || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return JSON.stringify(value, sort);
}

/** The status of each object, one a line. */
const statusLines = (objects: readonly Tandem[], withTimes: boolean): string[] =>
  objects.map((one) => `${one.kind} ${keyOf(one)} ${canonical(one.status, withTimes)}`);

/** As if nobody had decided yet: what others report is input, the rest of a status is not. */
function undecided(object: Tandem): KubeObject {
  const { status, ...rest } = object;
  const { reports, delivered } = (status ?? {}) as NonNullable<ProtectedVM["status"]>;
  return { ...rest, ...{ status: { ...(reports && { reports }), ...(delivered && { delivered }) } } };
}

const inNamespaces = async (): Promise<KubeObject[]> =>
  await Promise.all(NAMESPACES.map((name) => admin.get({ kind: "Namespace", name })));

async function agreeOnStatuses(): Promise<void> {
  const objects = await untilQuiet(admin);
  for (const object of objects) note(object);
  const namespaces = await inNamespaces();
  const rendered = (given: readonly KubeObject[]): Tandem[] =>
    JSON.parse(render([...namespaces, ...given], "-o", "json")).items;
  // From nothing, as a pipeline would; and from what is there, where nothing may move, times neither.
  expect(statusLines(rendered(objects.map(undecided)), false)).toEqual(statusLines(objects, false));
  expect(statusLines(rendered(objects), true)).toEqual(statusLines(objects, true));
}

async function agreeOnTables(): Promise<void> {
  const given = [...(await inNamespaces()), ...(await everything(admin))];
  for (const wide of [false, true]) {
    const tables = await Promise.all(KINDS.map((kind) => admin.table(kind, { wide })));
    expect(withoutAges(render(given, "-o", wide ? "wide" : "table"))).toEqual(withoutAges(tables.join("\n\n")));
  }
}

/** The lines of tables whose last column is an age. */
function withoutAges(tables: string): string[] {
  return tables
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/ +\S+$/, ""));
}

beforeAll(async () => {
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACES[1] } });
});

afterAll(async () => {
  await admin.deleteAll("ProtectedVM", { namespace: NAMESPACES[1] });
  await admin.delete({ kind: "Namespace", name: NAMESPACES[1] });
});

describe.each(SEEDS)("a random world (seed %i)", (seed) => {
  const [world, other] = sampleWorlds(NAMESPACES, seed, 2);
  if (world === undefined || other === undefined) throw new Error("no world");

  test("has on the server the statuses that render prints", async () => {
    await enact(world);
    await agreeOnStatuses();
  });

  test("and its tables", agreeOnTables);

  test("and so it has after a third of it changed", async () => {
    await enact(edited(world, other));
    await agreeOnStatuses();
  });

  test("and those tables", agreeOnTables);
});

/** Words of the statuses that were compared. */
const seen = new Set<string>();

function note({ status }: Tandem): void {
  for (const { type, status: value } of status?.conditions ?? []) seen.add(`${type}=${value}`);
  const { mode, features = [] } = (status ?? {}) as { mode?: string; features?: { reason?: string }[] };
  for (const word of [mode, ...features.map(({ reason }) => reason)]) if (word !== undefined) seen.add(word);
}

test("those worlds were not dull: every mode, reason and condition was among them", () => {
  const expected = `Combined Agentless AgentBased Unprotected Preferred Fallback NoFallback NoSource Ready=True Ready=False
    Accepted=True Accepted=False Protected=True Protected=False ModulesInstalled=True ModulesInstalled=False
    PolicyDelivered=True PolicyDelivered=False LicenseCompliant=True LicenseCompliant=False Healthy=True Healthy=False
    Reconciling=True Stalled=True PolicyConflict=True Conflicted=True ApplianceOptOutRefused=True AgentUnsupported=True`;
  expect([...seen]).toEqual(expect.arrayContaining(expected.split(/\s+/)));
});
