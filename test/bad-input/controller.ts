import { afterAll, beforeAll, expect } from "vitest";
import { ControllerProcess } from "../cluster/controller-process.ts";
import { type Cluster, useCluster } from "../cluster/fixture.ts";
import { kubeconfigFor, serviceAccountToken } from "../cluster/install.ts";
import { until } from "../cluster/until.ts";
import { logFaults } from "../fault/log.ts";
import { judge, type Verdict } from "../fault/truth.ts";

/** FAULTS section 4: an accepted value has a defined status within so many milliseconds. */
export const DEFINED_WITHIN = 2_000;

export interface BadInputCluster extends Cluster {
  /** Waits until every status is what both resolvers say; throws, with those that are not, after `timeoutMs` (default 2 s). */
  right(timeoutMs?: number): Promise<Verdict>;
  /** All that the controller logged so far. */
  log(): string;
}

/**
 * A control plane with the controller at work. Afterwards it must be alive, end with 0, and have logged no error, nothing
 * that is not JSON, and no credential.
 */
export function useBadInputCluster(args: readonly string[] = []): BadInputCluster {
  const cluster = useCluster();
  const { admin } = cluster;
  let running: { controller: ControllerProcess; token: string } | undefined;
  const controller = (): ControllerProcess => {
    if (running === undefined) throw new Error("the controller has not been started");
    return running.controller;
  };
  beforeAll(async () => {
    const token = await serviceAccountToken(admin, "tandem-system", "tandem-controller");
    const all = ["--no-leader-elect", ...args];
    running = { token, controller: new ControllerProcess(kubeconfigFor(admin, token), all) };
  });
  afterAll(async () => {
    if (running === undefined) return;
    await using ours = running.controller;
    expect(ours.died.aborted, "the controller ended by itself").toBe(false);
    expect(await ours.stop()).toBe(0);
    expect(logFaults(ours.log(), { secrets: [running.token] })).toEqual([]);
  });
  return {
    ...cluster,
    log: () => controller().log(),
    right: async (timeoutMs = DEFINED_WITHIN) => {
      let last: Verdict | undefined;
      const look = async (): Promise<Verdict | false> => {
        last = await judge(admin);
        return last.wrong.length === 0 && last;
      };
      const state = () => last?.wrong.slice(0, 3);
      return await until(look, { what: "every status is right", timeoutMs, state, signal: controller().died });
    },
  };
}
