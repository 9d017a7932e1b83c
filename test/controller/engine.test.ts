import { expect, test } from "vitest";
import { settle } from "../kube/virtual-clock.ts";
import { appliance, policy, vm } from "../resolve/estate.ts";
import { type Attempt, refusal } from "./api-server.ts";
import { Rig } from "./rig.ts";

/** One host, an appliance, a policy for the tier `pci`, and VMs of that tier. */
async function estate(vms: number, prepare: (rig: Rig) => void = () => {}): Promise<Rig> {
  const rig = new Rig();
  rig.server.apply("Appliance", appliance("appliance"));
  rig.server.apply("AffinityPolicy", policy("pci", { vmSelector: { matchLabels: { tier: "pci" } } }));
  for (let index = 0; index < vms; index++) rig.server.apply("ProtectedVM", vm(`vm-${index}`, {}, { tier: "pci" }));
  prepare(rig);
  await rig.start();
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
  rig.server.attempts.length = 0;
  return rig;
}

function setPolicy({ server }: Rig, antiMalware: "ApplianceOnly" | "AgentOnly", priority = 0): void {
  const vmSelector = { matchLabels: { tier: "pci" } };
  server.apply("AffinityPolicy", policy("pci", { vmSelector, priority, affinity: { antiMalware } }));
}

function edit({ server }: Rig, name: string): void {
  server.apply("ProtectedVM", vm(name, { features: ["AntiMalware", "Firewall"] }, { tier: "pci" }));
}

const names = (attempts: readonly Attempt[]) => attempts.map(({ key }) => key);

test("a start on correct statuses writes nothing; one on none writes each once, the VMs first", async () => {
  const rig = new Rig();
  rig.latency = 5;
  rig.server.apply("Appliance", appliance("appliance"));
  rig.server.apply("AffinityPolicy", policy("all"));
  for (let index = 0; index < 100; index++) rig.server.apply("ProtectedVM", vm(`vm-${index}`));
  await rig.start();
  await rig.rest();
  expect(rig.server.attempts.map(({ result }) => result)).toEqual(Array(102).fill("written"));
  expect(names(rig.server.attempts).slice(100).toSorted()).toEqual(["all", "appliance"]);
  expect(rig.wrong()).toEqual([]);
  await rig.restart();
  await rig.rest();
  expect(rig.server.attempts).toHaveLength(102);
});

test("a policy without VMs, an appliance without VMs and an empty cluster have their statuses, too", async () => {
  const rig = await estate(0);
  expect(rig.server.get("AffinityPolicy", "pci")?.status).toMatchObject({ observedGeneration: 1 });
  expect(rig.server.get("Appliance", "appliance")?.status).toMatchObject({ observedGeneration: 1 });
  const empty = new Rig();
  await empty.start();
  await empty.rest();
  expect(empty.server.attempts).toEqual([]);
});

test("100 changes of a policy in a second: the last one wins, and its generation never goes back", async () => {
  const rig = await estate(20);
  rig.latency = 10;
  for (let change = 1; change <= 100; change++) {
    setPolicy(rig, change % 2 === 1 ? "ApplianceOnly" : "AgentOnly", change);
    await rig.clock.advance(10);
  }
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
  expect(rig.server.violations).toEqual([]);
  expect(rig.server.get("AffinityPolicy", "pci")?.status).toMatchObject({ observedGeneration: 101 });
  expect(rig.server.attempts.filter(({ kind }) => kind === "AffinityPolicy").length).toBeLessThanOrEqual(3);
});

test("an edit of one VM while 5,000 are rewritten is written within a handful of writes", {
  timeout: 30_000,
}, async () => {
  const rig = await estate(5_000);
  rig.latency = 20;
  setPolicy(rig, "ApplianceOnly");
  setPolicy(rig, "AgentOnly");
  await rig.clock.advance(200);
  const before = rig.server.written.length;
  expect(before).toBeGreaterThan(50);
  edit(rig, "vm-4999");
  await rig.clock.advance(85);
  const since = rig.server.written.slice(before);
  const place = since.findIndex(({ key }) => key === "shop/vm-4999");
  // Those that are under way come first.
  expect(place).toBeGreaterThanOrEqual(0);
  expect(place).toBeLessThan(2 * rig.concurrency);
  await rig.rest(60_000);
  expect(rig.server.written.filter(({ kind }) => kind === "ProtectedVM")).toHaveLength(5_000);
  expect(rig.wrong()).toEqual([]);
});

