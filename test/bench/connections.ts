import { type Bed, CONNECTIONS } from "./bed.ts";
import type { Recorded, State } from "./recorded.ts";

/** Writes a second that the bare loop reaches over so many connections. */
export interface Rate {
  readonly connections: number;
  readonly rate: number;
}

/** Up and down again, so that a server that grows faster or slower favours none. */
const ORDER = [...CONNECTIONS, ...CONNECTIONS.toReversed()];

/** Tries every number of connections twice, with so many VMs each time. The estate is left as it was. */
export async function tryConnections(bed: Bed, recorded: Recorded, vms: number): Promise<Rate[]> {
  const { bare, observer } = bed;
  const took = new Map<number, number>();
  await bare.attach();
  for (const [n, connections] of ORDER.entries()) {
    const state: State = n % 2 === 0 ? "agent" : "appliance";
    await bare.load(observer.vms.slice(0, vms).map((vm) => recorded.write(state, vm)));
    observer.mark();
    const start = performance.now();
    await bare.write(connections);
    took.set(connections, (took.get(connections) ?? 0) + performance.now() - start);
    await observer.until(() => observer.changedVms.size >= vms, "the trial writes are seen");
  }
  await bare.detach();
  return CONNECTIONS.map((connections) => ({
    connections,
    rate: (2 * vms * 1000) / (took.get(connections) ?? Number.NaN),
  }));
}

/** The number with the highest rate. */
export function best(rates: readonly Rate[]): number {
  return rates.reduce((one, other) => (other.rate > one.rate ? other : one)).connections;
}
