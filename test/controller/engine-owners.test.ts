import { expect, test } from "vitest";
import { appliance, policy, vm } from "../resolve/estate.ts";
import { refusal } from "./api-server.ts";
import { Rig } from "./rig.ts";

/** An appliance and a policy, each with a status that is right, and some VMs. */
async function estate(vms: number): Promise<Rig> {
  const rig = new Rig();
  rig.server.apply("Appliance", appliance("owner"));
  rig.server.apply("AffinityPolicy", policy("owner"));
  for (let index = 0; index < vms; index++) rig.server.apply("ProtectedVM", vm(`vm-${index}`));
  await rig.start();
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
  rig.server.attempts.length = 0;
  return rig;
}

/** Changes the spec of an owner, so that every VM's status changes. */
function change({ server }: Rig, kind: "Appliance" | "AffinityPolicy"): void {
  if (kind === "Appliance") server.apply(kind, appliance("owner", { activation: "Deactivated" }));
  else server.apply(kind, policy("owner", { affinity: { antiMalware: "AgentOnly" } }));
}

const kinds = ["Appliance", "AffinityPolicy"] as const;

test.each(kinds)(
  "after a start, an %s whose generation nobody observed waits for a VM whose first write fails",
  async (kind) => {
    const rig = await estate(3);
    rig.open = false;
    change(rig, kind);
    await rig.restart();
    rig.latency = 5;
    let failures = 0;
    rig.server.fault = ({ key }) =>
      key === "shop/vm-0" && failures++ < 5 ? { error: refusal(503, "ServiceUnavailable") } : undefined;
    rig.open = true;
    await rig.rest();
    const order = rig.server.written.map(({ kind: one, key }) => `${one} ${key}`);
    expect(order.indexOf(`${kind} owner`)).toBeGreaterThan(order.indexOf("ProtectedVM shop/vm-0"));
    expect(rig.wrong()).toEqual([]);
  },
);

test.each(
  kinds.flatMap((kind) => [
    { kind, code: 503, times: 5 },
    { kind, code: 422, times: 1 },
  ]),
)(
  "the changed $kind is observed after a VM's write that fails with $code $times times",
  async ({ kind, code, times }) => {
    const rig = await estate(2);
    rig.latency = 5;
    let failures = 0;
    rig.server.fault = ({ key }) =>
      key === "shop/vm-1" && failures++ < times ? { error: refusal(code, "reason") } : undefined;
    change(rig, kind);
    await rig.rest();
    const order = rig.server.written.map(({ kind: one, key }) => `${one} ${key}`);
    expect(order.indexOf(`${kind} owner`)).toBeGreaterThan(order.indexOf("ProtectedVM shop/vm-1"));
  },
);

test.each(kinds)(
  "counts of an %s that somebody changed while nobody looked are put right at a start, VMs or not",
  async (kind) => {
    for (const vms of [0, 2]) {
      const rig = await estate(vms);
      await rig.engine.stop();
      rig.server.report(kind, "owner", () =>
        kind === "Appliance" ? { vms: 7 } : { vms: { matched: 7, effective: 7 } },
      );
      await rig.restart();
      await rig.rest();
      expect(rig.wrong()).toEqual([]);
      expect(rig.server.written.map(({ kind: one }) => one)).toEqual([kind]);
    }
  },
);

test.each(kinds)("a status of an %s that somebody changed is put right, and nothing else is written", async (kind) => {
  const rig = await estate(2);
  rig.server.report(kind, "owner", () => ({ conditions: [] }));
  await rig.rest();
  expect(rig.wrong()).toEqual([]);
  expect(rig.server.written.map(({ kind: one }) => one)).toEqual([kind]);
});

test("an owner's write that the server put off is tried at once when it answers again", async () => {
  const rig = await estate(0);
  rig.server.fault = () => ({ error: refusal(503, "ServiceUnavailable", 50_000) });
  change(rig, "AffinityPolicy");
  await rig.rest(2_000);
  expect(rig.wrong()).not.toEqual([]);
  rig.server.fault = () => undefined;
  rig.open = false;
  rig.open = true;
  await rig.rest(2_000);
  expect(rig.wrong()).toEqual([]);
});
