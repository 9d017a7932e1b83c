import { type Bed, CONNECTIONS } from "./bed.ts";
import type { Recorded, State } from "./recorded.ts";

/** Writes a second that the bare loop reaches over so many connections, and how late their last event comes then. */
export interface Rate {
  readonly connections: number;
  readonly rate: number;
  /** Milliseconds from the last answer until all events were seen. */
  readonly lateMs: number;
}

/** A loop that makes the server's events later than this is a loop that nobody wants beside him. Milliseconds. */
const LATEST = 200;

/** Up and down again, so that a server that grows faster or slower favours none. */
const ORDER = [...CONNECTIONS, ...CONNECTIONS.toReversed()];

/** Tries every number of connections twice, with so many VMs each time. The estate is left as it was. */
export async function tryConnections(bed: Bed, recorded: Recorded, vms: number): Promise<Rate[]> {
  const { bare, observer } = bed;
  const took = new Map<number, number>();
  const late = new Map<number, number>();
  await bare.attach();
  for (const [n, connections] of ORDER.entries()) {
    const state: State = n % 2 === 0 ? "agent" : "appliance";
    await bare.load(observer.vms.slice(0, vms).map((vm) => recorded.write(state, vm)));
    observer.mark();
    const start = performance.now();
    await bare.write(connections);
    const end = performance.now();
    took.set(connections, (took.get(connections) ?? 0) + end - start);
    await observer.until(() => observer.changedVms.size >= vms, "the trial writes are seen");
    late.set(connections, Math.max(late.get(connections) ?? 0, performance.now() - end));
  }
  await bare.detach();
  return CONNECTIONS.map((connections) => ({
    connections,
    rate: (2 * vms * 1000) / (took.get(connections) ?? Number.NaN),
    lateMs: late.get(connections) ?? Number.NaN,
  }));
}

/** The number with the highest rate, of those that do not make everybody's watches late. */
export function best(rates: readonly Rate[]): number {
  const inTime = rates.filter(({ lateMs }) => lateMs <= LATEST);
  return (inTime.length > 0 ? inTime : rates).reduce((one, other) => (other.rate > one.rate ? other : one)).connections;
}
