import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ProtectedVM } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/api/object.ts";
import { Page } from "../../integrate/page.ts";
import { NO_PROGRAMS, script, sh } from "../../integrate/script.ts";
import { ROOT } from "../../manifests/kustomize.ts";
import { kubeconfigFor, readFolder, serviceAccountToken } from "../install.ts";
import { refOf } from "../kinds.ts";
import { deleteAndWait, until, untilObject } from "../until.ts";
import { appliance, condition, policy, useController, vm } from "./support.ts";

/* docs/integrate.md on a real API server, with the controller at work: what the page shows is what is run here. */
const { admin } = useController();
const page = new Page("integrate.md");
const folder = mkdtempSync(join(tmpdir(), "tandem-integrate-"));
const asAdmin = { kubeconfig: admin.kubeconfig, cwd: folder };
const REF = { kind: "ProtectedVM", namespace: "shop", name: "web-1" };
const ROLE = readFolder(join(ROOT, "manifests", "base", "user-roles")).filter(
  ({ metadata }) => metadata.name === "tandem-reporter",
);
/** With the rights that the page gives to a reporter. */
const asReporter = { kubeconfig: "", cwd: folder };

const types = (one: ProtectedVM): string[] => one.status?.actions?.map(({ type }) => type) ?? [];
const sources = ({ status }: ProtectedVM) => status?.features?.map(({ name, source }) => `${name} ${source}`);
const get = () => admin.get<ProtectedVM>(REF);

async function untilVm(what: string, holds: (one: ProtectedVM) => boolean): Promise<ProtectedVM> {
  return await untilObject<ProtectedVM>(admin, REF, { what, condition: holds });
}

/** What a program says by server-side apply, as the page asks for. */
async function apply(fieldManager: string, status: object, force = false): Promise<ProtectedVM> {
  const object = {
    apiVersion: "tandem.dev/v1alpha1",
    kind: "ProtectedVM",
    metadata: { name: "web-1", namespace: "shop" },
  };
  return await admin.apply({ ...object, status } as KubeObject, { fieldManager, force, subresource: "status" });
}

beforeEach(({ skip }) => skip(NO_PROGRAMS !== undefined, NO_PROGRAMS));

beforeAll(async () => {
  if (NO_PROGRAMS !== undefined) return;
  for (const role of ROLE) await admin.apply(role);
  await admin.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  await script(page.block("access"), asAdmin);
  asReporter.kubeconfig = kubeconfigFor(admin, await serviceAccountToken(admin, "shop", "deliverer"));
  await until(async () => (await sh("kubectl get pvm -n shop", asReporter)).code === 0, { what: "it has rights" });
  await admin.create(appliance("esx-1", { hostName: "esx-1" }));
  const agent = { state: "Activated", modules: ["AntiMalware", "Firewall"] } as const;
  const features: ProtectedVM["spec"]["features"] = ["AntiMalware", "Firewall"];
  await admin.create(
    vm("shop", "web-1", {
      hostName: "esx-1",
      guestOS: "Windows",
      features,
      agent: { ...agent, modules: [...agent.modules] },
    }),
  );
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  if (NO_PROGRAMS !== undefined) return;
  await deleteAndWait(admin, { kind: "Namespace", name: "shop" });
  for (const role of ROLE) await admin.delete(refOf(role));
});

describe("the whole loop", () => {
  test("what was never delivered is to be delivered, and Ready does not wait for it", async () => {
    const { status } = await untilVm("decided", (one) => condition(one, "Ready") !== undefined);
    expect(status?.actions).toEqual([{ type: "DeliverPolicy" }]);
    expect(await script(page.block("pending"), asReporter)).toBe(`web-1\t${status?.revision}\n`);
    expect(condition(await get(), "PolicyDelivered")).toBeUndefined();
    expect(condition(await get(), "Ready")).toBe("True/AllFeaturesActive");
  });

  test("it is delivered and reported: there is nothing left to do", async () => {
    await script(page.block("delivered"), asReporter);
    await script(page.block("wait"), asReporter);
    const one = await get();
    expect(types(one)).toEqual([]);
    expect(one.status?.delivered?.revision).toBe(one.status?.revision);
    expect(await script(page.block("pending"), asReporter)).toBe("");
  });

  test("a policy changes it: DeliverPolicy comes back, and Ready waits for the delivery", async () => {
    const before = (await get()).status?.revision;
    await admin.create(policy("agents-first", { vmSelector: {}, affinity: { antiMalware: "AgentPreferred" } }));
    const reason = `--for=jsonpath='{.status.conditions[?(@.type=="Ready")].reason}'=DeliveryPending`;
    await script(`kubectl wait pvm/web-1 -n shop ${reason} --timeout=30s`, asReporter);
    const one = await get();
    expect(types(one)).toEqual(["DeliverPolicy"]);
    expect(one.status?.revision).not.toBe(before);
    expect(one.status?.delivered?.revision).toBe(before);
    expect(condition(one, "Ready")).toBe("False/DeliveryPending");
    expect(condition(one, "PolicyDelivered")).toBe("False/DeliveryPending");
    expect(condition(one, "Reconciling")).toBe("True/DeliveryPending");
  });

  test("the TypeScript program delivers and reports it: Ready again", async () => {
    const { revision } = (await get()).status ?? {};
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    writeFileSync(join(folder, "deliver.ts"), page.block("program"));
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    await script("node deliver.ts shop", asReporter);
    await script("kubectl wait pvm/web-1 -n shop --for=condition=Ready --timeout=30s", asReporter);
    const one = await get();
    expect(types(one)).toEqual([]);
    expect(one.status).toMatchObject({ revision, delivered: { revision } });
  });

  test("the program has no type error", () => {
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "esnext",
      "--types",
      "node",
      "--skipLibCheck",
    ];
    const { stdout } = spawnSync("tsc", [...options, "deliver.ts"], { cwd: folder, encoding: "utf8" });
    expect(stdout).toBe("");
  });

  test("an error is reported: not Healthy, and no source moves", async () => {
    const before = await get();
    await script(page.block("error"), asReporter);
    await script("kubectl wait pvm/web-1 -n shop --for=condition=Healthy=False --timeout=30s", asReporter);
    const after = await get();
    expect(condition(after, "Healthy")).toBe("False/SourceInError");
    expect(condition(after, "Ready")).toBe("True/AllFeaturesActive");
    expect(sources(after)).toEqual(sources(before));
    expect(after.status?.reports?.map(({ feature }) => feature)).toEqual(["AntiMalware", "Firewall"]);
    expect(after.status?.delivered).toEqual(before.status?.delivered);
  });

  test("it is withdrawn: no word about health, and the delivery stays", async () => {
    const { delivered } = (await get()).status ?? {};
    await script(page.block("withdrawn"), asReporter);
    const { status } = await untilVm("not Healthy", (one) => condition(one, "Healthy") === undefined);
    expect(status?.reports ?? []).toEqual([]);
    expect(status?.delivered).toEqual(delivered);
  });
});

