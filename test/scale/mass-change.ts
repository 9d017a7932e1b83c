/** What bounds the speed at which statuses are written. */
export interface Rates {
  /** Status writes a second that the API server takes from all clients together. */
  readonly serverWrites: number;
  /** CPU seconds of one process for one write of its own, its watch event included; a process uses one core. */
  readonly ownWrite: number;
  /** CPU seconds for a watch event of another shard's VM: it is read and dropped. 0 where the server filters watches. */
  readonly foreignEvent: number;
}

/**
 * Seconds until every VM has been written once, and each shard's core's largest use meanwhile (0 to 1). All shards that have
 * VMs left get the same part of the API server, as they have the same number of connections; a core that is full slows its
 * shard down. Shards that are through leave the API server to the others.
 */
export function massChange(loads: readonly number[], rates: Rates): { seconds: number; core: number } {
  const ends = loads.filter((load) => load > 0).toSorted((a, b) => a - b);
  let seconds = 0;
  let core = 0;
  let written = 0;
  for (const [through, end] of ends.entries()) {
    const active = ends.length - through;
    const cpuOfWrite = rates.ownWrite + (active - 1) * rates.foreignEvent;
    const rate = Math.min(rates.serverWrites / active, 1 / cpuOfWrite);
    core = Math.max(core, rate * cpuOfWrite);
    seconds += (end - written) / rate;
    written = end;
  }
  return { seconds, core };
}