test("while thousands of VMs change a policy's or an appliance's counts cost few writes, and are right at the end", {
  timeout: 30_000,
}, async () => {
  const rig = await estate(2_000);
  rig.latency = 20;
  rig.server.apply("AffinityPolicy", policy("another", { priority: 9, affinity: { antiMalware: "AgentOnly" } }));
  const at = new Map<string, number[]>();
  rig.server.fault = ({ kind, key }) => {
    if (kind !== "ProtectedVM") at.set(key, [...(at.get(key) ?? []), rig.clock.monotonic()]);
    return undefined;
  };
  await rig.rest();
  expect([...at.keys()].toSorted()).toEqual(["another", "appliance"]);
  // 2,000 writes of 20 ms, so many at a time: seconds in which counts move all the time.
  expect(at.get("appliance")?.length).toBeLessThanOrEqual(3);
  for (const times of at.values()) {
    for (const [index, time] of times.slice(1).entries())
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(1_000);
  }
  // Whoever waits for the new policy waits for all of it, and sees it once.
  expect(at.get("another")).toHaveLength(1);
  expect(rig.wrong()).toEqual([]);
});

test("while VMs of hundreds of appliances change two counts a second are written, not one for each appliance", {
  timeout: 30_000,
}, async () => {
  const rig = await estate(0, ({ server }) => {
    for (let host = 0; host < 300; host++)
      server.apply("Appliance", appliance(`a-${host}`, { hostName: `esx-${host}` }));
    // The order in which VMs are written goes from host to host.
    for (let index = 0; index < 3_000; index++)
      server.apply("ProtectedVM", vm(`vm-${index}`, { hostName: `esx-${index % 300}` }, { tier: "pci" }));
  });
  rig.latency = 20;
  let [busySince, counts]: [number | undefined, number] = [undefined, 0];
  let seconds = 0;
  rig.server.fault = ({ kind }) => {
    if (rig.engine.load.protectedvm.depth <= 200) return undefined;
    busySince ??= rig.clock.monotonic();
    seconds = (rig.clock.monotonic() - busySince) / 1000;
    if (kind === "Appliance") counts += 1;
    return undefined;
  };
  setPolicy(rig, "AgentOnly");
  await rig.rest(120_000);
  expect(seconds).toBeGreaterThan(5);
  expect(counts).toBeGreaterThan(seconds);
  expect(counts).toBeLessThan(2.5 * seconds);
  expect(rig.wrong()).toEqual([]);
});

test("a VM that is deleted, or deleted and made anew, during a roll-out does not hold the policy up", async () => {
  const rig = await estate(50);
  rig.latency = 30;
  rig.concurrency = 1;
  setPolicy(rig, "AgentOnly");
  await rig.clock.advance(40);
  for (let index = 0; index < 50; index += 2) rig.server.delete("ProtectedVM", `shop/vm-${index}`);
  for (let index = 0; index < 50; index += 4) rig.server.apply("ProtectedVM", vm(`vm-${index}`, {}, { tier: "pci" }));
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
  expect(rig.server.get("AffinityPolicy", "pci")?.status).toMatchObject({ observedGeneration: 2 });
});

test("a policy that is deleted and made anew during its roll-out ends with the status of the new one", async () => {
  const rig = await estate(50);
  rig.latency = 30;
  setPolicy(rig, "AgentOnly");
  await rig.clock.advance(40);
  rig.server.delete("AffinityPolicy", "pci");
  setPolicy(rig, "ApplianceOnly");
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
  expect(rig.server.get("AffinityPolicy", "pci")?.status).toMatchObject({ observedGeneration: 1 });
});

test("the deletion of a policy that 1,000 VMs use writes each of them once", async () => {
  const rig = await estate(1_000, ({ server }) =>
    server.apply("AffinityPolicy", policy("strong", { priority: 9, affinity: { antiMalware: "AgentOnly" } })),
  );
  rig.latency = 5;
  rig.server.delete("AffinityPolicy", "strong");
  await rig.rest();
  expect(rig.server.written.filter(({ kind }) => kind === "ProtectedVM")).toHaveLength(1_000);
  expect(rig.server.attempts.every(({ result }) => result === "written")).toBe(true);
  expect(rig.wrong()).toEqual([]);
});

test("5,000 changes of status a second on one VM are looked at together, and what is ours is put right", async () => {
  const rig = await estate(1);
  rig.latency = 5;
  for (let ms = 0; ms < 1_000; ms++) {
    for (let change = 0; change < 5; change++) {
      rig.server.report("ProtectedVM", "shop/vm-0", () => ({
        coverage: "9/9",
        delivered: { revision: `${ms}-${change}`, time: "2026-01-01T00:00:00Z" },
      }));
    }
    await rig.clock.advance(1);
  }
  expect(rig.server.attempts.length).toBeLessThanOrEqual(101);
  await rig.rest(2_000);
  expect(rig.wrong()).toEqual([]);
  expect(rig.server.violations).toEqual([]);
});

test("a change of labels alone, which raises no generation, moves a VM from one policy to another", async () => {
  const rig = await estate(2, ({ server }) =>
    server.apply(
      "AffinityPolicy",
      policy("web", { vmSelector: { matchLabels: { tier: "web" } }, affinity: { antiMalware: "AgentOnly" } }),
    ),
  );
  rig.server.apply("ProtectedVM", vm("vm-1", {}, { tier: "web" }));
  await rig.rest();
  expect(names(rig.server.written).toSorted()).toEqual(["appliance", "pci", "shop/vm-1", "web"]);
  expect(rig.wrong()).toEqual([]);
});

