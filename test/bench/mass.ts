import { keyOf } from "../../src/api/object.ts";
import { objectPath } from "../cluster/kinds.ts";
import type { Bed, Side } from "./bed.ts";
import type { Observed } from "./observer.ts";
import { machineCpu, processCpu } from "./usage.ts";

/** What it took to bring the statuses of all VMs up to date. CPU in milliseconds. */
export interface MassChange {
  /** From the change until the last VM's status arrived at the observer. */
  readonly ms: number;
  /** Status changes that the observer saw. */
  readonly vmWrites: number;
  readonly ownerWrites: number;
  /** Of the one who writes: the controller, or the bare loop. */
  readonly writerCpu: number;
  readonly serverCpu: number;
  readonly machineCpu: number;
}

/** Does something that changes the status of every VM, and measures until the last one has arrived. */
export async function measureMass(
  { observer, plane }: Bed,
  { vms, writerPid, start }: { vms: number; writerPid: number; start: () => Promise<unknown> },
): Promise<MassChange> {
  const server = (): number => processCpu(plane.apiServer.pid ?? 0) + processCpu(plane.etcd.pid ?? 0);
  const usage = () => ({ writer: processCpu(writerPid), server: server(), machine: machineCpu() });
  observer.mark();
  const before = usage();
  const startedAt = performance.now();
  const started = start();
  await observer.until(() => observer.changedVms.size >= vms, `${vms} VM statuses have changed`);
  const after = usage();
  await started;
  return {
    ms: observer.lastVmAt - startedAt,
    vmWrites: observer.writes.vms,
    ownerWrites: observer.writes.owners,
    writerCpu: after.writer - before.writer,
    serverCpu: after.server - before.server,
    machineCpu: after.machine - before.machine,
  };
}

/** The statuses that the controller gave all VMs, to be written again by the bare loop. */
export class Recorded {
  readonly #statuses: Record<Side, Map<string, object>> = { appliance: new Map(), agent: new Map() };

  take(side: Side, { observer }: Bed): void {
    for (const vm of vmsOf(observer.objects)) this.#statuses[side].set(keyOf(vm), vm.status ?? {});
  }

  /** Whole requests with these statuses, for the VMs as they are now: all of them, or the first so many. */
  writes(side: Side, { observer }: Bed, limit = Number.POSITIVE_INFINITY): { path: string; body: string }[] {
    const chosen = vmsOf(observer.objects).slice(0, limit);
    return chosen.map((vm) => {
      const { apiVersion, kind = "", metadata } = vm;
      const { name, namespace = "default", uid, resourceVersion } = metadata;
      const status = this.#statuses[side].get(keyOf(vm));
      return {
        path: objectPath({ kind, name, namespace }, "status"),
        body: JSON.stringify({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, status }),
      };
    });
  }
}

function vmsOf(objects: ReadonlyMap<string, Observed>): Observed[] {
  return [...objects.values()].filter(({ kind }) => kind === "ProtectedVM");
}
