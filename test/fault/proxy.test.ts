import { readFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import type { KubeObject } from "../../src/api/object.ts";
import { Admin } from "../cluster/admin.ts";
import { collectionPath } from "../cluster/kinds.ts";
import { until } from "../cluster/until.ts";
import { proxied } from "./controllers.ts";
import { appliance } from "./estate.ts";
import type { Plan } from "./plan.ts";
import type { FaultProxy } from "./proxy.ts";
import { range, useRig } from "./rig.ts";

const PATH = collectionPath("Appliance");
const rig = useRig();

/** An administrator who goes through a proxy. */
async function behindProxy(...plans: readonly Omit<Plan, "seed">[]): Promise<{ admin: Admin; proxy: FaultProxy }> {
  const { plane } = rig();
  const pem = { certificate: readFileSync(plane.certificate, "utf8"), key: readFileSync(plane.certificateKey, "utf8") };
  const { proxy, kubeconfig } = await proxied(plane.kubeconfig, { server: plane.server, ...pem });
  const admin = new Admin(kubeconfig);
  onTestFinished(async () => {
    await admin[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    expect(proxy.errors).toEqual([]);
  });
  proxy.add(...plans.map((plan) => ({ seed: 1, ...plan })));
  return { admin, proxy };
}

async function create(count: number): Promise<void> {
  for (const n of range(count)) await rig().admin.create(appliance(n));
}

async function names(admin: Admin): Promise<string[]> {
  return (await admin.list("Appliance")).map(({ metadata }) => metadata.name);
}

test("without a plan nothing changes, and everything is in the history", async () => {
  await create(3);
  const { admin, proxy } = await behindProxy();
  expect(await admin.list("Appliance")).toEqual(await rig().admin.list("Appliance"));
  await expect(admin.get({ kind: "Appliance", name: "absent" })).rejects.toMatchObject({
    status: 404,
    code: "NotFound",
  });
  expect(proxy.history.requests).toMatchObject([
    { request: { verb: "list", resource: "appliances" }, status: 200, faults: [] },
    { request: { verb: "get", name: "absent" }, status: 404 },
  ]);
});

test("an answer that is lost: the write is there, and the client does not know", async () => {
  const { admin, proxy } = await behindProxy({
    trigger: { verb: "create" },
    fault: { type: "drop", when: "afterCommit" },
  });
  await expect(admin.create(appliance(1))).rejects.toThrow();
  expect(await names(rig().admin)).toEqual(["dsva-1"]);
  expect(await names(admin), "the next request gets through").toEqual(["dsva-1"]);
  expect(proxy.history.requests[0]).toMatchObject({ status: 201, faults: ["drop"] });
});

test("a request that breaks before it is sent, and one that gets another answer, do nothing", async () => {
  const { admin } = await behindProxy(
    { trigger: { verb: "create" }, fault: { type: "drop", when: "beforeSend" } },
    {
      trigger: { verb: "create", nth: 2 },
      fault: { type: "answer", status: 429, headers: { "retry-after": "5" }, body: "no" },
    },
  );
  await expect(admin.create(appliance(1))).rejects.toThrow();
  await expect(admin.create(appliance(2))).rejects.toMatchObject({ status: 429 });
  expect(await names(rig().admin)).toEqual([]);
});

test("pages are counted, and something may happen between two of them", async () => {
  await create(5);
  const { admin } = await behindProxy({
    trigger: { verb: "list", resource: "appliances", page: 2 },
    fault: { type: "call", when: "beforeSend", run: () => rig().admin.delete({ kind: "Appliance", name: "dsva-4" }) },
  });
  const page = async (token: string) => {
    const { body } = await admin.request({ method: "GET", path: PATH, query: { limit: 2, continue: token } });
    return body as { metadata: { continue?: string } };
  };
  const first = await page("");
  expect(await names(rig().admin)).toHaveLength(5);
  await page(first.metadata.continue ?? "");
  expect(await names(rig().admin)).toHaveLength(4);
});

test("a list in another order, by the seed, and one of a world that is over", async () => {
  await create(8);
  const { body } = await rig().admin.request({ method: "GET", path: PATH });
  const before = await names(rig().admin);
  const stale = { resource: "appliances", body: JSON.stringify(body) };
  const { admin } = await behindProxy(
    { trigger: { verb: "list" }, fault: { type: "shuffle" } },
    { trigger: { verb: "list", nth: 2 }, fault: { type: "stale", list: stale, holdMs: 0 } },
  );
  const shuffled = await names(admin);
  expect(shuffled).not.toEqual(before);
  expect(shuffled.toSorted()).toEqual(before);
  await rig().admin.deleteAll("Appliance");
  expect(await names(admin)).toEqual(before);
  expect(await names(admin)).toEqual([]);
});

test("a client that is cut off gets nothing until that ends; a restart of the API server shows through", async () => {
  await create(1);
  const { admin, proxy } = await behindProxy();
  proxy.cutOff();
  await expect(admin.list("Appliance")).rejects.toThrow();
  proxy.restore();
  expect(await names(admin)).toEqual(["dsva-0"]);
  const { apiServer } = rig().plane;
  await apiServer.kill();
  await expect(admin.list<KubeObject>("Appliance")).rejects.toThrow();
  await apiServer.start();
  const isBack = async () => (await names(admin)).length === 1;
  await until(isBack, { what: "the API server answers through the proxy" });
});
