import { expect, test } from "vitest";
import { until } from "../cluster/until.ts";
import type { RigController } from "./controllers.ts";
import type { Moment, Plan } from "./plan.ts";
import { seeded } from "./random.ts";
import { ALONE, NAMESPACE, useRig } from "./rig.ts";

const VMS = 6;
const HOSTS = 2;
const MOMENTS: readonly Moment[] = ["beforeSend", "afterCommit", "afterReply"];
/** Every call at every moment; else each call at one moment, which the seed draws. */
const LONG = process.env.TANDEM_TEST_LONG === "1";
const SEED = 20_261_124;
const rig = useRig();

/** Two workloads: one that touches every VM, one that touches the VMs of a host; each round undoes the one before. */
const WORKLOADS: readonly (readonly [string, (round: number) => Promise<unknown>])[] = [
  [
    "a policy for all VMs changes",
    (round) => {
      const affinity = { network: round % 2 === 0 ? "AgentOnly" : "ApplianceOnly" };
      return rig().admin.mergePatch({ kind: "AffinityPolicy", name: "everywhere" }, { spec: { affinity } });
    },
  ],
  [
    "an appliance is switched off and on, and a VM comes and goes",
    async (round) => {
      const spec = { activation: round % 2 === 0 ? "Deactivated" : "Activated" };
      await rig().admin.mergePatch({ kind: "Appliance", name: "dsva-1" }, { spec });
      const one = { kind: "ProtectedVM", namespace: NAMESPACE, name: `vm-${VMS - 1}` };
      await rig().admin.mergePatch(one, { spec: { features: round % 2 === 0 ? ["Firewall"] : ["AntiMalware"] } });
    },
  ],
];

/** Starts one that is killed at its nth call; says when it is gone, or has nothing more to do, and how many calls it made. */
async function runUntilKilled(nth: number, when: Moment): Promise<{ killed: boolean; calls: number }> {
  let controller: RigController | undefined;
  let killed = false;
  const run = async () => {
    killed = true;
    await controller?.kill();
  };
  const plan: Plan = { seed: SEED, trigger: { nth }, fault: { type: "call", when, run }, mayMiss: true };
  controller = await rig().startController({ args: [...ALONE, "--no-events"], plans: [plan] });
  const { probes, proxy } = controller;
  const calm = () => killed || (probes.samples.at(-1)?.ready === 200 && performance.now() - startedAt > 2_500);
  const startedAt = performance.now();
  await until(calm, { what: "it is killed, or at rest", timeoutMs: 15_000 });
  await rig().crash(controller);
  return { killed, calls: proxy?.history.requestCount ?? 0 };
}

test.each(WORKLOADS)(
  "F70: killed at every API call while %s: the next one does the rest",
  async (_, work) => {
    const random = seeded(SEED);
    await rig().populate(VMS, HOSTS);
    const first = await rig().startController();
    await rig().right(10_000);
    await rig().crash(first);
    let kills = 0;
    for (let nth = 1; ; nth++) {
      const moments = LONG ? MOMENTS : [MOMENTS[Math.floor(random() * MOMENTS.length)] ?? "afterCommit"];
      let last = false;
      for (const when of moments) {
        await work(nth);
        const { killed, calls } = await runUntilKilled(nth, when);
        if (killed) kills += 1;
        last = calls < nth;
        const next = await rig().startController();
        await rig().right(8_000, `every status is right after a kill ${when} of call ${nth}`);
        await rig().crash(next);
      }
      if (last || nth > 60) break;
    }
    expect(kills, "calls at which it was killed").toBeGreaterThan(5);
  },
  LONG ? 600_000 : 150_000,
);
