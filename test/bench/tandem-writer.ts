import type { Bed } from "./bed.ts";
import type { State } from "./recorded.ts";
import { residentMemory } from "./usage.ts";
import { APPLIANCE, EDITED, editedName, type Writer } from "./writer.ts";

/** The controller: it is told nothing, it sees that somebody has changed a policy, an appliance or a VM. */
export class TandemWriter implements Writer {
  pid = 0;
  /** VM statuses that it wrote at its starts, although all were as they should be. */
  needlessWrites = 0;
  /** Bytes in memory at the end of the last turn, and at most in any. */
  readonly memory = { atEnd: 0, peak: 0 };
  readonly #bed: Bed;
  #turn = 0;
  #deactivated = false;

  constructor(bed: Bed) {
    this.#bed = bed;
  }

  async begin(): Promise<void> {
    this.#bed.observer.mark();
    this.pid = await this.#bed.startController();
    await this.#bed.rest();
    this.needlessWrites += this.#bed.observer.writes.vms;
  }

  async change(state: State): Promise<() => Promise<number>> {
    return async () => {
      await this.#apply(state);
      return performance.now();
    };
  }

  async one(): Promise<number> {
    const { observer, admin } = this.#bed;
    const turn = this.#turn++;
    const name = editedName(turn);
    const vm = () => observer.objects.get(`ProtectedVM/bench/${name}`);
    const next = (vm()?.metadata.generation ?? 0) + 1;
    const seen = observer.until(() => vm()?.status?.observedGeneration === next, "the status of an edited VM is seen");
    // There and back, so that each edit is a change.
    const modules = turn % (2 * EDITED) < EDITED ? ["Firewall", "AntiMalware", "IntrusionPrevention"] : ["Firewall"];
    const edit = admin.mergePatch({ kind: "ProtectedVM", namespace: "bench", name }, { spec: { agent: { modules } } });
    const acknowledged = edit.then(() => performance.now());
    const [seenAt, acknowledgedAt] = await Promise.all([seen, acknowledged]);
    return seenAt - acknowledgedAt;
  }

  /** The controller does so itself. */
  async tidy(): Promise<void> {
    await this.#bed.rest();
  }

  async end(): Promise<void> {
    const { now, peak } = residentMemory(this.pid);
    this.memory.atEnd = now;
    this.memory.peak = Math.max(this.memory.peak, peak);
    await this.#bed.stopController();
  }

  /** An appliance is deactivated or activated again; else the policy for all VMs changes. */
  async #apply(state: State): Promise<void> {
    if (state === "deactivated") {
      await this.#bed.admin.mergePatch(APPLIANCE, { spec: { activation: "Deactivated" } });
      this.#deactivated = true;
    } else if (this.#deactivated) {
      await this.#bed.admin.mergePatch(APPLIANCE, { spec: { activation: "Activated" } });
      this.#deactivated = false;
    } else {
      await this.#bed.turn(state);
    }
  }
}