describe("two reporters", () => {
  const error = { source: "Agent", feature: "All", health: "Error" };
  const fine = { ...error, health: "Healthy" };
  const other = { source: "Appliance", feature: "All", health: "Healthy" };
  const reports = async () => (await get()).status?.reports ?? [];

  beforeEach(async () => {
    for (const manager of ["one", "two"]) await apply(manager, {});
    expect(await reports()).toEqual([]);
  });

  test("about different things: both are kept", async () => {
    await apply("one", { reports: [error] });
    await apply("two", { reports: [other] });
    expect(await reports()).toEqual([error, other]);
    await apply("one", {});
    expect(await reports()).toEqual([other]);
  });

  test("about the same: the second is refused, and told the first; by force it takes over", async () => {
    await apply("one", { reports: [error] });
    await expect(apply("two", { reports: [fine] })).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(/conflict with "one".*\.health/),
    });
    await apply("two", { reports: [fine] }, true);
    await expect(apply("one", { reports: [error] })).rejects.toMatchObject({ status: 409 });
  });

  test("who say the same own it together: it goes with the last", async () => {
    for (const manager of ["one", "two"]) await apply(manager, { reports: [error] });
    await apply("one", {});
    expect(await reports()).toEqual([error]);
    await apply("two", {});
    expect(await reports()).toEqual([]);
  });

  test("with one field manager withdraw what the other said", async () => {
    await apply("one", { reports: [error] });
    await apply("one", { reports: [other] });
    expect(await reports()).toEqual([other]);
  });

  test("a merge patch erases what others said", async () => {
    await apply("one", { reports: [error] });
    await admin.mergePatch(REF, { status: { reports: [other] } }, "status");
    expect(await reports()).toEqual([other]);
    await admin.mergePatch(REF, { status: { reports: null } }, "status");
  });
});

test("all 16 reports that there are fit, and no message of more than 1,024 characters", async () => {
  const features = (await import("../../../src/api/generated/schemas.ts")).crds.ProtectedVM.schema;
  const all = JSON.stringify(features).match(/"All"(?:,"\w+")+/)?.[0] ?? "";
  const names = JSON.parse(`[${all}]`) as string[];
  expect(names).toHaveLength(8);
  const reports = ["Appliance", "Agent"].flatMap((source) =>
    names.map((feature) => ({ source, feature, health: "Warning", message: "x".repeat(1024) })),
  );
  expect((await apply("one", { reports })).status?.reports).toHaveLength(16);
  const long = [{ ...reports[0], message: "x".repeat(1025) }];
  await expect(apply("one", { reports: long })).rejects.toMatchObject({ status: 422 });
  await untilVm("Healthy with warnings", (one) => condition(one, "Healthy") === "True/NoErrorReported");
  await apply("one", {});
});

test("a report to the version that was read is refused when the VM has changed since", async () => {
  const { metadata } = await get();
  const { resourceVersion = "" } = metadata;
  await admin.mergePatch(REF, { metadata: { labels: { changed: "yes" } } });
  const named = { name: "web-1", namespace: "shop", resourceVersion };
  const object = { apiVersion: "tandem.dev/v1alpha1", kind: "ProtectedVM", metadata: named, status: { reports: [] } };
  const options = { fieldManager: "one", force: false, subresource: "status" };
  await expect(admin.apply(object as KubeObject, options)).rejects.toMatchObject({ status: 409 });
  // Its uid alone would not do.
  const uid = "00000000-0000-4000-8000-000000000000";
  const stranger = { ...object, metadata: { name: "web-1", namespace: "shop", uid } };
  await expect(admin.apply(stranger as KubeObject, options)).resolves.toMatchObject({ metadata: { name: "web-1" } });
});

test("the role allows nothing but that: no PUT of a status, no spec", async () => {
  const can = async (verb: string, what: string) =>
    (await sh(`kubectl auth can-i ${verb} ${what} -n shop`, asReporter)).out.trim();
  expect(await can("patch", "pvm/web-1 --subresource=status")).toBe("yes");
  for (const verb of ["patch", "update", "create", "delete"]) expect(await can(verb, "pvm/web-1"), verb).toBe("no");
  expect(await can("update", "pvm/web-1 --subresource=status")).toBe("no");
});
