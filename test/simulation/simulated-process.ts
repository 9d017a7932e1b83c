import { apiAt } from "../../src/controller/api.ts";
import { Controller, type End } from "../../src/controller/controller.ts";
import { Leader } from "../../src/controller/leader.ts";
import { leaseClient } from "../../src/kube/lease.ts";
import type { Transport } from "../../src/kube/transport.ts";
import { createLog } from "../../src/observe/log.ts";
import type { Machine } from "./machine.ts";
import type { View } from "./view.ts";
import type { Wire } from "./wire.ts";

const LOG = createLog({ level: "silent", format: "json" });
const LEASE = { namespace: "tandem-system", name: "tandem" };
const TIMES = { duration: 15_000, renewDeadline: 10_000, retryPeriod: 2_000 };

interface ProcessOptions {
  readonly machine: Machine;
  readonly wire: Wire;
  readonly view: View;
  /** ± 10 %. */
  readonly relistMs: number;
}

/** One controller, as the program wires it, on a machine of the simulation. */
export class SimulatedProcess {
  readonly machine: Machine;
  readonly identity: string;
  /** Why it ended; an error is a crash. */
  ended: End | { readonly error: unknown } | undefined;
  readonly #controller: Controller;
  readonly #stop = new AbortController();

  constructor(identity: string, { machine, wire, view, relistMs }: ProcessOptions) {
    this.identity = identity;
    this.machine = machine;
    // Of a transport they use just what a Wire has.
    const transport = wire as unknown as Transport;
    const leader = new Leader({
      client: leaseClient(transport, LEASE),
      clock: machine,
      identity,
      times: TIMES,
      onError: () => {},
    });
    this.#controller = new Controller({
      api: view.observed(apiAt(transport, { clock: machine, watchSilenceMs: 40_000 })),
      clock: machine,
      managerVersion: "20.0",
      concurrency: 4,
      relistMs,
      leader,
      log: LOG,
    });
    void this.#controller.run(this.#stop.signal).then(
      (end) => {
        this.ended = end;
      },
      (error: unknown) => {
        this.ended = { error };
      },
    );
  }

  /** SIGTERM. */
  stop(): void {
    this.#stop.abort();
  }
}
