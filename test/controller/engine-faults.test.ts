import { expect, test } from "vitest";
import type { StoredVm } from "../../src/controller/changes.ts";
import { appliance, policy, vm } from "../resolve/estate.ts";
import { type Attempt, type Fault, refusal } from "./api-server.ts";
import { Rig } from "./rig.ts";

const LABELS = { tier: "pci" };

async function estate(vms: number): Promise<Rig> {
  const rig = new Rig();
  rig.server.apply("Appliance", appliance("appliance"));
  rig.server.apply("AffinityPolicy", policy("pci", { vmSelector: { matchLabels: LABELS } }));
  for (let index = 0; index < vms; index++) rig.server.apply("ProtectedVM", vm(`vm-${index}`, {}, LABELS));
  await rig.start();
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
  rig.server.attempts.length = 0;
  rig.latency = 5;
  return rig;
}

function setPolicy({ server }: Rig, antiMalware: "ApplianceOnly" | "AgentOnly"): void {
  server.apply("AffinityPolicy", policy("pci", { vmSelector: { matchLabels: LABELS }, affinity: { antiMalware } }));
}

let edits = 0;
function edit({ server }: Rig, name: string): void {
  const features = edits++ % 2 === 0 ? (["AntiMalware", "Firewall"] as const) : (["Firewall"] as const);
  server.apply("ProtectedVM", vm(name, { features: [...features] }, { ...LABELS, edit: String(edits) }));
}

/** Milliseconds from the edit of a VM to its status. */
async function latencyOf(rig: Rig, name: string): Promise<number> {
  const started = rig.clock.monotonic();
  const from = rig.server.attempts.length;
  edit(rig, name);
  const isWritten = () =>
    rig.server.attempts.slice(from).some(({ key, result }) => key === `shop/${name}` && result === "written");
  while (!isWritten() && rig.clock.monotonic() - started < 120_000) await rig.clock.advance(50);
  return rig.clock.monotonic() - started;
}

const failing =
  (names: readonly string[], error = refusal(500, "InternalError")) =>
  ({ key }: Attempt): Fault =>
    names.includes(key.replace("shop/", "")) ? { error } : undefined;

test("a VM whose status the server refuses is tried twice, then left alone until it changes, and holds nobody up", async () => {
  const rig = await estate(10);
  rig.server.fault = failing(["vm-3"], refusal(422, "Invalid"));
  setPolicy(rig, "AgentOnly");
  await rig.rest();
  const tries = () => rig.server.attempts.filter(({ key }) => key === "shop/vm-3").length;
  expect(tries()).toBe(2);
  expect(rig.wrong()).toEqual(["ProtectedVM shop/vm-3"]);
  expect(rig.outcomes.filter(({ key, type }) => key === "shop/vm-3" && type === "refused")).toHaveLength(2);
  // What does not change this VM's status does not try it again.
  rig.server.apply("Appliance", appliance("another", { hostName: "esx-9" }));
  await rig.rest();
  expect(tries()).toBe(2);
  rig.server.fault = () => undefined;
  rig.server.report("ProtectedVM", "shop/vm-3", () => ({ reports: [] }));
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
});

test("a policy whose status the server refuses is tried twice, then left alone until it or its counts change", async () => {
  const rig = await estate(3);
  rig.server.fault = failing(["pci"], refusal(422, "Invalid"));
  setPolicy(rig, "AgentOnly");
  await rig.rest(120_000);
  expect(rig.server.attempts.filter(({ kind }) => kind === "AffinityPolicy")).toHaveLength(2);
  expect(rig.wrong()).toEqual(["AffinityPolicy pci"]);
  rig.server.fault = () => undefined;
  setPolicy(rig, "ApplianceOnly");
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
});

test("an object that is gone when its status is written is forgotten quietly", async () => {
  const rig = await estate(3);
  rig.travel.delay = (kind) => (kind === "ProtectedVM" ? 4_000 : 0);
  rig.server.delete("ProtectedVM", "shop/vm-1");
  setPolicy(rig, "AgentOnly");
  await rig.rest();
  expect(rig.server.attempts.filter(({ key }) => key === "shop/vm-1").length).toBeLessThanOrEqual(5);
  expect(rig.wrong()).toEqual([]);
});

test("a 404 for an object that is there after all is not the last word", async () => {
  // A proxy, or an API server that does not serve the kind yet, says it, too; no event will follow.
  const rig = await estate(3);
  let once = true;
  rig.server.fault = ({ key }) => {
    const hit = once && key === "shop/vm-1";
    once &&= !hit;
    return hit ? { error: refusal(404, "NotFound") } : undefined;
  };
  setPolicy(rig, "AgentOnly");
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
});

