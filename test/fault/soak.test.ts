import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RigController } from "./controllers.ts";
import { editVm } from "./edits.ts";
import { appliance, policy, vm } from "./estate.ts";
import { hostile } from "./lines.ts";
import type { Plan } from "./plan.ts";
import { type Random, seeded } from "./random.ts";
import { CALM, ELECTION, NAMESPACE, useRig } from "./rig.ts";

/** `make soak MINUTES=…`; in CI a minute. */
const SECONDS = Number(process.env.TANDEM_TEST_SOAK_MINUTES ?? "1") * 60;
const SEED = Number(process.env.TANDEM_TEST_SEED ?? "20261124");
const VMS = 30;
const HOSTS = 5;
/** Of edits and faults, before a quiet point. Milliseconds. */
const STORM = 5_000;
/** The relist heals what was swallowed; the lease of a killed leader runs out. */
const ARGS = [...ELECTION, "--relist-interval=5s", "--watch-silence=3s"];
const HEALED = 20_000;
/** Bytes a minute by which the memory of a process may grow, once it has run for some minutes. */
const SLOPE = 2 * 2 ** 20;

const rig = useRig();

function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}

/** One change, as users and programs make them. */
async function edit(random: Random, round: number): Promise<void> {
  const { admin } = rig();
  const n = Math.floor(random() * VMS);
  const ref = { kind: "ProtectedVM", namespace: NAMESPACE, name: `vm-${n}` };
  const edits: (() => Promise<unknown>)[] = [
    () => editVm(admin, { namespace: NAMESPACE, n }, round),
    () => editVm(admin, { namespace: NAMESPACE, n }, round),
    () => admin.mergePatch(ref, { metadata: { labels: { app: `app-${n % 4}` } } }),
    async () => {
      await admin.delete(ref);
      await admin.create(vm(NAMESPACE, n, HOSTS));
    },
    () =>
      admin.mergePatch(
        { kind: "Appliance", name: `dsva-${n % HOSTS}` },
        { spec: { activation: pick(["Activated", "Deactivated"], random) } },
      ),
    () =>
      admin.apply(
        policy(`p-${n % 3}`, {
          priority: n % 2,
          app: `app-${n % 4}`,
          affinity: { network: pick(["AgentOnly", "ApplianceOnly", "AgentPreferred"], random) },
        }),
      ),
    () => admin.delete({ kind: "AffinityPolicy", name: `p-${n % 3}` }),
    () => admin.apply(appliance(n % (HOSTS + 2))),
  ];
  await pick(edits, random)();
}

const RESOURCES = ["protectedvms", "affinitypolicies", "appliances", "namespaces"];

function fault(random: Random): Plan {
  const any = { seed: Math.floor(random() * 2 ** 31), mayMiss: true };
  const resource = pick(RESOURCES, random);
  const events: Plan["fault"][] = [
    { type: "swallow" },
    { type: "duplicate", times: 5 },
    { type: "replace", lines: [hostile.gone], eof: true },
    { type: "replace", lines: [hostile.invalidJson] },
    { type: "cut", at: "inCharacter" },
    { type: "eof" },
    { type: "freeze", ms: 2_000 },
    { type: "delay", ms: 300 },
  ];
  const requests: Plan["fault"][] = [
    { type: "answer", status: pick([429, 500, 503, 409, 401], random), body: "" },
    { type: "drop", when: pick(["beforeSend", "afterCommit"], random) },
    { type: "wait", ms: 500 },
  ];
  if (random() < 0.6) {
    const chosen = pick(events, random);
    // A policy's would leave a mix of policies that no moment had: S1 could not be checked (F01 swallows one alone). One of
    // a list's, all `ADDED`, would say that an object is gone: then an older state is all that the controller can know (S2).
    const among =
      chosen.type === "swallow"
        ? { resource: RESOURCES.filter((other) => other !== "affinitypolicies"), event: ["MODIFIED", "DELETED"] }
        : { resource };
    return { ...any, trigger: { ...among, nth: { upTo: 5 } }, fault: chosen, duration: { times: 2 } };
  }
  const trigger = pick([{ subresource: "status" }, { resource }, { verb: ["list", "watchlist"] as const }], random);
  return { ...any, trigger: { ...trigger, nth: { upTo: 5 } }, fault: pick(requests, random), duration: { times: 3 } };
}

test(
  `soak: random edits, random faults and dying leaders for ${SECONDS} s (seed ${SEED})`,
  async () => {
    const random = seeded(SEED);
    await rig().populate(VMS, HOSTS);
    let controllers: RigController[] = [];
    const memory: { at: number; bytes: number }[] = [];
    const start = async () => controllers.push(await rig().startController({ args: ARGS }));
    await start();
    await start();
    await rig().right(15_000);
    const began = performance.now();
    for (let round = 0; performance.now() - began < SECONDS * 1000; round++) {
      const stormEnds = performance.now() + STORM;
      for (let step = 0; performance.now() < stormEnds; step++) {
        await edit(random, round + step);
        if (random() < 0.3) controllers[0]?.proxy?.add(fault(random));
        if (random() < 0.1) controllers[1]?.proxy?.add(fault(random));
        await sleep(20 + random() * 60);
      }
      // A process that lost its lease has ended, as it is to.
      for (const one of controllers.filter(({ died }) => died.aborted)) await rig().untilGone(one, 1_000);
      const victim = controllers[0];
      if (victim !== undefined && !victim.died.aborted && random() < 0.4) {
        if (random() < 0.5) await rig().crash(victim);
        else expect(await rig().stop(victim), "exit code").toBe(0);
        controllers = controllers.slice(1);
      }
      controllers = controllers.filter(({ died }) => !died.aborted);
      while (controllers.length < 2) await start();
      for (const { proxy } of controllers) proxy?.clear();
      await rig().right(HEALED, `every status is right in round ${round}`);
      expect(await rig().writesWithin(CALM), `writes at rest in round ${round}`).toEqual([]);
      await rig().checkpoint();
      for (const controller of controllers.slice(0, 1)) {
        const { residentMemory } = await controller.probes.figures();
        if (residentMemory !== undefined) memory.push({ at: performance.now() - began, bytes: residentMemory });
      }
    }
    const early = memory.filter(({ at }) => at > 120_000);
    const [first, last] = [early[0], early.at(-1)];
    if (first !== undefined && last !== undefined && last.at - first.at > 300_000) {
      expect((last.bytes - first.bytes) / ((last.at - first.at) / 60_000), "bytes a minute").toBeLessThan(SLOPE);
    }
  },
  SECONDS * 1000 + 180_000,
);