test("an owner waits for the write of a VM that was under way when the owner changed, and for the one after it", async () => {
  const rig = await estate(1);
  rig.latency = 50;
  setPolicy(rig, "AgentOnly");
  await rig.clock.advance(20);
  setPolicy(rig, "ApplianceOnly");
  let attempts = 0;
  rig.server.fault = ({ kind }) => {
    if (kind !== "ProtectedVM" || ++attempts > 4) return undefined;
    return attempts === 1 ? undefined : { error: refusal(503, "ServiceUnavailable") };
  };
  await rig.rest();
  expect(attempts).toBe(5);
  const [firstOfOwner] = rig.server.attempts.flatMap(({ kind }, place) => (kind === "AffinityPolicy" ? [place] : []));
  expect(rig.server.attempts.findLastIndex(({ kind }) => kind === "ProtectedVM")).toBeLessThan(Number(firstOfOwner));
  expect(rig.wrong()).toEqual([]);
});

test("after a start no sum is written before every VM was looked at, even if somebody disturbs a status", async () => {
  const rig = await estate(50);
  rig.concurrency = 2;
  for (const { metadata } of rig.server.vms) {
    rig.server.report("ProtectedVM", `shop/${metadata.name}`, () => ({ coverage: "9/9" }));
  }
  // The first engine is stopped before it sees that.
  rig.open = false;
  await rig.restart();
  rig.latency = 50;
  rig.open = true;
  rig.server.attempts.length = 0;
  rig.server.report("AffinityPolicy", "pci", () => ({ vms: { matched: 0, effective: 0 } }));
  await rig.rest();
  const sums = rig.server.attempts.filter(({ kind }) => kind === "AffinityPolicy").map(({ write }) => write.status);
  expect(sums).toEqual([expect.objectContaining({ vms: { matched: 50, effective: 0 } })]);
});

test("after a start an owner whose generation nobody observed waits for VMs whose first write fails", async () => {
  const rig = await estate(3);
  rig.open = false;
  setPolicy(rig, "AgentOnly");
  await rig.restart();
  rig.latency = 5;
  let failures = 0;
  rig.server.fault = ({ key }) =>
    key === "shop/vm-0" && failures++ < 5 ? { error: refusal(503, "ServiceUnavailable") } : undefined;
  rig.open = true;
  await rig.rest();
  const order = rig.server.written.map(({ key }) => key);
  expect(order.indexOf("pci")).toBeGreaterThan(order.indexOf("shop/vm-0"));
  expect(rig.wrong()).toEqual([]);
});

test("an event that comes before the answer to the write that made it brings no second write", async () => {
  const rig = await estate(10);
  rig.latency = 50;
  setPolicy(rig, "AgentOnly");
  await rig.rest();
  expect(rig.server.attempts).toHaveLength(12);
  expect(rig.wrong()).toEqual([]);
});

test("a store that learns of its own writes seconds later writes nothing twice", async () => {
  const rig = await estate(10);
  rig.travel.delay = () => 5_000;
  rig.outcomes.length = 0;
  setPolicy(rig, "AgentOnly");
  await rig.rest();
  expect(rig.server.attempts).toHaveLength(12);
  // Nor does it look at a VM again: there is nothing in an answer that it did not write.
  expect(rig.outcomes.filter(({ kind }) => kind === "ProtectedVM")).toHaveLength(10);
  expect(rig.wrong()).toEqual([]);
});

test("while the gate is closed nothing is written; what was missed is made good when it opens", async () => {
  const rig = await estate(10);
  rig.open = false;
  setPolicy(rig, "AgentOnly");
  edit(rig, "vm-3");
  rig.engine.schedule();
  await rig.rest();
  expect(rig.server.attempts).toEqual([]);
  rig.open = true;
  await rig.rest();
  expect(rig.server.violations).toEqual([]);
  expect(rig.wrong()).toEqual([]);
});

test("stop ends what is under way, writes nothing more, and leaves no timer", async () => {
  const rig = await estate(100);
  rig.latency = 20;
  setPolicy(rig, "AgentOnly");
  await rig.clock.advance(50);
  const stopped = rig.engine.stop();
  const under = rig.server.attempts.filter(({ result }) => result === "pending").length;
  const begun = rig.server.attempts.length;
  expect(under).toBeGreaterThan(0);
  await rig.clock.advance(45);
  await stopped;
  edit(rig, "vm-7");
  await settle();
  expect(rig.server.attempts.length).toBe(begun);
  expect(rig.clock.pending).toBe(0);
});

test("an engine that was stopped sets no timer for the events that still come", async () => {
  const rig = await estate(2);
  await rig.engine.stop();
  rig.server.delete("ProtectedVM", "shop/vm-1");
  setPolicy(rig, "AgentOnly");
  await settle();
  expect(rig.server.attempts).toEqual([]);
  expect(rig.clock.pending).toBe(0);
});
