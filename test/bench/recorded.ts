import { isDeepStrictEqual } from "node:util";
import { keyOf } from "../../src/api/object.ts";
import { objectPath } from "../cluster/kinds.ts";
import type { BareWrite } from "./bare.ts";
import type { Side } from "./bed.ts";
import type { Observed, Observer } from "./observer.ts";

/** What the statuses are about: a side of the policy for all VMs, or that side with an appliance deactivated. */
export type State = Side | "deactivated";

/** The statuses that the controller gave the VMs in each state, to be written again by the bare loop. */
export class Recorded {
  readonly #statuses: Record<State, Map<string, object>> = {
    appliance: new Map(),
    agent: new Map(),
    deactivated: new Map(),
  };

  /** Takes down how all VMs are. */
  take(state: State, { vms }: Observer): void {
    for (const vm of vms) this.#statuses[state].set(keyOf(vm), vm.status ?? {});
  }

  /** Whether a VM is as it was in this state. */
  isIn(state: State, vm: Observed): boolean {
    return isDeepStrictEqual(vm.status, this.#status(state, vm));
  }

  /** The whole request that brings a VM, as it is now, into this state. */
  write(state: State, vm: Observed): BareWrite {
    const { apiVersion, kind = "", metadata } = vm;
    const { name, namespace = "default", uid, resourceVersion } = metadata;
    const status = this.#status(state, vm);
    return {
      path: objectPath({ kind, name, namespace }, "status"),
      body: JSON.stringify({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, status }),
    };
  }

  /** It is about the generation that the VM has now: an edit may have come since it was recorded. */
  #status(state: State, vm: Observed): object {
    const status = this.#statuses[state].get(keyOf(vm));
    if (status === undefined) throw new Error(`${keyOf(vm)} was never seen in the state ${state}`);
    return { ...status, observedGeneration: vm.metadata.generation };
  }
}
