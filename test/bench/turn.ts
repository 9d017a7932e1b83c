import { setTimeout as sleep } from "node:timers/promises";
import { type Bed, VMS_OF_APPLIANCE } from "./bed.ts";
import { type Arrivals, arrivals, type MassChange, measureMass } from "./mass.ts";
import type { State } from "./recorded.ts";
import type { Writer } from "./writer.ts";

/** What one writer does in its turn. */
export interface Plan {
  readonly vms: number;
  /** Times that the appliance is deactivated, and activated again. */
  readonly deactivations: number;
  /** Edits one at a time while nothing else happens. */
  readonly edits: number;
}

/** What was measured in it. Milliseconds. */
export interface Turn {
  readonly mass: MassChange;
  readonly deactivated: readonly Arrivals[];
  readonly idleEdits: readonly number[];
  /** Edits while all other VMs are rewritten. */
  readonly busyEdits: readonly number[];
}

/** Long enough for everything that an edit has set off. Milliseconds. */
const BETWEEN_EDITS = 40;
/** Edits begin and end when so much of the mass change is done, so that each meets the writer in full swing. */
const [SWING_FROM, SWING_TO] = [0.1, 0.9];

/**
 * One turn of a writer. It finds the estate with the policy for all VMs on the side of the appliance, and leaves it so.
 * @param onRest called whenever everything is at rest in another state
 */
export async function takeTurn(
  bed: Bed,
  writer: Writer,
  { plan, onRest }: { plan: Plan; onRest: (state: State) => void },
): Promise<Turn> {
  await writer.begin();
  const busyEdits = await editsWhileBusy(bed, writer, plan);
  onRest("agent");
  const mass = await measureMass(bed, { writer, state: "appliance", vms: plan.vms });
  onRest("appliance");
  const deactivated: Arrivals[] = [];
  for (let n = 0; n < plan.deactivations; n++) {
    const ofAppliance = { writer, scope: "appliance", vms: VMS_OF_APPLIANCE } as const;
    deactivated.push(await arrivals(bed, { ...ofAppliance, state: "deactivated" }));
    await bed.rest();
    onRest("deactivated");
    await arrivals(bed, { ...ofAppliance, state: "appliance" });
    await bed.rest();
  }
  const idleEdits: number[] = [];
  while (idleEdits.length < plan.edits) idleEdits.push(await edit(writer));
  await writer.tidy("appliance");
  onRest("appliance");
  await writer.end();
  return { mass, deactivated, idleEdits, busyEdits };
}

/** All VMs go to the side of the agent, and some are edited meanwhile. */
async function editsWhileBusy(bed: Bed, writer: Writer, { vms }: Plan): Promise<number[]> {
  const { observer } = bed;
  const start = await writer.change("agent", "rest");
  observer.mark();
  const done = (share: number): boolean => observer.changedVms.size >= share * vms;
  const started = start();
  await observer.until(() => done(SWING_FROM), "the mass change is in full swing");
  const edits: number[] = [];
  while (!done(SWING_TO)) edits.push(await edit(writer));
  await started;
  await writer.tidy("agent");
  await observer.until(() => done(1), "all VMs have changed");
  await bed.rest();
  return edits;
}

async function edit(writer: Writer): Promise<number> {
  const ms = await writer.one();
  await sleep(BETWEEN_EDITS);
  return ms;
}