test("one VM whose write fails for ever: others are written within 5 s, at any moment, and roll-outs go on", async () => {
  const rig = await estate(50);
  rig.server.fault = failing(["vm-0"]);
  edit(rig, "vm-0");
  await rig.rest(60_000);
  for (let round = 1; round <= 20; round++) {
    await rig.clock.advance(20_000 + 137 * round);
    expect(await latencyOf(rig, `vm-${round}`)).toBeLessThan(5_000);
  }
  setPolicy(rig, "AgentOnly");
  await rig.rest();
  expect(rig.wrong().filter((one) => one.startsWith("ProtectedVM"))).toEqual(["ProtectedVM shop/vm-0"]);
});

test("twenty VMs whose writes fail for ever, as under a webhook that refuses a namespace, do not stop the others", async () => {
  const rig = await estate(300);
  const bad = Array.from({ length: 20 }, (_, index) => `vm-${index}`);
  rig.server.fault = failing(bad, refusal(403, "Forbidden"));
  for (const name of bad) edit(rig, name);
  await rig.rest(60_000);
  const started = rig.clock.monotonic();
  expect(await latencyOf(rig, "vm-250")).toBeLessThan(5_000);
  setPolicy(rig, "AgentOnly");
  const left = () => rig.wrong().filter((one) => one.startsWith("ProtectedVM")).length;
  while (left() > bad.length && rig.clock.monotonic() - started < 30_000) await rig.clock.advance(1_000);
  expect(left()).toBe(bad.length);
});

test("a roll-out that begins with sixty VMs which a webhook refuses comes to the others within half a minute", async () => {
  const rig = await estate(150);
  const bad = Array.from({ length: 60 }, (_, index) => `vm-${index}`);
  rig.server.fault = failing(bad, refusal(403, "Forbidden"));
  setPolicy(rig, "AgentOnly");
  await rig.rest(30_000);
  expect(rig.wrong().filter((one) => one.startsWith("ProtectedVM"))).toHaveLength(bad.length);
});

test("an outage of a minute ends: 5 s later every status is right", async () => {
  const rig = await estate(100);
  rig.server.fault = () => ({ error: refusal(503, "ServiceUnavailable") });
  setPolicy(rig, "AgentOnly");
  await rig.rest(60_000);
  const tries = rig.server.attempts.length;
  expect(tries).toBeLessThan(100);
  rig.server.fault = () => undefined;
  await rig.rest(5_000);
  expect(rig.wrong()).toEqual([]);
});

test("a VM that cannot be decided hurts itself only: others, policies and appliances get their statuses", async () => {
  const rig = new Rig();
  rig.server.apply("Appliance", appliance("appliance"));
  rig.server.apply("AffinityPolicy", policy("pci"));
  for (let index = 0; index < 5; index++) rig.server.apply("ProtectedVM", vm(`vm-${index}`));
  rig.list();
  const bad = vm("bad");
  // Read when the status is made.
  const metadata = Object.defineProperty({ ...bad.metadata, uid: "uid-bad", resourceVersion: "999" }, "generation", {
    get: () => {
      throw new Error("a bug in a rule");
    },
  });
  rig.engine.stores.vms.apply({ ...bad, metadata });
  rig.engine.start();
  await rig.rest();
  expect(rig.wrong()).toEqual(expect.not.arrayContaining([expect.stringContaining("ProtectedVM")]));
  for (const [kind, name] of [
    ["AffinityPolicy", "pci"],
    ["Appliance", "appliance"],
  ] as const) {
    expect(rig.server.get(kind, name)?.status).toMatchObject({ observedGeneration: 1 });
  }
  // It backs off: 5 ms, 10 ms … in half a minute a dozen times, not thousands.
  const failures = rig.outcomes.filter(({ key }) => key === "shop/bad").map(({ type }) => type);
  expect(new Set(failures)).toEqual(new Set(["failed"]));
  expect(failures.length).toBeLessThan(20);
});

test("a VM whose status cannot be made does not hold a policy's roll-out up for ever", async () => {
  const rig = await estate(5);
  // What nobody can write under our schema: a null among the conditions.
  rig.server.report("ProtectedVM", "shop/vm-2", () => ({ conditions: [null] }));
  setPolicy(rig, "AgentOnly");
  await rig.rest(120_000);
  expect(rig.server.get("AffinityPolicy", "pci")?.status).toMatchObject({ observedGeneration: 2 });
});

test("an object that no rule can read is reported, and the others go on", async () => {
  const rig = await estate(2);
  const metadata = { name: "no-spec", namespace: "shop", uid: "uid-no-spec", resourceVersion: "999" };
  rig.engine.stores.vms.apply({ metadata } as StoredVm);
  setPolicy(rig, "AgentOnly");
  await rig.rest();
  expect(rig.handlerErrors).toEqual([expect.any(TypeError)]);
  expect(rig.wrong()).toEqual([]);
});
