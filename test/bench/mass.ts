import type { Bed } from "./bed.ts";
import type { State } from "./recorded.ts";
import { between, type Requests, requests } from "./requests.ts";
import { machineCpu, processCpu } from "./usage.ts";
import type { Scope, Writer } from "./writer.ts";

/** When the statuses of some VMs arrived at the observer. Milliseconds. */
export interface Arrivals {
  /** From setting the change off until the last VM's status. */
  readonly ms: number;
  /** From the change's acknowledgement (of a bare loop: its first sending) to the first status, the 40th and the last one. */
  readonly first: number;
  readonly fortieth: number;
  readonly last: number;
  /** Between the first and the last one. */
  readonly writing: number;
}

/** What it took in all, counts of policies and appliances that follow included. CPU in milliseconds. */
export interface MassChange extends Arrivals {
  /** Status changes that the observer saw. */
  readonly vmWrites: number;
  readonly ownerWrites: number;
  /** What the API server was asked to write. */
  readonly requests: Requests;
  /** Of the one who writes: the controller, or the bare loop. */
  readonly writerCpu: number;
  readonly serverCpu: number;
  /** Of all that ran on the machine but for this process, which observes. */
  readonly machineCpu: number;
}

/** Sets a change off and waits until the statuses of so many VMs have arrived. */
export async function arrivals(
  { observer }: Bed,
  { writer, state, scope, vms }: { writer: Writer; state: State; scope: Scope; vms: number },
): Promise<Arrivals> {
  const start = await writer.change(state, scope);
  observer.mark();
  const startedAt = performance.now();
  const expected = start();
  await observer.until(() => observer.changedVms.size >= vms, `${vms} VM statuses have changed`);
  const expectedAt = await expected;
  const times = [...observer.changedVms.values()];
  const at = (n: number): number => times.at(n) ?? Number.NaN;
  return {
    ms: at(-1) - startedAt,
    first: at(0) - expectedAt,
    fortieth: at(39) - expectedAt,
    last: at(-1) - expectedAt,
    writing: at(-1) - at(0),
  };
}

/** A change of all VMs, measured until everything is at rest again. */
export async function measureMass(
  bed: Bed,
  { writer, state, vms }: { writer: Writer; state: State; vms: number },
): Promise<MassChange> {
  const { observer, plane, admin } = bed;
  const server = (): number => processCpu(plane.apiServer.pid ?? 0) + processCpu(plane.etcd.pid ?? 0);
  const machine = (): number => machineCpu() - processCpu(process.pid);
  const usage = () => ({ writer: processCpu(writer.pid), server: server(), machine: machine() });
  const requestsBefore = await requests(admin);
  const before = usage();
  const arrived = await arrivals(bed, { writer, state, scope: "all", vms });
  await bed.rest();
  const after = usage();
  return {
    ...arrived,
    vmWrites: observer.writes.vms,
    ownerWrites: observer.writes.owners,
    requests: between(requestsBefore, await requests(admin)),
    writerCpu: after.writer - before.writer,
    serverCpu: after.server - before.server,
    machineCpu: after.machine - before.machine,
  };
}
